"""Past the month's ceiling: what agents, signed-in people and guests are told."""

from datetime import UTC, datetime
from typing import Any

from chalicelib.fleet.bill import Amount, Metered
from tests.api.people.panel import Panel
from tests.support.dashboard import Dashboard

SPENT = {"api_requests": Amount(2_000_000, 3_000_000)}


def pass_time(dashboard: Dashboard, seconds: float) -> None:
    dashboard.clock.now += seconds
    dashboard.store.clock.skip(seconds)


def spend(dashboard: Dashboard, ceiling: float) -> None:
    """As the scheduled function keeps what it counted: seven dollars."""
    dashboard.store.another().keep_cost(Metered(int(dashboard.clock.now), SPENT, ceiling))


def told(dashboard: Dashboard, secret: str) -> tuple[Any, ...]:
    answer = dashboard.post("/api/v1/agent/report", secret, {"reports": [{"state": {"CPU": 1}}]}).result
    return answer["interval"], answer["live"], answer["flush"]


def test_agents_hear_of_the_ceiling_within_15_seconds(dashboard: Dashboard) -> None:
    _, secret = dashboard.server()
    assert told(dashboard, secret) == (10, False, 300)
    dashboard.get("/api/summary")
    spend(dashboard, 5)
    pass_time(dashboard, 15)
    assert told(dashboard, secret) == (90, False, 600)
    spend(dashboard, 8)
    pass_time(dashboard, 15)
    assert told(dashboard, secret) == (5, True, 300)


def test_no_report_reads_more_for_it(dashboard: Dashboard) -> None:
    _, secret = dashboard.server()
    told(dashboard, secret)

    def calls() -> list[str]:
        seen: list[str] = []

        def note(send: Any, operation: str, parameters: Any) -> Any:
            seen.append(operation)
            return send(operation, parameters)

        pass_time(dashboard, 20)
        with dashboard.store.calls.around(note):
            told(dashboard, secret)
        return seen

    usual = calls()
    spend(dashboard, 5)
    assert calls() == usual


def test_people_are_told_and_guests_are_not(panel: Panel) -> None:
    dashboard = panel.dashboard
    dashboard.server()
    before = dashboard.get("/api/summary").result
    spend(dashboard, 5)
    until = panel.get("/api/settings").result["slow_until"]
    now = datetime.fromtimestamp(dashboard.clock.now, UTC)
    assert until > dashboard.clock.now
    assert datetime.fromtimestamp(until, UTC).day == 1
    assert datetime.fromtimestamp(until, UTC).month == now.month % 12 + 1
    assert dashboard.get("/api/summary").result == before
    dashboard.clock.now = until
    assert panel.get("/api/settings").result["slow_until"] == 0


def test_server_that_reports_at_the_slow_interval_stays_online(dashboard: Dashboard) -> None:
    server, secret = dashboard.server()
    told(dashboard, secret)
    spend(dashboard, 5)
    for _ in range(4):
        pass_time(dashboard, 20)
        told(dashboard, secret)
    for _ in range(3):
        pass_time(dashboard, 89)
        (shown,) = dashboard.get("/api/summary").result["servers"]
        assert shown["online"] is True
        told(dashboard, secret)
    assert shown["id"] == server.id
