"""Compares our answers with those of the original v0 dashboard, exchange by exchange."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.fleet.servers import Server
from chalicelib.fleet.tokens import new_token
from chalicelib.storage import DynamoStore
from ops import import_v0
from tests.api.people.panel import PASSWORD
from tests.golden import recorded
from tests.golden.differences import DIFFERENCES, expected
from tests.golden.recorded import Exchange
from tests.support.dashboard import Clock, Dashboard, HttpAnswer, new_store, serve

COMPATIBILITY = Path(__file__).parents[2] / "docs" / "compatibility.md"

MADE = ("fresh", "reported", "new", "after", "other")
"""A dashboard for each state that the exchanges were recorded in, in the order in which they are asked."""


def made_for(exchange: Exchange) -> str:
    registers = exchange.state == "S2" and exchange.name.startswith("register")
    by_state = {"S0": "fresh", "S1": "reported", "S2": "after", "S11": "after", "S16": "other"}
    return "new" if registers else by_state[exchange.state]


REPLAYED = [
    exchange
    for exchange in recorded.exchanges()
    if exchange.path.startswith(("/api/v1/", "http://")) or exchange.path == "/api/v1"
    if exchange.state in ("S0", "S1", "S2", "S11", "S16")
]
REPLAYED.sort(key=lambda exchange: MADE.index(made_for(exchange)))

READ_OTHERWISE = {
    *("list-tag-unicode-raw", "list-tag-percent-bad", "list-semicolon-second", "details-literal-space"),
    *("monitor-pct-slash", "route-double-slash-end", "route-absolute-uri"),
}
"""Paths and queries that other gateways refuse, or decode in ways of their own."""


def marks_of(exchange: Exchange) -> list[pytest.MarkDecorator]:
    """A gateway that knows no wrong method of a path answers with 404 in place of 405."""
    differs = exchange.name in READ_OTHERWISE or expected(exchange)[0].status == 405
    return [pytest.mark.local] if differs else []


TOKENS = [token["token"] for token in recorded.FIXTURE["api_tokens"] if not token.get("soft_deleted")]
ENCODINGS = {"register-invalid-utf8": "latin-1"}
SECRET = re.compile("[0-9A-Za-z]{18}")
STARTED = 1_795_444_600.0

NOT_RECORDED: dict[str, dict[str, Any]] = {
    "regagent-after-state": {"state": {"CPU": 3.5, "Uptime": 9}},
    "regagent-after-host": {"ip": "198.51.100.9", "host": {"Platform": "alpine"}},
    "host-forms": {
        "ip": "",
        "host": {
            "Platform": "p<&>'\"\\\u2028",
            "CPU": ["a", "", ""],
            "BootTime": 2**63,
            "Version": "v",
            "GPU": ["g1", "g2"],
        },
        "state": {
            "CPU": 123456789012345680,
            "Load1": 1e-6,
            "Load5": 9.999999e-7,
            "Load15": 0.1,
            "Temperatures": [
                {"Name": "a<&>\u2028", "Temperature": 1e15},
                {"Name": "b", "Temperature": -0.0},
                {"Name": "c", "Temperature": 1e16},
                {"Name": "d", "Temperature": 123456789.12345679},
                {"Name": "e", "Temperature": 9007199254740993.0},
                {"Name": "f", "Temperature": 0.3333333333333333},
            ],
            "GPU": 99.99999999999999,
        },
    },
}
"""Reports that reached the original between two exchanges, read back from its answers."""


@pytest.fixture(scope="module")
def dashboards(aws_credentials: None) -> Iterator[dict[str, Dashboard]]:
    with mock_aws(), ExitStack() as running:
        dashboards = {name: running.enter_context(serve(new_store(), Clock(STARTED))) for name in MADE}
        for name, dashboard in dashboards.items():
            seed(name, dashboard)
        yield dashboards


def seed(name: str, dashboard: Dashboard) -> None:
    """Makes a new dashboard what that one of MADE is: the original's imported database, and what came after it."""
    _import(dashboard.store, history=name == "reported")
    if name in ("reported", "after", "other"):
        _report_fixture(dashboard)
    if name == "after":
        _add_rows(dashboard)


@pytest.fixture(scope="module")
def secrets() -> dict[str, str]:
    """The bare secrets that registrations answered, by the exchange's name."""
    return {}


@pytest.mark.parametrize(
    "exchange", [pytest.param(exchange, id=exchange.name, marks=marks_of(exchange)) for exchange in REPLAYED]
)
def test_answers_as_the_original_did(
    exchange: Exchange, dashboards: Mapping[str, Dashboard], secrets: dict[str, str]
) -> None:
    dashboard = dashboards[made_for(exchange)]
    dashboard.clock.now = exchange.at
    _report_not_recorded(exchange, dashboard, secrets)
    body = None if exchange.body is None else exchange.body.encode(ENCODINGS.get(exchange.name, "utf-8"))
    answer = dashboard.request(exchange.method, exchange.target, exchange.headers, body)
    wanted, _ = expected(exchange)
    assert answer.status == wanted.status, answer.body
    if wanted.body is not None:
        parsed = _parsed(answer)
        assert _without_chance(parsed) == _without_chance(wanted.body)
        if isinstance(parsed, str):
            secrets[exchange.name] = parsed
    if made_for(exchange) == "new" and wanted.status == 200 and exchange.method == "POST":
        _assert_registered_as_the_original_did(dashboard)


