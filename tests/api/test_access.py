"""Who may call which route, and what is never disclosed."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from benchmarks.item_size import consumed
from chalicelib.fleet.tokens import hash_of
from chalicelib.storage.tables import TABLES
from tests.support.dashboard import NOW, Dashboard

LIST, DETAILS, REGISTER = "/api/v1/server/list", "/api/v1/server/details", "/api/v1/server/register"
REPORT = "/api/v1/agent/report"
NO_CREDENTIAL = (401, 403)
REFUSED = (403, 403)

HIDDEN = {"name": "hidden-name", "tag": "hidden-tag", "note": "hidden-note"}
PRIVATE = ("203.0.113.77", "2001:db8::77", *HIDDEN.values(), "visible-note", "198.51.100.7")
"""What guests, and callers who may only register, never see."""


@dataclass(frozen=True)
class Made:
    """Credentials that exist, or did. `agent` is the hidden server's secret."""

    read: str
    register: str
    both: str
    expiring: str
    expired: str
    deleted: str
    agent: str
    ended_agent: str


CALLERS: dict[str, Callable[[Made], str | None]] = {
    "nobody": lambda _: None,
    "empty": lambda _: "",
    "blank": lambda _: " \t ",
    "read": lambda made: made.read,
    "register": lambda made: made.register,
    "both": lambda made: made.both,
    "both, Bearer": lambda made: f"Bearer {made.both}",
    "both, Token": lambda made: f"Token {made.both}",
    "both, bearer": lambda made: f"bearer   {made.both}",
    "both, in blanks": lambda made: f"  {made.both}\t",
    "both, expiring": lambda made: made.expiring,
    "expired": lambda made: made.expired,
    "deleted": lambda made: made.deleted,
    "Basic": lambda made: f"Basic {made.both}",
    "Bearer alone": lambda _: "Bearer",
    "Bearer twice": lambda made: f"Bearer Bearer {made.both}",
    "longer": lambda made: made.both + "x",
    "shorter": lambda made: made.both[:-1],
    "other case": lambda made: made.both.swapcase(),
    "hash": lambda made: hash_of(made.both),
    "unknown": lambda _: "x" * 32,
    "10 KB": lambda _: "x" * 10_000,
    "non-latin": lambda _: "ключ密钥🔑",
    "percent": lambda _: "%s%d%00",
    "agent": lambda made: made.agent,
    "ended agent": lambda made: made.ended_agent,
}
"""The Authorization header of each kind of caller, None for none."""

MISSING = ("nobody", "empty", "blank")
BOTH = tuple(name for name in CALLERS if name.partition(",")[0] == "both")
READERS = ("read", *BOTH)
REGISTRARS = ("register", *BOTH)


@pytest.fixture(scope="module")
def made(shared: Dashboard) -> Made:
    agent = add_fleet(shared)
    deleted = shared.token()
    shared.store.delete_token(hash_of(deleted))
    ended, ended_agent = shared.server("ended")
    shared.store.delete_server(shared.store.view().fleet.by_id[ended.id], int(NOW))
    shared.clock.now = NOW - 100
    expired = shared.token(expires=int(NOW))
    shared.clock.now = NOW
    return Made(
        read=shared.token("read"),
        register=shared.token("register"),
        both=shared.token(),
        expiring=shared.token(expires=int(NOW) + 1),
        expired=expired,
        deleted=deleted,
        agent=agent,
        ended_agent=ended_agent,
    )


def add_fleet(dashboard: Dashboard) -> Any:
    """Makes server 1, visible, and 2, hidden; both have addresses. Returns the hidden one's secret."""
    _, visible_secret = dashboard.server("visible-name", note="visible-note")
    _, secret = dashboard.server(**HIDDEN, hide_for_guest=True)
    outcomes = dashboard.report(
        {"secret": visible_secret, "ip": "198.51.100.7", "state": {}},
        {"secret": secret, "ip": "203.0.113.77/2001:db8::77", "host": {"Arch": "arm64"}, "state": {"CPU": 5}},
    )
    assert outcomes == [{"server_id": 1}, {"server_id": 2}]
    return secret


def refusal(caller: str) -> tuple[Any, ...]:
    return NO_CREDENTIAL if caller in MISSING else REFUSED


def told(answer: Any) -> list[Any]:
    """Everything private in an answer."""
    text = answer.body.decode() + repr(answer.headers)
    return [word for word in PRIVATE if word in text]


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("path", [LIST, f"{DETAILS}?id=2"])
def test_list_and_details_are_for_who_may_read(shared: Dashboard, made: Any, path: Any, caller: str) -> None:
    answer = shared.get(path, CALLERS[caller](made))
    if caller in READERS:
        assert isinstance(answer.result, list)
    else:
        assert answer.error == refusal(caller)
        assert told(answer) == []


