"""`import-v0`: the data of an original dashboard."""

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import limits, monitors, servers
from chalicelib.fleet.ranges import window
from chalicelib.fleet.rollup import PERIOD
from chalicelib.storage import DynamoStore
from chalicelib.storage.series import kinds, progress
from chalicelib.storage.series.items import SeriesItem
from ops.import_v0 import Import, ImportReport, open_database
from tests.ops.ops_command import Ops
from tests.support.dashboard import Clock, Dashboard, serve

ORIGINAL = Path(__file__).parents[1] / "golden" / "dashboard.sqlite"
NOW = 1_795_444_544.620156
DAY = window("24h", NOW)
MINUTE = 1_795_440_000
TOKENS = [f"Token{letter * 26}{number}" for number, letter in enumerate("ABC", start=1)]


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A copy of the original's database."""
    return Path(shutil.copy(ORIGINAL, tmp_path))


@pytest.fixture
def sql(whole: Path) -> Callable[..., None]:
    """Changes the copy."""

    def execute(statement: str, *values: object) -> None:
        with closing(sqlite3.connect(whole)) as database, database:
            database.execute(statement, values)

    return execute


@pytest.fixture
def file(whole: Path, sql: Callable[..., None]) -> Path:
    """The copy with little of its history, which takes seconds to write."""
    sql("DELETE FROM monitor_histories WHERE server_id IN (1, 2) AND created_at < '2026-11-23 14:25'")
    return whole


@pytest.fixture
def v0(store: WatchedStore) -> Iterator[Dashboard]:
    """The stage over HTTP, at the time of the original's data."""
    with serve(store, Clock(NOW)) as running:
        yield running


def run(store: DynamoStore, file: Path, *, write: bool = True) -> ImportReport:
    with closing(open_database(file)) as database:
        return Import(store, database, NOW, write=write).run()


def test_a_dry_run_says_the_same_and_writes_nothing(store: DynamoStore, file: Path) -> None:
    before = file.read_bytes()
    dry = run(store, file, write=False)
    assert store.dump.is_empty()
    assert run(store, file).as_dict() == dry.as_dict()
    assert file.read_bytes() == before


def test_it_takes_what_is_alive_in_the_original(store: DynamoStore, file: Path) -> None:
    report = run(store, file)
    assert {what: report.taken[what] for what in ("servers", "tokens", "monitors")} == {
        "servers": 8,
        "tokens": 3,
        "monitors": 3,
    }
    assert report.already.get("servers", 0) == 0
    assert any("public note" in line for line in report.not_taken)
    assert any("2 users" in line for line in report.not_taken)


def test_servers_keep_everything_that_has_a_place_here(store: DynamoStore, file: Path) -> None:
    run(store, file)
    kept = {
        server.id: (server.name, server.tag, server.note, server.display_index, server.hide_for_guest)
        for server in store.view().fleet.ordered
    }
    with closing(sqlite3.connect(ORIGINAL)) as database:
        rows = database.execute(
            "SELECT id, name, tag, note, display_index, hide_for_guest FROM servers WHERE deleted_at IS NULL"
        )
        assert kept == {id_: (*texts, bool(hidden)) for id_, *texts, hidden in rows}
    assert list(kept) == [1, 3, 4, 2, 5, 7, 8, 6]


def test_monitors_keep_their_servers(store: DynamoStore, file: Path) -> None:
    run(store, file)
    kept = store.view().monitors
    assert {id_: (one.name, one.type, one.target, one.interval) for id_, one in kept.items()} == {
        1: ("ICMP 上海 <cn>", "icmp", "198.51.100.1", 30),
        2: ("ICMP 2", "icmp", "198.51.100.2", 60),
        3: ('TCP "443"', "tcp", "198.51.100.3:443", 60),
    }
    assert {id_: (one.cover, one.servers) for id_, one in kept.items()} == {
        1: ("all", frozenset()),
        2: ("all", frozenset()),
        3: ("all", frozenset({2})),
    }


