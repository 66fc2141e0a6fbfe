"""Guests cannot find out which servers exist: neither from answers, nor from how long these take."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.watched_store import Parameters, Send
from chalicelib.fleet import limits
from chalicelib.fleet.alerts.ledger import EventRecord
from tests.api.people.panel import Panel, serve_another
from tests.support.dashboard import NOW, Dashboard, HttpAnswer

THIS_MINUTE = int(NOW) // 60 * 60
SHOWN, HIDDEN, ABSENT = 1, 2, 3

PATHS = (
    *(f"/api/history/{{id}}{query}" for query in ("", "?range=1h", "?range=1y")),
    *(f"/api/ping/{{id}}{query}" for query in ("", "?range=30d")),
    *("/api/v1/monitor/{id}", "/badge/{id}.svg", "/api/event?server={id}", "/api/event?server={id}&limit=1"),
    *("/server/{id}", "/api/server/{id}", "/api/v1/server/details?id={id}"),
)


@pytest.fixture
def fleet(dashboard: Dashboard, panel: Panel) -> Dashboard:
    """A shown and a hidden server, each with minutes, points and events."""
    panel.monitor()
    for hidden in (False, True):
        server, secret = dashboard.server(hide_for_guest=hidden)
        ago = range(THIS_MINUTE - 1800, THIS_MINUTE, 60)
        minutes = [{"at": at, "samples": 60, "CPU": 7} for at in ago]
        pings = [{"monitor_id": 1, "at": at, "delay": 7, "up": 1, "down": 0} for at in ago]
        report = {"state": {"CPU": 7}, "minutes": minutes, "pings": pings}
        assert dashboard.report(report, credential=secret) == [{"server_id": server.id}]
        dashboard.store.alerts.archive([event(10 * server.id + number, server.id) for number in range(5)])
    panel.patch("/api/settings", {"public_events": True, "public_monitors": True})
    return dashboard


def event(id_: int, server_id: int) -> EventRecord:
    return EventRecord(id_, 3, "Busy", server_id, "a name", None, "", int(NOW), 1, int(NOW) + 5, "recovered")


@contextmanager
def noted(dashboard: Dashboard) -> Iterator[list[tuple[str, str]]]:
    """The calls to the database: their operations and tables."""
    calls: list[tuple[str, str]] = []

    def note(send: Send, operation: str, parameters: Parameters) -> Parameters:
        calls.append((operation, str(parameters.get("TableName", parameters.get("RequestItems")))))
        return send(operation, parameters)

    with dashboard.store.calls.around(note):
        yield calls


def said(answer: HttpAnswer) -> tuple[object, ...]:
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "date"}
    return answer.status, headers, answer.body


def asked(dashboard: Dashboard, path: str, id_: int, headers: dict[str, str]) -> tuple[object, ...]:
    """The answer, and the calls to the database behind it."""
    with noted(dashboard) as calls:
        answer = dashboard.request("GET", path.format(id=id_), headers)
    keyless = sorted((operation, table.partition("{")[0] or "keys") for operation, table in calls)
    return said(answer), keyless


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("credential", ["", "wrong", "register"])
def test_a_hidden_server_is_answered_like_one_that_does_not_exist(
    fleet: Dashboard, panel: Panel, public: bool, credential: str
) -> None:
    panel.patch("/api/settings", {"public_page": public})
    token = fleet.token("register") if credential == "register" else credential
    headers = {"Authorization": token} if token else {}
    for path in PATHS:
        asked(fleet, path, ABSENT, headers)  # reads what every request needs, and notes the use of the token
        assert asked(fleet, path, HIDDEN, headers) == asked(fleet, path, ABSENT, headers), path


@pytest.mark.parametrize("path", ["/api/history/{id}", "/api/ping/{id}", "/api/v1/monitor/{id}", "/badge/{id}.svg"])
def test_a_process_that_has_read_nothing_yet_treats_both_alike(fleet: Dashboard, path: str) -> None:
    with serve_another(fleet) as one, serve_another(fleet) as other:
        assert asked(one, path, HIDDEN, {}) == asked(other, path, ABSENT, {})


@pytest.mark.parametrize("path", ["/api/history/{id}", "/api/ping/{id}", "/api/v1/monitor/{id}"])
def test_what_is_stored_of_a_hidden_server_is_read_for_its_owner_only(
    fleet: Dashboard, panel: Panel, path: str
) -> None:
    def tables(headers: dict[str, str], id_: int = HIDDEN) -> set[str]:
        with noted(fleet) as calls:
            fleet.request("GET", path.format(id=id_), headers)
        return {table.rpartition("-")[2] for _, table in calls}

    assert "series" not in tables({})
    assert "series" not in tables({"Authorization": fleet.token("register")})
    assert "series" in tables({}, SHOWN)
    assert "series" in tables({"Authorization": fleet.token("read")})


def test_events_of_hidden_servers_do_not_make_a_guest_s_answer_cost_more_and_more(fleet: Dashboard) -> None:
    many = 3 * limits.EVENTS_LOOKED_THROUGH
    fleet.store.alerts.archive([event(1000 + number, HIDDEN) for number in range(many)])
    with noted(fleet) as calls:
        assert fleet.get("/api/event?limit=1").result == []
        assert fleet.get("/incidents.atom").body.count(b"<entry>") == 0
    archives = [operation for operation, _ in calls if operation == "Query"]
    assert len(archives) <= 2 * (2 + limits.EVENTS_LOOKED_THROUGH // limits.EVENTS_AN_ANSWER)
    assert [one["id"] for one in fleet.get("/api/event?before=1000&limit=2").result] == [14, 13]
