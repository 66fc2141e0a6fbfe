"""Data in another layout is moved aside."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from local.layout import DATABASE, FILE, LAYOUT, LayoutError, prepare
from tests.local.running import started


def database(folder: Path, layout: str | None = None) -> Path:
    folder.mkdir()
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        connection.execute("CREATE TABLE items (name TEXT)")
    (folder / "credentials.json").write_text("{}")
    if layout:
        (folder / FILE).write_text(layout)
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_new_folder_is_made_and_marked(tmp_path: Path) -> None:
    folder = tmp_path / "some" / "data"
    assert prepare(folder) is None
    assert (folder / FILE).read_text() == f"{LAYOUT}\n"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_data_of_this_layout_stay(tmp_path: Path) -> None:
    folder = database(tmp_path / "data", f"{LAYOUT}\n")
    assert prepare(folder) is None
    assert names(folder) == {DATABASE, FILE, "credentials.json"}


@pytest.mark.parametrize(
    ("layout", "name"), [(None, "data-layout-1"), ("1", "data-layout-1"), ("99", "data-layout-99")]
)
def test_data_of_another_layout_are_moved_aside_whole(tmp_path: Path, layout: str | None, name: str) -> None:
    folder = database(tmp_path / "data", layout)
    before = names(folder)
    assert prepare(folder) == tmp_path / name
    assert names(tmp_path / name) == before
    assert names(folder) == {FILE}
    assert prepare(folder) is None


def test_what_was_kept_aside_before_stays(tmp_path: Path) -> None:
    kept = [prepare(database(tmp_path / "data", "1"))]
    for number in (2, 3):
        (tmp_path / "data" / FILE).unlink()
        (tmp_path / "data").rmdir()
        kept.append(prepare(database(tmp_path / "data", "1")))
        assert kept[-1] == tmp_path / f"data-layout-1-{number}"
    assert all(path and DATABASE in names(path) for path in kept)


def test_data_in_use_stay(tmp_path: Path) -> None:
    folder = database(tmp_path / "data")
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        for statement in ("locking_mode = EXCLUSIVE", "journal_mode = WAL"):
            connection.execute(f"PRAGMA {statement}")
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(LayoutError, match="another system uses it"):
            prepare(folder)
    assert names(tmp_path) == {"data"}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LayoutError, match="file/data"):
        prepare(tmp_path / "file" / "data")


def test_the_local_system_starts_anew_beside_data_of_another_layout(tmp_path: Path) -> None:
    folder = database(tmp_path / "data")
    with started("--data", str(folder), "--no-report", "--no-relay") as system:
        assert system.http.get("/api/v1/server/list", system.token).result == []
        status, _, said = system.end()
    assert status == 0
    assert f"are from an incompatible version; they are now in {tmp_path / 'data-layout-1'}\n" in said
