"""/api/settings: what the operator sets for the whole dashboard."""

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.alerts.quiet import QuietWindow
from tests.api.people.panel import Panel, names_field, sign_in, together
from tests.support.dashboard import Dashboard

DEFAULTS: dict[str, Any] = {
    "site_name": "Nezha",
    "public_page": True,
    "language": "en",
    "site_url": "",
    "time_zone": "UTC",
    "public_events": False,
    "public_monitors": False,
    "report_interval": 10,
    "flush": 300,
    "live_interval": 5,
    "api_keeps_live": False,
    "first_steps": True,
    "accent": "",
    "footer": "",
    "logo": "",
    "css": "",
    "quiet": [],
    "slow_until": 0,
}
NIGHT = {"days": [0, 6], "from": "22:00", "to": "07:00"}


def test_settings_begin_with_their_defaults(panel: Panel) -> None:
    assert panel.get("/api/settings").result == DEFAULTS


def test_edit_changes_only_what_is_named(panel: Panel, store: WatchedStore) -> None:
    changed = dict(DEFAULTS)
    for change in (
        {"site_name": "Meine Server 服务器 🗼"},
        {"public_page": False},
        {"language": "zh"},
        {"public_page": True},
        {"site_url": "https://status.example.com/nezha"},
        {"time_zone": "Asia/Shanghai"},
        {"public_events": True},
        {"public_monitors": True},
        {"report_interval": 300},
        {"flush": 600},
        {"live_interval": 60},
        {"api_keeps_live": True},
        {"first_steps": False},
        {"accent": "#ff8800"},
        {"footer": "© 2026 [us](https://example.com)"},
        {"quiet": [NIGHT, {**NIGHT, "days": [5]}]},
    ):
        assert panel.patch("/api/settings", change).result is None
        changed |= change
        assert panel.get("/api/settings").result == changed
    settings = store.another().view().settings
    assert settings.quiet == (QuietWindow((0, 6), "22:00", "07:00"), QuietWindow((5,), "22:00", "07:00"))
    shown = changed.keys() - {"quiet", "slow_until"}
    assert {name: getattr(settings, name) for name in shown} == {name: changed[name] for name in shown}


def test_edit_counts_null_as_absent_and_leaves_unknown_fields_alone(panel: Panel) -> None:
    for change in ({}, dict.fromkeys(DEFAULTS), {"password": "new password", "key": "password"}):
        assert panel.patch("/api/settings", change).result is None
    assert panel.get("/api/settings").result == DEFAULTS
    assert panel.post("/api/login", {"password": "new password"}).error == (403, 403)


def test_edit_refuses_by_the_fields_name_and_then_changes_nothing(panel: Panel) -> None:
    wrong: dict[str, tuple[Any, ...]] = {
        "site_name": (1, True, [], "", "x" * 129),
        "public_page": ("false", 0, 1, []),
        "language": (1, "", "fr", "EN", "zh-CN", []),
        "site_url": (1, "status.example.com", "ftp://x", "https://", "https://x/?a=b", "https://x/" + "y" * 1024),
        "time_zone": (1, "", "Mars/Base", "../../etc/passwd", "x" * 65),
        "public_events": (1, "true"),
        "public_monitors": (1, "true"),
        "report_interval": ("60", 9, 301, 60.5, True),
        "flush": ("300", 0, 301, 599, True),
        "live_interval": ("5", 1, 61, 2.5, True),
        "api_keeps_live": (1, "true"),
        "first_steps": (0, "false"),
        "accent": (1, "red", "#12345", "#1234567"),
        "footer": (1, "x" * 501),
        "logo": (1, "x"),
        "css": (1, "x" * 16_385),
        "quiet": (1, [NIGHT] * 22, [{**NIGHT, "days": []}], [{**NIGHT, "days": [7]}], [{**NIGHT, "to": "24:00"}]),
    }
    for field, values in wrong.items():
        for value in values:
            answer = panel.patch("/api/settings", {"site_name": "new", "language": "zh", field: value})
            assert names_field(answer, field), (field, value)
    assert panel.get("/api/settings").result == DEFAULTS