def test_a_monitor_that_covers_only_some_servers_goes_on_so(
    store: DynamoStore, file: Path, sql: Callable[..., None]
) -> None:
    sql("UPDATE monitors SET cover = 1, skip_servers_raw = '[1,3,9,99]' WHERE id = 3")
    run(store, file)
    monitor = store.view().monitors[3]
    assert (monitor.cover, monitor.servers) == ("only", frozenset({1, 3}))


def test_agents_and_programs_go_on_with_their_credentials(store: DynamoStore, file: Path, v0: Dashboard) -> None:
    run(store, file)
    for token in TOKENS:
        assert v0.get("/api/v1/server/list", token).status == 200
        assert v0.post("/api/v1/server/register", token, {}).status == 200
    for server in range(1, 9):
        assert v0.report({"secret": f"secret{server:012}"}) == [{"server_id": server}]
    assert v0.get("/api/v1/server/list", "TokenDDDDDDDDDDDDDDDDDDDDDDDDDD4").status == 403
    assert v0.report({"secret": "secret000000000009"})[0]["error"] == "unknown_secret"


def test_ids_go_on_above_the_originals_highest(store: DynamoStore, file: Path, v0: Dashboard) -> None:
    run(store, file)
    server, _ = v0.server()
    assert server.id == 10
    assert store.new_monitor_id() == 4