@pytest.mark.parametrize("caller", CALLERS)
def test_register_is_for_who_may_register(shared: Dashboard, made: Any, caller: str) -> None:
    before = shared.store.view().fleet.by_id.keys()
    answer = shared.post(REGISTER, CALLERS[caller](made), {})
    if caller in REGISTRARS:
        assert (answer.status, answer.json.keys()) == (200, {"code", "message", "secret"})
    else:
        assert answer.error == refusal(caller)
        assert shared.store.view().fleet.by_id.keys() == before
    assert told(answer) == []


@pytest.mark.parametrize("caller", CALLERS)
def test_monitor_of_a_visible_server_is_for_anyone(shared: Dashboard, made: Any, caller: str) -> None:
    answer = shared.get("/api/v1/monitor/1", CALLERS[caller](made))
    assert (answer.status, answer.json) == (200, {"code": 0, "message": "success", "result": None})


@pytest.mark.parametrize("caller", CALLERS)
def test_monitor_of_a_hidden_server_is_for_who_may_read(shared: Dashboard, made: Any, caller: str) -> None:
    answer = shared.get("/api/v1/monitor/2", CALLERS[caller](made))
    if caller in READERS:
        assert answer.status == 200
    else:
        assert answer.error == REFUSED
        assert told(answer) == []


@pytest.mark.parametrize("caller", CALLERS)
def test_report_is_for_agents(shared: Dashboard, made: Any, caller: str) -> None:
    (outcome,) = shared.report({}, credential=CALLERS[caller](made))
    if caller == "agent":
        assert outcome == {"server_id": 2}
    else:
        assert outcome.keys() == {"error", "message", "retry"}
        assert (outcome["error"], outcome["retry"]) == ("unknown_secret", False)


@pytest.mark.local
@pytest.mark.parametrize(("method", "path"), [("GET", LIST), ("POST", REGISTER), ("POST", REPORT), ("GET", "/x")])
def test_credential_beyond_what_a_gateway_takes_is_refused(shared: Dashboard, method: str, path: Any) -> None:
    assert shared.request(method, path, {"Authorization": "x" * 11_000}, b"{}").error == (431, 431)


@pytest.mark.local
def test_token_works_until_it_expires(dashboard: Dashboard) -> None:
    token = dashboard.token("read", expires=int(NOW) + 60)
    dashboard.clock.now = NOW + 59
    assert dashboard.get(LIST, token).status == 200
    dashboard.clock.now = NOW + 60
    assert dashboard.get(LIST, token).error == REFUSED


@pytest.mark.local
def test_token_works_until_it_is_deleted(dashboard: Dashboard) -> None:
    token = dashboard.token("read")
    assert dashboard.get(LIST, token).status == 200
    dashboard.store.delete_token(hash_of(token))
    assert dashboard.get(LIST, token).error == REFUSED
    assert dashboard.store.token(hash_of(token)) is None


def test_agents_secret_in_its_place_is_no_token_in_another(dashboard: Dashboard) -> None:
    _, secret = dashboard.server()
    for path in (LIST, DETAILS):
        assert dashboard.get(path, secret).error == REFUSED
    assert dashboard.post(REGISTER, secret, {}).error == REFUSED
    assert dashboard.report({"state": {}}, credential=secret) == [{"server_id": 1}]


def test_token_in_the_query_or_another_header_counts_for_nothing(dashboard: Dashboard) -> None:
    token = dashboard.token()
    assert dashboard.get(f"{LIST}?token={token}&Authorization={token}&access_token={token}").error == NO_CREDENTIAL
    for header in ("X-Api-Key", "Proxy-Authorization", "Token", "X-Authorization"):
        assert dashboard.request("GET", LIST, {header: token}).error == NO_CREDENTIAL


@pytest.mark.local
@pytest.mark.parametrize(
    "use",
    [
        lambda dashboard, token: dashboard.get(LIST, token),
        lambda dashboard, token: dashboard.get(DETAILS, f"Bearer {token}"),
        lambda dashboard, token: dashboard.post(REGISTER, token, {}),
        lambda dashboard, token: dashboard.get("/api/v1/monitor/1", token),
    ],
    ids=["list", "details", "register", "monitor"],
)
def test_last_use_of_a_token_is_kept_to_the_day(dashboard: Dashboard, use: Callable[..., Any]) -> None:
    dashboard.server(hide_for_guest=True)
    token = dashboard.token()
    assert last_used(dashboard, token) == 0
    for now in (NOW, NOW + 3 * 86_400):
        dashboard.clock.now = now
        assert use(dashboard, token).status == 200
        assert last_used(dashboard, token) == now // 86_400