def test_the_sites_url_is_where_the_first_browser_signs_in(dashboard: Dashboard, panel: Panel) -> None:
    assert panel.get("/api/settings").result["site_url"] == ""
    for origin in ("null", "http://127.0.0.1", "https://other.example"):
        sign_in(dashboard, headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"})
    assert panel.get("/api/settings").result["site_url"] == "http://127.0.0.1"
    panel.patch("/api/settings", {"site_url": "https://status.example"})
    sign_in(dashboard, headers={"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"})
    assert panel.get("/api/settings").result["site_url"] == "https://status.example"


def test_edit_takes_a_site_name_of_up_to_128_characters(panel: Panel) -> None:
    for name in ("x", "é" * 128):
        assert panel.patch("/api/settings", {"site_name": name}).status == 200
        assert panel.get("/api/settings").result["site_name"] == name


def test_edit_refuses_a_body_that_is_no_object(panel: Panel) -> None:
    for body in (b"", b"{", b"[]", b"null"):
        assert panel.patch("/api/settings", body).error == (400, 400)


@pytest.mark.local
def test_edits_of_different_fields_at_once_all_hold(busy_panel: Panel) -> None:
    for language, public, name in (("zh", False, "one"), ("en", True, "two"), ("zh", False, "three")):
        wanted = {"site_name": name, "public_page": public, "language": language}
        answers = together(*(edit(busy_panel, {field: value}) for field, value in wanted.items()))
        assert [answer.status for answer in answers] == [200] * 3
        assert busy_panel.get("/api/settings").result == DEFAULTS | wanted


def edit(panel: Panel, change: dict[Any, Any]) -> Callable[..., Any]:
    return lambda: panel.patch("/api/settings", change)


@pytest.mark.local
def test_senders_are_told_what_was_set_within_a_moment(dashboard: Dashboard, panel: Panel) -> None:
    _, secret = dashboard.server()
    report = {"reports": [{"secret": secret, "state": {"CPU": 1}}]}
    told = dashboard.post("/api/v1/agent/report", body=report).result
    assert (told["interval"], told["flush"]) == (10, 300)
    panel.patch("/api/settings", {"report_interval": 120, "flush": 600})
    dashboard.store.clock.skip(16)
    told = dashboard.post("/api/v1/agent/report", body=report).result
    assert (told["interval"], told["flush"]) == (120, 600)
    (server,) = dashboard.store.states().values()
    assert server.interval(usual=1) == 120


def test_guests_see_the_availability_of_monitors_where_it_is_public(dashboard: Dashboard, panel: Panel) -> None:
    monitor = panel.monitor()
    for public, shown in ((False, []), (True, [monitor])):
        panel.patch("/api/settings", {"public_monitors": public})
        assert [one["id"] for one in dashboard.get("/api/availability").result["monitors"]] == shown


def test_public_page_off_shuts_out_who_may_not_read(dashboard: Dashboard, panel: Panel) -> None:
    visible, secret = dashboard.server()
    path = f"/api/v1/monitor/{visible.id}"
    read, register = dashboard.token("read"), dashboard.token("register")
    expired = dashboard.token(expires=int(dashboard.clock.now) + 1)
    dashboard.clock.now += 1
    panel.patch("/api/settings", {"public_page": False})
    assert dashboard.get("/api/summary").error == (403, 403)
    assert dashboard.get("/api/summary", read).error == (403, 403)
    assert panel.get("/api/summary").error == (403, 403)
    for credential in (None, "wrong", expired, register, secret):
        assert dashboard.get(path, credential).error == (403, 403)
    assert dashboard.get(path, read).result is None
    assert panel.get(path).result is None
    assert dashboard.get("/api/v1/server/list", read).status == 200
    panel.patch("/api/settings", {"public_page": True})
    assert dashboard.get(path).result is None
    assert dashboard.get("/api/summary").status == 200


def test_public_page_off_opens_no_hidden_server(dashboard: Dashboard, panel: Panel) -> None:
    hidden, secret = dashboard.server(hide_for_guest=True)
    panel.patch("/api/settings", {"public_page": False})
    for credential in (None, dashboard.token("register"), secret):
        assert dashboard.get(f"/api/v1/monitor/{hidden.id}", credential).error == (403, 403)
