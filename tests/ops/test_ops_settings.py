"""`settings list|edit`."""

from pathlib import Path

import pytest

from chalicelib.fleet.alerts.quiet import QuietWindow
from chalicelib.fleet.settings import Settings
from chalicelib.storage import DynamoStore
from tests.ops.ops_command import Ops


def test_settings_are_changed_and_listed(ops: Ops, store: DynamoStore) -> None:
    done = ops("settings", "edit", "site_name=Dash = board", "public_page=off", "report_interval=120", "flush=600")
    assert (done.status, done.out, done.err) == (0, "", "")
    changed = Settings(site_name="Dash = board", public_page=False, report_interval=120, flush=600)
    assert store.view().settings == changed
    listed = {one["name"]: one["value"] for one in ops("settings", "list", "--json").json}
    assert {**listed, "quiet": ()} == {name: getattr(changed, name) for name in Settings.__slots__}
    assert "report_interval" in ops("settings", "list").out


@pytest.mark.parametrize(
    ("text", "windows", "shown"),
    [
        ("mon-fri 22:00-07:00, sat 23:00-09:00", [("01234", "22:00", "07:00"), ("5", "23:00", "09:00")], None),
        ("Daily 00:00-00:00", [("0123456", "00:00", "00:00")], "daily 00:00-00:00"),
        ("sat-mon 1:00-2:00", None, None),
        ("sat-mon 01:00-02:00", [("056", "01:00", "02:00")], "mon 01:00-02:00, sat-sun 01:00-02:00"),
        ("", [], None),
    ],
)
def test_quiet_hours_are_times_of_the_week(
    ops: Ops, store: DynamoStore, text: str, windows: list[tuple[str, str, str]] | None, shown: str | None
) -> None:
    done = ops("settings", "edit", f"quiet={text}")
    if windows is None:
        assert '"22:00"' in done.failure
        return
    assert done.status == 0
    assert store.view().settings.quiet == tuple(QuietWindow(tuple(map(int, days)), *times) for days, *times in windows)
    listed = {one["name"]: one["value"] for one in ops("settings", "list", "--json").json}
    assert listed["quiet"] == (text if shown is None else shown)
    assert ops("settings", "edit", f"quiet={listed['quiet']}").status == 0


def test_logo_and_style_sheet_come_from_files(ops: Ops, store: DynamoStore, tmp_path: Path) -> None:
    logo, style = tmp_path / "logo.svg", tmp_path / "style.css"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h8v8z"/></svg>')
    style.write_text("h1 { color: red }")
    done = ops("settings", "edit", f"logo=@{logo}", f"css=@{style}", "accent=#ff8800")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert store.site_file("logo").content == logo.read_text()
    assert store.site_file("css").content == style.read_text()
    assert ops("settings", "edit", "logo=", "css=").status == 0
    assert store.view().settings == Settings(accent="#ff8800")
    assert ops("settings", "edit", f"logo=@{tmp_path}/none").status == 2


@pytest.mark.parametrize(
    "change", ["site", "site_title=x", "public_page=yes", "report_interval=often", "flush=", "quiet=on"]
)
def test_what_is_no_setting_is_a_wrong_command_line(ops: Ops, change: str) -> None:
    assert ops("settings", "edit", change).status == 2


@pytest.mark.parametrize("change", ["report_interval=9", "flush=60", "language=fr", "site_name="])
def test_a_value_that_is_not_allowed_is_one_line_and_changes_nothing(ops: Ops, store: DynamoStore, change: str) -> None:
    assert change.partition("=")[0] in ops("settings", "edit", "public_page=off", change).failure
    assert store.view().settings == Settings()
