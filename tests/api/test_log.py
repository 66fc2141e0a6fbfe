"""What is logged of a request, for Lambda's JSON."""

from typing import Any

import pytest

from chalicelib.fleet import sign_in
from tests.support.dashboard import Dashboard


def lines(logs: pytest.LogCaptureFixture) -> list[Any]:
    """(route, status, caller, level) of each line."""
    found = [record for record in logs.records if hasattr(record, "caller")]
    fields = ("route", "status", "caller", "levelname")
    return [tuple(getattr(record, name) for name in fields) for record in found]


def test_a_line_says_route_status_and_kind_of_caller(dashboard: Dashboard, logs: pytest.LogCaptureFixture) -> None:
    _, secret = dashboard.server("one")
    dashboard.get("/api/v1/server/list?tag=x", dashboard.token())
    dashboard.get("/api/v1/monitor/9")
    dashboard.report({"state": {}}, credential=secret)
    dashboard.report({"state": {}}, credential="wrong")
    assert lines(logs) == [
        ("/api/v1/server/list", 200, "token", "INFO"),
        ("/api/v1/monitor/{id}", 403, "guest", "INFO"),
        ("/api/v1/agent/report", 200, "agent", "INFO"),
        ("/api/v1/agent/report", 200, "guest", "INFO"),
    ]


def test_a_session_is_a_session(dashboard: Dashboard, logs: pytest.LogCaptureFixture) -> None:
    sign_in.set_password(dashboard.store, "correct horse")
    session = sign_in.sign_in(dashboard.store, "correct horse", "127.0.0.1", dashboard.clock())
    dashboard.request("GET", "/api/token", {"Cookie": f"nezha-dashboard={session}"})
    dashboard.get("/api/v1/server/list", session)
    assert [line[2] for line in lines(logs)] == ["session", "session"]


@pytest.fixture
def broken(dashboard: Dashboard) -> Dashboard:
    """A dashboard whose tables are gone."""
    for table in ("servers", "tokens"):
        dashboard.store.database.call("DeleteTable", TableName=dashboard.store.prefix + table)
    return dashboard


def test_a_failure_is_a_warning(broken: Any, logs: pytest.LogCaptureFixture) -> None:
    assert broken.get("/api/v1/health").status == 503
    assert lines(logs) == [("/api/v1/health", 503, "guest", "WARNING")]
