"""What is answered while the database is busy, broken or away."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore, opened
from chalicelib.fleet import monitors
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.tokens import hash_of
from tests.api.assertions import assert_error
from tests.api.failing_dynamodb import BROKEN, CUT, EXCEEDED, SILENT, THROTTLED, Failure, failing_dynamodb
from tests.api.stores import with_own_tables
from tests.support.dashboard import NOW, Dashboard, new_store, serve

LIST, DETAILS, REGISTER = "/api/v1/server/list", "/api/v1/server/details", "/api/v1/server/register"
REPORT, MONITOR, HEALTH = "/api/v1/agent/report", "/api/v1/monitor/1", "/api/v1/health"

GUARDED = (("GET", LIST), ("GET", DETAILS), ("POST", REGISTER))
OPEN = (("GET", MONITOR), ("GET", HEALTH), ("POST", REPORT))
CREDENTIAL = "credential0000000000000000000000"
BODY = b'{"reports":[{"secret":"credential00000000","state":{}}]}'

RETRY_AFTER = {429: "1", 503: "5"}
ANSWER_SECONDS = 5


@pytest.fixture(scope="module")
def proxy(dynamodb_url: str) -> Iterator[Any]:
    with failing_dynamodb(dynamodb_url) as running:
        yield running


@pytest.fixture(scope="module")
def proxied_store(proxy: Any) -> Iterator[WatchedStore]:
    store = new_store(proxy.url)
    yield store
    store.transport.close()


@pytest.fixture
def fragile(proxied_store: Any) -> Iterator[Any]:
    """A dashboard whose database fails on demand."""
    with serve(with_own_tables(proxied_store)) as dashboard:
        yield dashboard


@pytest.fixture
def database(fragile: Any, proxy: Any) -> Iterator[Any]:
    yield proxy
    proxy.works()


def ask(dashboard: Dashboard, method: str, path: Any, credential: str = CREDENTIAL) -> Any:
    """The answer, which must arrive in time."""
    began = time.monotonic()
    answer = dashboard.request(method, path, {"Authorization": credential}, BODY if method == "POST" else None)
    assert time.monotonic() - began < ANSWER_SECONDS
    return answer


def ask_all(dashboard: Dashboard, routes: tuple[Any, ...], credential: str = CREDENTIAL) -> Any:
    """The answers to requests that are sent at once."""
    with ThreadPoolExecutor(len(routes)) as threads:
        return list(threads.map(lambda route: ask(dashboard, route[0], route[1], credential), routes))


def assert_failure(answer: Any, status: Any) -> None:
    assert_error(answer, status)
    assert answer.headers["retry-after"] == RETRY_AFTER[status]


def assert_all_fail(dashboard: Dashboard, open_status: int) -> None:
    """Every route at once: open ones with this status, and guarded ones because nobody can tell whose token it is."""
    answers = ask_all(dashboard, (*OPEN, *GUARDED))
    for answer in answers:
        assert "credential0" not in answer.body.decode()
    for answer in answers[: len(OPEN)]:
        assert_failure(answer, open_status)
    for answer in answers[len(OPEN) :]:
        assert_error(answer, 503)


@pytest.mark.parametrize("failure", [THROTTLED, EXCEEDED], ids=lambda failure: failure.error)
def test_busy_database_is_429(fragile: Any, database: Any, failure: Failure) -> None:
    database.fails(failure)
    assert_all_fail(fragile, 429)


@pytest.mark.parametrize("failure", [BROKEN, CUT, SILENT], ids=["broken", "cut", "silent"])
def test_failing_database_is_503(fragile: Any, database: Any, failure: Failure) -> None:
    database.fails(failure)
    assert_all_fail(fragile, 503)


def test_refused_connection_is_503(aws_credentials: None) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        store = opened(f"http://127.0.0.1:{bound.getsockname()[1]}", "t-")
        with serve(store) as dashboard:
            assert_all_fail(dashboard, 503)
        store.transport.close()


NO_TABLES = pytest.param("ResourceNotFoundException")


@pytest.mark.parametrize("error", ["AccessDeniedException", "UnrecognizedClientException", NO_TABLES])
def test_database_that_is_not_set_up_is_503(fragile: Any, database: Any, error: Any) -> None:
    database.fails(Failure(400, error))
    assert_all_fail(fragile, 503)


def test_credential_that_cannot_be_checked_tells_when_to_try_again(fragile: Any, database: Any) -> None:
    database.fails(BROKEN)
    assert_failure(ask(fragile, "GET", LIST), 503)


def test_dashboard_recovers_with_its_database(fragile: Any, database: Any) -> None:
    token = fragile.token()
    database.fails(BROKEN)
    assert ask(fragile, "GET", LIST, token).status == 503
    database.works()
    assert ask(fragile, "GET", LIST, token).status == 200


@pytest.mark.parametrize(
    ("failure", "status"), [(THROTTLED, 429), (BROKEN, 503), (SILENT, 503)], ids=["throttled", "broken", "silent"]
)
def test_credential_is_known_and_the_rest_fails(fragile: Any, database: Any, failure: Failure, status: int) -> None:
    """The authorizer's reads succeed: what fails is the view's own."""
    token = fragile.token()
    fragile.server()
    database.failure = lambda _, parameters: None if parameters.get("TableName", "").endswith("tokens") else failure
    for answer in ask_all(fragile, GUARDED, token):
        assert_failure(answer, status)


@pytest.mark.parametrize("failure", [THROTTLED, BROKEN], ids=["throttled", "broken"])
def test_use_that_cannot_be_kept_keeps_nobody_from_reading(fragile: Any, database: Any, failure: Failure) -> None:
    token = fragile.token()
    database.fails(failure, "UpdateItem")
    assert ask(fragile, "GET", LIST, token).status == 200
    assert fragile.store.token(hash_of(token)).last_used == 0
    database.works()
    assert ask(fragile, "GET", LIST, token).status == 200
    assert fragile.store.token(hash_of(token)).last_used == NOW // 86_400


@pytest.mark.parametrize("failure", [THROTTLED, BROKEN], ids=["throttled", "broken"])
def test_registration_that_fails_leaves_no_server(fragile: Any, database: Any, failure: Failure) -> None:
    token = fragile.token()
    database.fails(failure, "TransactWriteItems")
    assert_failure(ask(fragile, "POST", REGISTER, token), 429 if failure is THROTTLED else 503)
    assert fragile.get(LIST, token).result == []


@pytest.mark.parametrize(
    ("failure", "error"),
    [(THROTTLED, "throttled"), (EXCEEDED, "throttled"), (BROKEN, "unavailable"), (CUT, "unavailable")],
    ids=["throttled", "exceeded", "broken", "cut"],
)
def test_minutes_and_points_that_cannot_be_kept_are_to_be_sent_again(
    fragile: Any, database: Any, failure: Failure, error: str
) -> None:
    _, secret = fragile.server()
    monitor_id = monitors.create(fragile.store, Monitor(0, "loopback", "icmp", "127.0.0.1"))
    points = {"pings": [{"monitor_id": monitor_id, "at": NOW, "delay": 1, "up": 1}]}
    minutes = {"minutes": [{"at": NOW, "samples": 60}]}
    database.fails(failure, "UpdateItem")
    for report in (points, minutes):
        (outcome,) = fragile.report(report, credential=secret)
        assert outcome.keys() == {"error", "message", "retry"}
        assert (outcome["error"], outcome["retry"]) == (error, True)
    database.works()
    assert fragile.get("/api/v1/monitor/1").result is None
    assert fragile.get("/api/history/1").result["at"] == []
    assert fragile.report({**points, **minutes}, credential=secret) == [{"server_id": 1}]
    assert fragile.get("/api/v1/monitor/1").result
    assert fragile.get("/api/history/1").result["samples"] == [60]


@pytest.mark.parametrize("failure", [THROTTLED, EXCEEDED, BROKEN, CUT], ids=["throttled", "exceeded", "broken", "cut"])
@pytest.mark.parametrize(
    ("operation", "report", "part"),
    [("UpdateItem", {"state": {"CPU": 5}}, "state"), ("TransactWriteItems", {"host": {"Arch": "a"}}, "host")],
)
def test_state_or_host_that_cannot_be_kept_is_named_and_no_error(
    fragile: Any, database: Any, operation: str, report: dict[str, Any], part: str, failure: Failure
) -> None:
    _, secret = fragile.server()
    before = fragile.details(1)
    database.fails(failure, operation)
    assert fragile.report(report, credential=secret) == [{"server_id": 1, "not_kept": [part]}]
    database.works()
    assert fragile.details(1) == before
    assert fragile.report(report, credential=secret) == [{"server_id": 1}]
    assert fragile.details(1) != before


def test_report_that_is_throttled_takes_no_other_along(fragile: Any, database: Any) -> None:
    secrets = [fragile.server(str(number))[1] for number in range(8)]
    database.failure = lambda operation, parameters: (
        THROTTLED if operation == "UpdateItem" and parameters["Key"] == {"k": {"S": "1"}} else None
    )
    reports = [{"secret": secrets[number], "state": {"CPU": number}} for number in (7, 6)]
    outcomes = fragile.report(*reports, {"secret": "wrong"}, {"secret": secrets[5], "state": {"CPU": "x"}})
    assert [outcome.get("error") for outcome in outcomes] == [None, None, "unknown_secret", "bad_report"]
    assert [outcome.get("not_kept") for outcome in outcomes] == [["state"], None, None, None]
    assert [fragile.details(id_)["status"]["CPU"] for id_ in (7, 8)] == [6, 0]


def test_report_of_many_is_answered_in_time_though_no_write_is(fragile: Any, database: Any) -> None:
    secrets = [fragile.server(str(number))[1] for number in range(16)]
    database.fails(SILENT, "UpdateItem")
    began = time.monotonic()
    outcomes = fragile.report(*({"secret": secret, "state": {}} for secret in secrets))
    assert time.monotonic() - began < ANSWER_SECONDS
    assert outcomes == [{"server_id": id_, "not_kept": ["state"]} for id_ in range(1, 17)]


def test_failure_that_nobody_foresaw_is_500(fragile: Any, database: Any, logs: pytest.LogCaptureFixture) -> None:
    _, secret = fragile.server()
    database.fails(Failure(400, "ValidationException"), "UpdateItem", "Query")
    assert_error(fragile.get(MONITOR), 500)
    assert_error(fragile.post(REPORT, secret, {"reports": [{"state": {}}]}), 500)
    assert "ValidationException" in logs.text
    assert secret not in logs.text


def test_failing_database_logs_no_credential(fragile: Any, database: Any, logs: pytest.LogCaptureFixture) -> None:
    token = fragile.token()
    _, secret = fragile.server("private-name")
    assert fragile.report({"ip": "203.0.113.77"}, credential=secret) == [{"server_id": 1}]
    for failure in (THROTTLED, BROKEN, CUT):
        database.fails(failure)
        ask_all(fragile, (*GUARDED, *OPEN), token)
        ask_all(fragile, (*GUARDED, *OPEN), secret)
    assert "did not answer" in logs.text
    words = (token, secret, CREDENTIAL[:20], "private-name", "203.0.113.77")
    assert [word for word in words if word in logs.text] == []