def test_it_takes_all_history(store: DynamoStore, whole: Path, v0: Dashboard) -> None:
    taken = run(store, whole).taken["ping points"]
    monitors = {one["monitor_id"]: one for one in v0.get("/api/v1/monitor/1").result}
    assert monitors.keys() == {1, 2, 3}
    first, last = monitors[1]["created_at"][0] / 1000, monitors[1]["created_at"][-1] / 1000
    assert NOW - 24 * 3600 - 60 <= first <= NOW - 24 * 3600 + 60
    assert NOW - 120 <= last <= NOW
    assert all(len(one["created_at"]) in (1440, 1441) for one in monitors.values())
    with closing(sqlite3.connect(ORIGINAL)) as database:
        minutes = "SELECT DISTINCT server_id, monitor_id, substr(created_at, 1, 16) FROM monitor_histories"
        alive = "WHERE server_id > 0 AND deleted_at IS NULL"
        (every,) = database.execute(f"SELECT count(*) FROM ({minutes} {alive})").fetchone()  # noqa: S608
        assert taken == every
        (newest,) = database.execute(
            "SELECT avg_delay FROM monitor_histories WHERE server_id = 1 AND monitor_id = 1 ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert monitors[1]["avg_delay"][-1] == pytest.approx(newest, rel=1e-6)


def test_older_history_becomes_ten_minutes_hours_and_days(
    store: DynamoStore, file: Path, sql: Callable[..., None], v0: Dashboard
) -> None:
    sql("DELETE FROM monitor_histories")
    insert = "INSERT INTO monitor_histories (monitor_id, server_id, created_at, avg_delay) VALUES (1, 1, ?, ?)"
    for days in (800, 300, 35, 20, 9, 6, 1):
        for second, delay in ((0, 10), (20, 0), (60, 40), (120, 0)):
            sql(insert, (NOW - days * 86_400) // 600 * 600 + second, delay)
    dry, written = run(store, file, write=False), run(store, file)
    assert dry.as_dict() == written.as_dict()
    assert written.taken["ping points"] == 7 * 3
    for name, shown in {"7d": (6, 1), "30d": (20, 9, 6, 1), "1y": (300, 35, 20, 9, 6, 1)}.items():
        (series,) = v0.get(f"/api/ping/1?range={name}", v0.token("read")).result
        starts = [int(NOW - ago * 86_400) // series["step"] * series["step"] for ago in shown]
        assert [60 * minute for minute in series["minutes"]] == starts
        for column, value in {"delays": 25, "least": 10, "most": 40, "up": 2, "down": 2}.items():
            assert series[column] == [value] * len(shown)


def test_a_second_run_takes_only_what_is_missing_of_older_history(
    store: DynamoStore, file: Path, sql: Callable[..., None], v0: Dashboard
) -> None:
    sql("DELETE FROM monitor_histories")
    insert = "INSERT INTO monitor_histories (monitor_id, server_id, created_at, avg_delay) VALUES (?, 1, ?, 5)"
    for days in (100, 20):
        sql(insert, 1, NOW - days * 86_400)
    run(store, file)
    for monitor, days in ((2, 20), (1, 19)):
        sql(insert, monitor, NOW - days * 86_400)
    report = run(store, file)
    assert (report.taken["ping points"], report.already["ping points"]) == (2, 2)
    found = v0.get("/api/ping/1?range=1y", v0.token("read")).result
    assert [(one["monitor_id"], one["up"]) for one in found] == [(1, [1, 1, 1]), (2, [1])]


def test_what_is_imported_is_rolled_up_at_once(store: WatchedStore, file: Path, sql: Callable[..., None]) -> None:
    sql("DELETE FROM monitor_histories")
    sql(
        "INSERT INTO monitor_histories (monitor_id, server_id, created_at, avg_delay) VALUES (1, 1, ?, 5)",
        NOW - 172_800,
    )
    run(store, file)
    period = int(NOW - 172_800) // PERIOD
    assert store.database.get(SeriesItem, {"s": {"N": "1"}, "p": {"N": str(kinds.POINT_HOURS + period)}})


def test_a_rollup_that_died_as_the_import_began_is_waited_for(
    store: WatchedStore, file: Path, sql: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    progress.begin(store.database, int(NOW) + 1 - progress.LEASE_SECONDS)
    monkeypatch.setattr("ops.import_v0.history.BUSY_PAUSE_SECONDS", 0.2)
    test_what_is_imported_is_rolled_up_at_once(store, file, sql)


def test_rows_of_one_minute_become_one_point(store: DynamoStore, file: Path, v0: Dashboard) -> None:
    run(store, file)
    (series,) = (one for one in v0.get("/api/v1/monitor/6").result if one["monitor_id"] == 1)
    assert series["avg_delay"] == [11.5]


def test_a_second_run_takes_nothing(store: DynamoStore, file: Path, v0: Dashboard) -> None:
    first = run(store, file)
    before = [v0.get(f"/api/v1/{path}", TOKENS[0]).body for path in ("server/details", "monitor/1", "monitor/6")]
    second = run(store, file)
    assert not any(second.taken.values())
    assert second.already == {what: count for what, count in first.taken.items() if count}
    after = [v0.get(f"/api/v1/{path}", TOKENS[0]).body for path in ("server/details", "monitor/1", "monitor/6")]
    assert after == before


def test_what_was_changed_here_since_stays(store: DynamoStore, file: Path, ops: Ops) -> None:
    run(store, file)
    ops("server", "edit", 1, "--name", "renamed here")
    ops("monitor", "edit", 1, "--name", "renamed here", "--interval", 300)
    run(store, file)
    assert store.view().fleet.by_id[1].name == "renamed here"
    assert store.view().monitors[1].interval == 300


@pytest.mark.parametrize(
    ("written", "minute"),
    [
        ("2026-11-23 13:20:59.999999999+00:00", MINUTE),
        ("2026-11-23 21:20:30.5+08:00", MINUTE),
        ("2026-11-23 05:20:00-08:00", MINUTE),
        ("2026-11-23 18:50:30.123456+05:30", MINUTE),
        ("2026-11-23T13:20:30Z", MINUTE),
        ("2026-11-23 13:20:00.000000001+00:00", MINUTE),
        ("2026-11-23 21:20:30.5 +0800 CST m=+0.001", MINUTE),
        (MINUTE + 30, MINUTE),
        (MINUTE + 30.5, MINUTE),
        (1000 * MINUTE + 30_500, MINUTE),
        ("2026-11-23 13:20:30", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_a_row_lands_on_its_minute_whatever_its_zone(
    store: DynamoStore, file: Path, sql: Callable[..., None], written: str | float | None, minute: int | None
) -> None:
    sql("DELETE FROM monitor_histories")
    sql("INSERT INTO monitor_histories (monitor_id, server_id, created_at, avg_delay) VALUES (1, 1, ?, 5)", written)
    report = run(store, file)
    assert any("1 ping rows: it" in line for line in report.not_taken) == (minute is None)
    series = store.series(1, DAY).get(1)
    assert (series.minutes if series else ()) == ((minute,) if minute else ())


def test_soft_deleted_rows_are_left_out(store: DynamoStore, file: Path, sql: Callable[..., None]) -> None:
    for table in ("servers", "monitors", "api_tokens"):
        sql(f"UPDATE {table} SET deleted_at = created_at WHERE id = 1")  # noqa: S608
    sql("UPDATE monitor_histories SET deleted_at = created_at WHERE monitor_id = 2")
    report = run(store, file)
    assert [report.taken[what] for what in ("servers", "tokens", "monitors")] == [7, 2, 2]
    assert 1 not in store.view().fleet.by_id
    assert store.series(2, DAY) == {}


def test_another_server_of_the_same_id_is_reported_and_left(store: DynamoStore, file: Path, v0: Dashboard) -> None:
    _, secret = v0.server("mine")
    report = run(store, file)
    assert any(line.startswith("server 1: its ID or secret belongs to another") for line in report.not_taken)
    assert report.taken["servers"] == 7
    assert store.view().fleet.by_id[1].name == "mine"
    assert v0.report({"secret": secret}) == [{"server_id": 1}]
    assert v0.report({"secret": "secret000000000001"})[0]["error"] == "unknown_secret"
    assert store.series(1, DAY) == {}


def test_another_monitor_of_the_same_id_is_reported_and_left(store: DynamoStore, file: Path, ops: Ops) -> None:
    ops("monitor", "create", "mine", "icmp", "192.0.2.1")
    report = run(store, file)
    assert any(line.startswith("monitor 1: its ID belongs to another") for line in report.not_taken)
    assert store.view().monitors[1].name == "mine"
    assert 1 not in store.series(1, DAY)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("type = 5", "its type is not supported"),
        ("target = 'no port'", "target"),
        ("duration = 5", "interval of 5 s; it is 10 s now"),
        ("duration = 86400", "interval of 86400 s; it is 3600 s now"),
    ],
)
def test_a_monitor_that_has_no_place_here_is_reported(
    store: DynamoStore, file: Path, sql: Callable[..., None], change: str, word: str
) -> None:
    sql(f"UPDATE monitors SET {change} WHERE id = 3")  # noqa: S608
    (line,) = (line for line in run(store, file).not_taken if line.startswith("monitor 3: "))
    assert word in line


def test_texts_longer_than_the_api_takes_are_cut_so_that_later_edits_work(
    store: DynamoStore, file: Path, sql: Callable[..., None], ops: Ops
) -> None:
    sql("UPDATE servers SET name = ?, tag = ?, note = ? WHERE id = 1", "x" * 500, "t" * 500, "y" * 3000)
    sql("UPDATE api_tokens SET note = ? WHERE id = 1", "z" * 3000)
    sql("UPDATE monitors SET name = ? WHERE id = 1", "m" * 500)
    lines = run(store, file).not_taken
    server = store.view().fleet.by_id[1]
    assert (server.name, server.tag, server.note) == ("x" * 128, "t" * 128, "y" * 1024)
    assert {
        "server 1: what its name has beyond 128 characters",
        "server 1: what its tag has beyond 128 characters",
        "server 1: what its note has beyond 1,024 characters",
        "token 1: what its note has beyond 1,024 characters",
        "monitor 1: what its name has beyond 128 characters",
    } <= set(lines)
    for field in ("name", "tag", "note"):
        assert ops("server", "edit", 1, f"--{field}", getattr(server, field)).status == 0


@pytest.mark.parametrize("raw", ["null", "", None])
def test_a_monitor_without_a_list_of_servers_covers_all(
    store: DynamoStore, file: Path, sql: Callable[..., None], raw: str | None
) -> None:
    sql("UPDATE monitors SET skip_servers_raw = ? WHERE id = 3", raw)
    run(store, file)
    assert store.view().monitors[3].servers == frozenset()


def test_a_damaged_list_of_servers_is_reported(store: DynamoStore, file: Path, sql: Callable[..., None]) -> None:
    sql("UPDATE monitors SET skip_servers_raw = '[1,' WHERE id = 3")
    assert any(line.startswith("monitor 3: ") for line in run(store, file).not_taken)


@pytest.mark.parametrize(("table", "column"), [("servers", "secret"), ("api_tokens", "token")])
def test_a_row_without_a_credential_is_reported(
    store: DynamoStore, file: Path, sql: Callable[..., None], table: str, column: str
) -> None:
    sql(f"UPDATE {table} SET {column} = NULL WHERE id = 1")  # noqa: S608
    assert any("1: " in line for line in run(store, file).not_taken)


def test_the_command_is_a_dry_run_unless_told(ops: Ops, store: DynamoStore, file: Path) -> None:
    done = ops("import-v0", file)
    assert (done.status, done.err) == (0, "This was a dry run, nothing was written. To import, add: --write\n")
    assert "monitors afterwards: 3 of the limit of 500" in done.out.splitlines()
    assert {"servers: 8 taken", "tokens: 3 taken", "monitors: 3 taken"} <= set(done.out.splitlines())
    assert store.dump.is_empty()


def test_the_command_writes_when_told(ops: Ops, store: DynamoStore, file: Path) -> None:
    said: dict[str, Any] = ops("import-v0", file, "--write", "--json").json
    assert said.keys() == {"taken", "already", "not_taken", "notes"}
    assert len(store.view().fleet.by_id) == said["taken"]["servers"] == 8
    again = ops("import-v0", file, "--write")
    assert "servers: 0 taken, 8 were here already" in again.out.splitlines()
    assert again.err == ""


@pytest.mark.parametrize("content", [b"", b"no database", b"\xff" * 4096])
def test_a_file_that_is_no_database_is_one_line(ops: Ops, store: DynamoStore, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    for write in ([], ["--write"]):
        assert "is not a v0 dashboard's database" in ops("import-v0", tmp_path / "other", *write).failure
    assert (tmp_path / "other").read_bytes() == content
    assert store.dump.is_empty()


def test_a_database_of_something_else_is_one_line(ops: Ops, store: DynamoStore, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other")) as database, database:
        database.execute("CREATE TABLE servers (id, planet)")
    for write in ([], ["--write"]):
        assert "is not a v0 dashboard's database" in ops("import-v0", tmp_path / "other", *write).failure
    assert store.dump.is_empty()


def test_a_missing_file_is_one_line(ops: Ops, store: DynamoStore, tmp_path: Path) -> None:
    assert "is not a file" in ops("import-v0", tmp_path / "none").failure
    assert "is not a file" in ops("import-v0", tmp_path).failure


OLDER = {
    "v0.19": ("ALTER TABLE servers DROP COLUMN public_note", "DROP TABLE ddns"),
    "v0.16": (
        "ALTER TABLE servers DROP COLUMN public_note",
        *(f"DROP TABLE {table}" for table in ("ddns", "nats", "transfers")),
    ),
    "v0.14": (
        *(f"ALTER TABLE servers DROP COLUMN {name}" for name in ("public_note", "hide_for_guest", "display_index")),
        *(f"ALTER TABLE monitors DROP COLUMN {name}" for name in ("cover", "duration", "skip_servers_raw")),
        "DROP INDEX idx_server_id_created_at_monitor_id_avg_delay",
        *(f"ALTER TABLE monitor_histories DROP COLUMN {name}" for name in ("server_id", "avg_delay")),
        *(f"DROP TABLE {table}" for table in ("api_tokens", "ddns", "nats", "transfers", "crons", "alert_rules")),
    ),
    "nothing but servers": tuple(
        f"DROP TABLE {table}" for table in ("api_tokens", "monitors", "monitor_histories", "users", "notifications")
    ),
    "no dates": (
        *(
            f"DROP INDEX idx_{table}_{name}"
            for table in ("servers", "monitors")
            for name in ("created_at", "deleted_at")
        ),
        *(
            f"ALTER TABLE {table} DROP COLUMN {name}"
            for table in ("servers", "monitors")
            for name in ("created_at", "deleted_at")
        ),
    ),
}


@pytest.mark.parametrize("version", OLDER)
def test_missing_tables_and_columns_count_as_empty(
    store: DynamoStore, file: Path, sql: Callable[..., None], version: str
) -> None:
    for statement in OLDER[version]:
        sql(statement)
    dry, written = run(store, file, write=False), run(store, file)
    assert dry.as_dict() == written.as_dict()
    assert len(store.view().fleet.by_id) == written.taken["servers"] >= 8


ODD_VALUES = (None, "", "text", -1, 0, 7, 2**62, 1.5, -1e300, 1e999, b"\xff\xfe", "\x00", "x" * 5000, "[", "[1,null]")


@pytest.mark.parametrize("table", ["servers", "api_tokens", "monitors", "monitor_histories"])
def test_odd_values_in_any_column_never_end_the_import(
    store: DynamoStore, tmp_path: Path, file: Path, table: str
) -> None:
    """One row for every column and odd value, without the original's constraints."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DELETE FROM monitor_histories WHERE id > (SELECT min(id) + 50 FROM monitor_histories)")
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1] != "deleted_at"]
        database.execute(f"CREATE TABLE odd AS SELECT * FROM {table}")  # noqa: S608
        first = dict(zip(columns, database.execute(f"SELECT {','.join(columns)} FROM odd").fetchone(), strict=True))  # noqa: S608
        database.execute(f"DROP TABLE {table}")
        database.execute(f"ALTER TABLE odd RENAME TO {table}")
        for number, (name, value) in enumerate((name, value) for name in columns for value in ODD_VALUES):
            row = {**first, "id": 1000 + number}
            row |= {key: f"{key} {number}" for key in ("secret", "token") if key in row}
            row[name] = value
            places = ",".join("?" * len(row))
            database.execute(f"INSERT INTO {table} ({','.join(row)}) VALUES ({places})", list(row.values()))  # noqa: S608
    dry, written = run(store, file, write=False), run(store, file)
    assert dry.as_dict() == written.as_dict()
    for server in store.view().fleet.ordered:
        servers.check({"name": server.name or "as in the original", "tag": server.tag, "note": server.note})
        servers.check({"display_index": server.display_index})
    for monitor in store.view().monitors.values():
        monitors.check(monitor, store.view().fleet.by_id)


def test_every_odd_row_is_listed_with_its_reason(store: DynamoStore, file: Path, sql: Callable[..., None]) -> None:
    sql("DELETE FROM monitor_histories")
    sql("INSERT INTO servers (id, name, secret) VALUES (-5, 'x', 's1'), (60, x'ff41', 's2'), (61, 'x', ?)", "s" * 257)
    sql("INSERT INTO servers (id, name, secret, display_index) VALUES (62, '', 's3', 'first')")
    sql("INSERT INTO api_tokens (id, token) VALUES (60, ?), (61, 'secret000000000001')", "t" * 257)
    sql("INSERT INTO monitors (id, name, type, target, duration, cover) VALUES (60, 'x', 2, 'a b', 30, 0)")
    sql("INSERT INTO monitors (id, name, type, target, duration, cover) VALUES (61, 'x', 2, ' 192.0.2.1 ', 'often', 7)")
    rows = [
        ("1", 1, NOW, "slow"),
        (1, 1, NOW, None),
        (1, 1, NOW + 60, 5),
        (1, 1, NOW - 160_000_000, 5),
        (1, 0, NOW, 5),
        (1, 99, NOW, 5),
        (99, 1, NOW, 5),
        (1, 1, "2026-11-23 14:00:00", 5),
        (1, 1, "soon", 5),
    ]
    for number, row in enumerate(rows, 1):
        sql(
            "INSERT INTO monitor_histories (id, monitor_id, server_id, created_at, avg_delay) VALUES (?,?,?,?,?)",
            number,
            *row,
        )
    report = run(store, file)
    assert {
        "server -5: its ID is not a whole number from 1 to 9007199254740991",
        "server 61: its secret has more than 256 characters",
        "server 62: its display_index of first; it is 0 now",
        "token 60: it has more than 256 characters",
        "token 61: it is the secret of a server here",
        '"target" of an icmp monitor must be a host name or an IP address, without a port.',
        "monitor 61: its interval of often s; it is 30 s now",
        "monitor 61: its cover of 7; all servers probe it now",
        "1 ping rows: its delay is not a number (rows 1)",
        "1 ping rows: in the future (rows 3)",
        "1 ping rows: older than 5 years (rows 4)",
        "1 ping rows: not of a single server (rows 5)",
        "1 ping rows: of a server that is not imported (rows 6)",
        "1 ping rows: of a monitor that is not imported (rows 7)",
        "1 ping rows: its time has no time zone (rows 8)",
        "1 ping rows: its time cannot be read (rows 9)",
    } <= {line.removeprefix("monitor 60: ") for line in report.not_taken}
    assert store.view().fleet.by_id[60].name == "\ufffdA"
    assert store.view().monitors[61].target == "192.0.2.1"
    assert report.taken["ping points"] == 1


def test_a_secret_that_two_rows_have_is_imported_once(store: DynamoStore, file: Path, sql: Callable[..., None]) -> None:
    sql("DROP INDEX idx_servers_secret")
    sql("UPDATE servers SET secret = (SELECT secret FROM servers WHERE id = 1) WHERE id = 2")
    dry, written = run(store, file, write=False), run(store, file)
    assert dry.as_dict() == written.as_dict()
    assert "server 2: its ID or secret belongs to another server here" in dry.not_taken


def test_more_monitors_than_fit_are_listed_and_the_rest_goes_on(
    store: DynamoStore, file: Path, sql: Callable[..., None], monkeypatch: pytest.MonkeyPatch, ops: Ops
) -> None:
    monkeypatch.setattr(limits, "MONITORS", 3)
    ops("monitor", "create", "mine", "icmp", "192.0.2.1")
    sql("UPDATE monitors SET id = id + 100")
    sql("UPDATE monitor_histories SET monitor_id = monitor_id + 100")
    dry, written = run(store, file, write=False), run(store, file)
    assert dry.as_dict() == written.as_dict()
    assert [line for line in dry.not_taken if "limit" in line] == ["monitor 103: the limit of 3 monitors is reached"]
    assert store.view().monitors.keys() == {1, 101, 102}
    assert written.taken["ping points"] > 0


def test_more_servers_than_fit_are_listed(
    store: DynamoStore, file: Path, sql: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sql("DELETE FROM monitor_histories")
    monkeypatch.setattr(limits, "SERVERS", 6)
    dry, written = run(store, file, write=False), run(store, file)
    assert dry.as_dict() == written.as_dict()
    assert [line for line in dry.not_taken if "limit" in line] == [
        f"server {id_}: the limit of 6 servers is reached" for id_ in (7, 8)
    ]


def test_five_hundred_monitors_are_imported(
    store: DynamoStore, file: Path, sql: Callable[..., None], v0: Dashboard
) -> None:
    sql("DELETE FROM monitor_histories")
    for id_ in range(100, 600):
        sql("INSERT INTO monitors (id, name, type, target, duration, cover) VALUES (?, 'm', 3, 'h:80', 60, 0)", id_)
    report = run(store, file, write=False)
    assert report.taken["monitors"] == 500
    assert len([line for line in report.not_taken if "the limit of 500 monitors" in line]) == 3


def test_a_locked_file_is_told_so(ops: Ops, store: DynamoStore, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0))
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN EXCLUSIVE")
        failure = ops("import-v0", file).failure
    assert "is in use: database is locked; stop the original dashboard, or import a copy" in failure


def test_the_progress_of_a_long_import_shows_on_a_terminal(
    ops: Ops, store: DynamoStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr("ops.progress.REDRAW_SECONDS", 0)
    shown = ops("import-v0", file).err
    assert "\rreading pings [" in shown
    assert "\rimporting pings [" in shown
    assert shown.endswith("To import, add: --write\n")