def test_every_difference_is_documented_and_occurs() -> None:
    documented = set(re.findall(r"^- \*\*(.+?)\.?\*\*", COMPATIBILITY.read_text(), re.MULTILINE))
    occurring = set().union(*(expected(exchange)[1] for exchange in REPLAYED))
    assert occurring == DIFFERENCES.keys()
    assert occurring <= documented


def _import(store: DynamoStore, *, history: bool) -> None:
    """The original's database, and its valid session. history: with its pings."""
    with (
        closing(import_v0.open_database(recorded.FOLDER / "dashboard.sqlite")) as original,
        closing(_copy(original)) as database,
    ):
        if not history:
            database.execute("DELETE FROM monitor_histories")
        import_v0.Import(store, database, recorded.FIXTURE["seeded_at_unix"], write=True).run()
    store.set_password(PASSWORD)
    session = recorded.FIXTURE["users"][0]["token"]
    store.create_token(new_token(session, "session", STARTED, subject=PASSWORD.generation, expires=int(STARTED) + 3600))


def _copy(original: sqlite3.Connection) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:")
    original.backup(copy)
    copy.row_factory = sqlite3.Row
    return copy


def _add(store: DynamoStore, server: dict[str, Any], secret: str) -> None:
    token = new_token(secret, "agent", STARTED, subject=server["id"])
    kept = Server(
        id=server["id"],
        name=server["name"],
        tag=server["tag"],
        note=server["note"],
        display_index=server["display_index"],
        hide_for_guest=bool(server["hide_for_guest"]),
        secret_hash=token.hash,
    )
    store.create_server(kept, token)


def _report_fixture(dashboard: Dashboard) -> None:
    """What the fixture's agents reported, as a relay passes it on."""
    secrets = {server["id"]: server["secret"] for server in recorded.FIXTURE["servers"]}
    for report, log in zip(recorded.FIXTURE["reports"], recorded.FIXTURE["report_log"], strict=False):
        dashboard.clock.now = log["at"]
        payload = report["payload"]
        if report["kind"] == "host":
            # The original never takes the country from the agent, so a relay passes it from its own look-up only.
            said = {"ip": payload.get("ip", ""), "host": _v0_names(payload, leave_out=("ip", "country_code"))}
        else:
            said = {"state": _v0_names(payload)}
        assert dashboard.report(said, credential=secrets[report["server"]]) == [{"server_id": report["server"]}]


def _v0_names(payload: dict[str, Any], leave_out: tuple[str, ...] = ()) -> dict[str, Any]:
    named = {_v0_name(name): value for name, value in payload.items() if name not in leave_out}
    if "Temperatures" in named:
        named["Temperatures"] = [{"Name": name, "Temperature": degrees} for name, degrees in named["Temperatures"]]
    return named


def _v0_name(name: str) -> str:
    return {"cpu": "CPU", "gpu": "GPU"}.get(name) or "".join(part.capitalize() for part in name.split("_"))


def _add_rows(dashboard: Dashboard) -> None:
    """The servers that the original held after all its registrations; not every request of them was recorded.

    Names and tags are taken from its list: in the rows they end at a NUL or after some characters.
    """
    listed = {server["id"]: server for server in recorded.by_name("after-register-list-all").answer.body["result"]}
    for id_, _, _, _, _, _, _, note, _, display_index, hide, *_ in recorded.rows("rows-servers-after-register"):
        while dashboard.store.new_server_id() < id_:
            pass
        name, tag = listed[str(id_)]["name"], listed[str(id_)]["tag"]
        server = {"id": id_, "name": name, "tag": tag, "note": note, "display_index": display_index}
        _add(dashboard.store, {**server, "hide_for_guest": hide}, f"row{id_}")


def _report_not_recorded(exchange: Exchange, dashboard: Dashboard, secrets: dict[str, str]) -> None:
    if exchange.name == "esc-list-del-c1":
        dashboard.post("/api/v1/server/register", TOKENS[0], {"Name": "\x7f\x80\x9f\xa0", "Tag": "esc-del-c1"})
    if exchange.name in NOT_RECORDED:
        server_id, secret = (3, "secret000000000003") if exchange.state == "S16" else (54, secrets["regagent-register"])
        assert dashboard.report(NOT_RECORDED[exchange.name], credential=secret) == [{"server_id": server_id}]


def _assert_registered_as_the_original_did(dashboard: Dashboard) -> None:
    newest = dashboard.store.view().fleet.by_id[max(dashboard.store.view().fleet.by_id)]
    kept = (newest.name, newest.tag, newest.note, newest.hide_for_guest)
    assert kept in {(row[4], row[5], row[7], bool(row[10])) for row in recorded.rows("rows-servers-after-register")}


def _parsed(answer: HttpAnswer) -> Any:
    if answer.headers["content-type"].startswith("text/plain"):
        return answer.body.decode()
    return recorded.parse(answer.body.decode())


def _without_chance(body: Any) -> Any:
    """Secrets are random, and the words of an error are each dashboard's own."""
    if isinstance(body, str):
        assert body == "secret" or SECRET.fullmatch(body)
        return "secret"
    if "secret" in body:
        return body.having(secret=_without_chance(body["secret"]))
    return body if body["code"] == "0" else body.having(message="…")
