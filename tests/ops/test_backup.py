"""`backup` and `restore`."""

import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.watched_store import opened
from chalicelib.fleet import servers, settings
from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.certificates import Certificate, KnownCertificate
from chalicelib.fleet.history import Recorded, minute
from chalicelib.fleet.pings import point
from chalicelib.fleet.ranges import RANGES
from chalicelib.fleet.rollup import DAY
from chalicelib.fleet.servers import Server
from chalicelib.fleet.watch import Watch
from chalicelib.storage import DynamoStore
from ops.__main__ import main
from tests.fleet.alerts.ledgers import eventful
from tests.ops.ops_command import Ops
from tests.support.dashboard import Clock, Dashboard, serve

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "correct horse"


@pytest.fixture
def known(ops: Ops, dashboard: Dashboard) -> dict[str, str]:
    """A local stage with something of everything; its credentials by name."""
    ops("password", "--stdin", stdin=PASSWORD)
    ops("monitor", "create", "Gateway 东京", "icmp", "192.0.2.1")
    ops("monitor", "create", "Web", "tcp", "192.0.2.1:443")
    channel = dashboard.store.alerts.new_channel_id()
    dashboard.store.alerts.create_channel(Channel(channel, "Phone", "apprise", "ntfys://ntfy.example.com/topic"))
    dashboard.store.alerts.create_rule(eventful())
    known = {"all": dashboard.token(), "read": dashboard.token("read"), "register": dashboard.token("register")}
    known["expired"] = dashboard.token(expires=int(dashboard.clock.now) + 1)
    for number, name in enumerate(("Tokyo 东京 🗼", 'O\'Brien "<&>" \\ \u2028', "hidden", "silent"), start=1):
        _, known[f"agent {number}"] = dashboard.server(name, tag=f"T{number % 2}", hide_for_guest=name == "hidden")
    ops("server", "delete", ops("server", "add", "highest", "--json").json["id"])
    minute = int(dashboard.clock.now) // 60 * 60 - 3600
    for number in (1, 2, 3):
        pings = [
            {"monitor_id": monitor, "at": minute + 60 * past, "delay": 1.25 * past, "up": 2, "down": 0}
            for monitor in (1, 2)
            for past in range(8)
        ]
        said = {
            "ip": f"192.0.2.{number}/2001:db8::{number}",
            "host": {"Platform": "debian", "CPU": ["A & B"], "MemTotal": 2**63},
            "state": {"CPU": 0.1 * number, "Temperatures": [{"Name": "x" * 60, "Temperature": 1}] * 40},
            "pings": pings,
        }
        assert dashboard.report({"secret": known[f"agent {number}"], **said}) == [{"server_id": number}]
    return known


@pytest.fixture
def few(store: DynamoStore) -> None:
    """A local stage with some servers only."""
    for name in ("one", "two", "three"):
        servers.create(store, Server(0, name), time.time())