@pytest.mark.local
def test_last_use_of_a_token_is_written_once_a_day(dashboard: Dashboard) -> None:
    token = dashboard.token()
    written = []
    midnight = (NOW // 86_400 + 1) * 86_400
    for now in (NOW, NOW, midnight - 1, midnight, midnight + 1):
        dashboard.clock.now = now
        with consumed(dashboard.store) as capacity:
            dashboard.get(LIST, token)
        written.append(capacity.written)
    assert written == [1, 0, 0, 1, 0]


def test_last_use_of_a_refused_token_is_not_kept(dashboard: Dashboard) -> None:
    token = dashboard.token(expires=int(NOW) + 60)
    dashboard.clock.now = NOW + 60
    dashboard.get(LIST, token)
    assert last_used(dashboard, token) == 0


def test_credentials_are_kept_as_hashes_only(dashboard: Dashboard) -> None:
    token = dashboard.token()
    _, shown = dashboard.server()
    registered = dashboard.post(REGISTER, token, {}).json["secret"]
    dashboard.get(LIST, token)
    for secret in (shown, registered):
        assert "server_id" in dashboard.report({"secret": secret, "host": {"Arch": "a"}, "state": {}})[0]
    stored = everything_stored(dashboard)
    for credential in (token, shown, registered):
        assert hash_of(credential).encode() in stored
        assert credential.encode() not in stored
        assert b64encode(credential.encode()) not in stored


def last_used(dashboard: Dashboard, credential: str) -> int:
    """The day, counted from 1970."""
    token = dashboard.store.token(hash_of(credential))
    assert token
    return token.last_used


def everything_stored(dashboard: Dashboard) -> bytes:
    """All names and values of all items of the dashboard's tables, in one text."""
    items = [item for model in TABLES for item in dashboard.store.database.scan(model)]
    assert items
    return b"\n".join(flat(item) for item in items)


def flat(value: Any) -> Any:
    if isinstance(value, dict):
        return b"\n".join(flat(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set):
        return b"\n".join(flat(part) for part in value)
    return value if isinstance(value, bytes) else str(value).encode()


def provocations(token: Any, secret: Any) -> Iterator[Any]:
    """Requests of a guest, an agent and a program that are answered with errors, or that a guest may send."""
    yield from ((method, path, None, b"") for method in ("GET", "PUT") for path in (LIST, DETAILS, REGISTER, REPORT))
    for path in (LIST, f"{LIST}?tag=hidden-tag&token={token}", f"{DETAILS}?id=2", f"{DETAILS}/{token}", f"/{secret}"):
        yield "GET", path, None, b""
        yield "GET", path, secret, b""
        yield "GET", path, token[:-1], b""
    for id_ in ("1", "2", "0", "999", token, secret, "hidden-name"):
        yield "GET", f"/api/v1/monitor/{id_}", None, b""
        yield "GET", f"/api/v1/monitor/{id_}", secret, b""
    yield "GET", "/api/v1/health", token, b""
    for body in (
        {"Name": [token]},
        {"Note": {secret: token}},
        {"Name": token * 5},
        [token],
        {"Tag": 5, "Note": secret},
    ):
        yield "POST", REGISTER, token, json.dumps(body).encode()
        yield "POST", REGISTER, secret, json.dumps(body).encode()
    yield "POST", REGISTER, token, f'{{"Name":"{token}'.encode()
    for report in (
        *({"ip": secret}, {"ip": "203.0.113.77/x"}, {"at": secret}, {"host": secret}, {"host": {"CPU": [[secret]]}}),
        *({"state": secret}, {"state": {"CPU": secret}}, {"state": {"Temperatures": [{"Name": [secret]}]}}),
        *({"pings": [secret]}, {"pings": [{"monitor_id": 9, "at": 1, secret: token}]}, {secret: token, "ip": 1}),
    ):
        yield "POST", REPORT, None, json.dumps({"reports": [{"secret": secret, **report}]}).encode()
        yield "POST", REPORT, secret, json.dumps({"reports": [report, {"secret": token}]}).encode()
    yield "POST", REPORT, secret, json.dumps({"reports": secret}).encode()
    yield "POST", REPORT, secret, json.dumps({"reports": [{"secret": secret}] * 101}).encode()
    yield "POST", REPORT, token, f'{{"reports":[{{"secret":"{secret}"'.encode()


@pytest.mark.local
def test_no_error_and_no_log_tells_anything_private(dashboard: Dashboard, logs: pytest.LogCaptureFixture) -> None:
    token, secret = dashboard.token(), add_fleet(dashboard)
    words = (*PRIVATE, token, token[:-1], secret, hash_of(token), hash_of(secret))
    answers = [
        dashboard.request(method, path, {} if credential is None else {"Authorization": credential}, body)
        for method, path, credential, body in provocations(token, secret)
    ]
    assert {answer.status for answer in answers} == {200, 400, 401, 403, 404, 405, 413}
    for answer in answers:
        text = answer.body.decode() + repr(answer.headers)
        assert [word for word in words if word in text] == [], text
    assert [word for word in words if word in logs.text] == []


@pytest.mark.local
def test_good_requests_log_nothing_private(dashboard: Dashboard, logs: pytest.LogCaptureFixture) -> None:
    token, secret = dashboard.token(), add_fleet(dashboard)
    dashboard.get(f"{DETAILS}?tag=hidden-tag", token)
    registered = dashboard.post(REGISTER, token, {"Name": "hidden-name"}).json["secret"]
    dashboard.report({"secret": registered, "ip": "203.0.113.77"}, {"state": {}}, credential=secret)
    words = (*PRIVATE, token, secret, registered)
    assert [word for word in words if word in logs.text] == []