@pytest.fixture(scope="module")
def backed_up(database: Any, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The lines of a backup of three servers."""
    url = database.meta.endpoint_url
    store = opened(url, "nezha-saved-")
    store.create_tables()
    for name in ("one", "two", "three"):
        servers.create(store, Server(0, name), time.time())
    file = tmp_path_factory.mktemp("backup") / "backup"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        assert main(["--stage=saved", "backup", str(file)]) == 0
    return file.read_bytes().splitlines(keepends=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.jsonl"


@pytest.fixture
def other(dashboard: Dashboard, empty_database: Any) -> Iterator[Dashboard]:
    """The dev stage over HTTP, at the same moment."""
    store = opened(empty_database.meta.endpoint_url, "nezha-dev-")
    store.create_tables()
    with serve(store, Clock(dashboard.clock.now)) as running:
        yield running


def test_backup_is_for_this_user_only_and_says_how_much_it_is(ops: Ops, known: dict[str, str], file: Path) -> None:
    done = ops("backup", file)
    count = len(_lines(file)) - 2
    assert (done.status, done.out, done.err) == (0, "", f"{count} items in {file}\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("name", ["backup.jsonl", "backup.jsonl.part"])
def test_backup_takes_the_place_of_an_older_one_for_this_user_only(
    ops: Ops, store: DynamoStore, file: Path, name: str
) -> None:
    older = file.with_name(name)
    older.write_text("older, and longer than what takes its place " * 100)
    older.chmod(0o644)
    assert ops("backup", file).status == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [set(line) for line in _lines(file)] == [{"format", "version", "at"}, {"items"}]


def test_backup_is_a_line_for_each_item(ops: Ops, known: dict[str, str], file: Path) -> None:
    ops("backup", file)
    head, *items, end = _lines(file)
    assert head.keys() == {"format", "version", "at"}
    assert abs(head["at"] - time.time()) < 60
    assert end == {"items": len(items)}
    assert {"servers", "states", "tokens", "monitors", "series", "settings", "alerts"} == {
        line["table"] for line in items
    }


def test_backup_holds_no_credential(ops: Ops, known: dict[str, str], file: Path) -> None:
    ops("backup", file)
    text = file.read_text()
    for credential in (*known.values(), PASSWORD):
        assert credential not in text


@pytest.mark.parametrize("place", ["none/such/backup", "."])
def test_backup_to_where_nothing_can_be_written_is_one_line(
    ops: Ops, store: DynamoStore, tmp_path: Path, place: str
) -> None:
    assert "cannot be written" in ops("backup", tmp_path / place).failure
    assert list(tmp_path.iterdir()) == []


def test_a_backup_that_fails_leaves_the_older_one(
    ops: Ops, few: None, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ops("backup", file)
    before = file.read_bytes()
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    assert ops("backup", file).failure
    assert file.read_bytes() == before
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_restore_answers_every_request_with_the_same_bytes(
    ops: Ops, known: dict[str, str], file: Path, dashboard: Dashboard, other: Dashboard
) -> None:
    ops("backup", file)
    done = ops("restore", file, stage="dev")
    assert (done.status, done.out, done.err) == (0, "", f"{len(_lines(file)) - 2} items from {file}\n")
    paths = [
        "/api/v1/server/list",
        "/api/v1/server/details",
        "/api/v1/server/list?tag=T1",
        "/api/v1/server/details?id=3,1",
    ]
    paths += [f"/api/v1/monitor/{id_}" for id_ in range(1, 7)]
    dashboard.clock.now = other.clock.now = dashboard.clock.now + 5
    for credential in (None, "wrong", *known.values()):
        for path in paths:
            ours, theirs = dashboard.get(path, credential), other.get(path, credential)
            assert (theirs.status, theirs.body) == (ours.status, ours.body), (path, credential)
    assert b"Gateway" in other.get("/api/v1/monitor/1").body


def test_restore_keeps_what_every_credential_may_do(
    ops: Ops, known: dict[str, str], file: Path, dashboard: Dashboard, other: Dashboard
) -> None:
    ops("backup", file)
    ops("restore", file, stage="dev")
    other.clock.now += 5
    statuses = {name: other.get("/api/v1/server/list", known[name]).status for name in known}
    assert statuses == {name: 200 if name in ("all", "read") else 403 for name in known}
    assert other.post("/api/v1/server/register", known["register"], {}).status == 200
    for number in (1, 2, 3, 4):
        assert other.report({"secret": known[f"agent {number}"]}) == [{"server_id": number}]
    body = json.dumps({"password": PASSWORD}).encode()
    assert other.request("POST", "/api/login", SAME_ORIGIN, body).status == 200
    assert ops("monitor", "list", stage="dev").out == ops("monitor", "list").out
    assert ops("server", "list", "--json", stage="dev").status == 0


def test_ids_go_on_above_the_highest_ever_given(ops: Ops, known: dict[str, str], file: Path, other: Dashboard) -> None:
    ops("backup", file)
    ops("restore", file, stage="dev")
    assert ops("server", "add", "next", "--json", stage="dev").json["id"] == 6
    assert ops("monitor", "create", "next", "icmp", "192.0.2.9", stage="dev").out == "3\n"


def test_restored_events_go_on_and_nothing_is_told_twice(
    ops: Ops, known: dict[str, str], file: Path, dashboard: Dashboard, other: Dashboard
) -> None:
    ops("backup", file)
    assert ops("restore", file, stage="dev").status == 0
    ledger, restored = dashboard.store.alerts.ledger(3), other.store.alerts.ledger(3)
    assert ledger
    assert restored
    assert (restored.rule, restored.standing, restored.past) == (ledger.rule, ledger.standing, ledger.past)
    assert ledger.notices
    assert restored.notices == ()
    assert {one.error for one in restored.receipts[2]} == {"restored from a backup"}
    assert restored.mark != ledger.mark
    assert other.store.alerts.channels() == dashboard.store.alerts.channels()
    alerts = other.store.alerts
    assert (alerts.new_rule_id(), alerts.new_channel_id(), alerts.new_event_ids(1)) == (4, 2, 12)


def test_restored_certificates_are_known(ops: Ops, few: None, store: DynamoStore, file: Path, other: Dashboard) -> None:
    known = {
        3: KnownCertificate(7, "0a1b2c3d", Certificate("Let’s Encrypt", 9)),
        4: KnownCertificate(8, "0a1b2c3d", None, told=False),
    }
    store.certificates.write(known)
    ops("backup", file)
    assert ops("restore", file, stage="dev").status == 0
    assert other.store.certificates.between(1, 500) == known


def test_restored_history_is_the_same_in_every_range(
    ops: Ops, known: dict[str, str], file: Path, dashboard: Dashboard, other: Dashboard
) -> None:
    _remember(dashboard, server_id=1, days=3)
    ops("backup", file)
    assert ops("restore", file, stage="dev").status == 0
    paths = [f"/api/{what}/1?range={range_}" for what in ("history", "ping") for range_ in RANGES]
    for path in (*paths, "/api/availability", "/api/spark"):
        ours, theirs = dashboard.get(path, known["read"]), other.get(path, known["read"])
        assert (theirs.status, theirs.body) == (200, ours.body), path
    assert len(other.get("/api/history/1?range=1y", known["read"]).result["at"]) >= 3
    assert [days[-3] for days in _shares(other, known["read"], "monitors")] == [1, 1]
    assert _shares(other, known["read"], "servers")[0][-3] == 0.0104  # 15 of 1,440 minutes
    # What the rollup of the copy has done already, it does not do again.
    assert other.store.roll_up(other.clock.now, 60).periods == 0


def _remember(dashboard: Dashboard, server_id: int, days: int) -> None:
    """Some minutes and points of each of the last days, rolled up, and watched now."""
    now = int(dashboard.clock.now)
    for ago in range(days, 0, -1):
        start = (now // DAY - ago) * DAY + 3600
        for at in range(start, start + 900, 60):
            points = [point(monitor, at, 5.25, 3, 0) for monitor in (1, 2)]
            figures = {"samples": 12, "CPU": ago, "NetIn": 10**9 + at}
            assert not dashboard.store.write_history({server_id: Recorded([minute(at, figures)], points)}, at + 60)
    dashboard.store.roll_up(now, 60)
    watch = Watch(dashboard.store, 60)
    for seconds in range(-600, 1, 60):
        watch.look(*dashboard.store.view_and(dashboard.store.states), now + seconds)


def _shares(dashboard: Dashboard, token: str, what: str) -> list[list[float | None]]:
    return [one["days"] for one in dashboard.get("/api/availability", token).result[what]]


def test_a_reader_that_knew_the_fleet_sees_the_restored_one_at_once(
    ops: Ops, known: dict[str, str], file: Path, dashboard: Dashboard, other: Dashboard
) -> None:
    ops("backup", file)
    _, secret = other.server("will be overwritten")
    ops("monitor", "create", "Gateway", "icmp", "203.0.113.1", stage="dev")
    assert [server["name"] for server in other.get("/api/v1/server/list", other.token()).result] == [
        "will be overwritten"
    ]
    assert other.report({"secret": secret}) == [{"server_id": 1}]
    assert other.get("/api/v1/monitor/1").result is None
    assert ops("restore", file, "--over", stage="dev").status == 0
    path = "/api/v1/server/list"
    assert other.get(path, known["all"]).body == dashboard.get(path, known["all"]).body
    assert other.get("/api/v1/monitor/1").body == dashboard.get("/api/v1/monitor/1").body


def test_restore_refuses_a_stage_that_holds_data(ops: Ops, known: dict[str, str], file: Path, other: Dashboard) -> None:
    ops("backup", file)
    other.server("here already")
    assert "--over" in ops("restore", file, stage="dev").failure
    assert [server["name"] for server in ops("server", "list", "--json", stage="dev").json] == ["here already"]


def test_restore_takes_a_stage_for_empty_that_knows_only_what_a_deployment_and_its_schedules_store(
    ops: Ops, known: dict[str, str], file: Path, other: Dashboard
) -> None:
    settings.edit(other.store, {"site_url": "https://new.example.com"})
    Watch(other.store, 60).look(*other.store.view_and(other.store.states), other.clock.now)
    ops("backup", file)
    assert ops("restore", file, stage="dev").status == 0


@pytest.mark.parametrize(
    "made",
    [
        ("password", "--stdin"),
        ("token", "create", "--note", "first"),
        ("server", "add", "first"),
        ("monitor", "create", "Web", "icmp", "192.0.2.1"),
    ],
    ids=lambda made: made[0],
)
def test_restore_refuses_a_stage_in_which_anything_was_made(
    ops: Ops, few: None, file: Path, other: Dashboard, made: tuple[str, ...]
) -> None:
    ops("backup", file)
    assert ops(*made, stage="dev", stdin=PASSWORD).status == 0
    assert "--over" in ops("restore", file, stage="dev").failure


def test_restore_over_keeps_what_the_backup_does_not_have(
    ops: Ops, known: dict[str, str], file: Path, dashboard: Dashboard, other: Dashboard
) -> None:
    ops("backup", file)
    for number in range(7):
        other.server(f"other {number}")
    token = other.token()
    assert ops("restore", file, "--over", stage="dev").status == 0
    names = {server["id"]: server["name"] for server in other.get("/api/v1/server/list", token).result}
    assert names.keys() == {1, 2, 3, 4, 5, 6, 7}
    assert names[3] == "hidden"
    assert names[7] == "other 6"
    assert ops("server", "add", "next", "--json", stage="dev").json["id"] == 8


def test_restore_again_over_itself_changes_nothing(
    ops: Ops, known: dict[str, str], file: Path, dashboard: Dashboard
) -> None:
    before = dashboard.get("/api/v1/server/details", known["all"]).body
    ops("backup", file)
    assert ops("restore", file, "--over").status == 0
    assert dashboard.get("/api/v1/server/details", known["all"]).body == before


def test_restore_creates_missing_tables(ops: Ops, few: None, file: Path) -> None:
    ops("backup", file)
    assert ops("restore", file, stage="dev").status == 0
    assert len(ops("server", "list", "--json", stage="dev").json) == 3


def test_restore_leaves_the_tables_of_a_deployed_stage_to_its_stack(ops: Ops, few: None, file: Path) -> None:
    ops("backup", file)
    assert "make deploy" in ops("restore", file, stage="prod").failure


def test_an_empty_backup_is_restored(ops: Ops, store: DynamoStore, file: Path) -> None:
    ops("backup", file)
    assert ops("restore", file, stage="dev").err == f"0 items from {file}\n"
    assert ops("server", "add", "first", "--json", stage="dev").json["id"] == 1


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.6, 0.9, 0.999], ids=lambda share: f"{share:.1%}")
def test_a_backup_that_was_cut_off_is_refused(
    ops: Ops, database: Any, backed_up: list[bytes], file: Path, share: float
) -> None:
    whole = b"".join(backed_up)
    file.write_bytes(whole[: int(len(whole) * share)])
    assert str(file) in ops("restore", file, stage="dev").failure
    assert _is_empty(database, "dev")


def test_a_backup_without_its_last_lines_is_refused(
    ops: Ops, database: Any, backed_up: list[bytes], file: Path
) -> None:
    for lines in (backed_up[:-1], backed_up[:-2] + backed_up[-1:], backed_up[:1]):
        file.write_bytes(b"".join(lines))
        assert str(file) in ops("restore", file, stage="dev").failure
        assert _is_empty(database, "dev")


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "no JSON",
        "\xff",
        "{}",
        '{"table": "servers"}',
        pytest.param("[]"),
        pytest.param("5"),
        pytest.param('{"table": "planets", "item": {}}'),
        pytest.param('{"table": "servers", "item": 5}'),
        pytest.param('{"table": "servers", "item": {"g": {"B": "!"}}}'),
    ],
)
def test_a_damaged_backup_is_refused(ops: Ops, database: Any, backed_up: list[bytes], file: Path, line: str) -> None:
    lines = [*backed_up[:2], line.encode("latin-1") + b"\n", *backed_up[3:]]
    file.write_bytes(b"".join(lines))
    assert "damaged" in ops("restore", file, stage="dev").failure
    assert _is_empty(database, "dev")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "{}\n",
        '{"format": "something else", "version": 1}\n{"items": 0}\n',
        '{"format": "nezha-serverless backup", "version": 2}\n{"items": 0}\n',
        "SQLite format 3\x00\xff",
        pytest.param("[]\n"),
        pytest.param('"text"\n'),
    ],
)
def test_a_foreign_file_is_refused(ops: Ops, database: Any, file: Path, text: str) -> None:
    file.write_bytes(text.encode("latin-1"))
    assert str(file) in ops("restore", file, stage="dev").failure
    assert _is_empty(database, "dev")


def test_a_missing_file_is_one_line(ops: Ops, store: DynamoStore, tmp_path: Path) -> None:
    assert "cannot be read" in ops("restore", tmp_path / "none").failure
    assert "cannot be read" in ops("restore", tmp_path).failure


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().split("\n")[:-1]]


def _is_empty(database: Any, stage: str) -> bool:
    tables = [name for name in database.list_tables()["TableNames"] if name.startswith(f"nezha-{stage}-")]
    return not any(database.scan(TableName=name)["Count"] for name in tables)
