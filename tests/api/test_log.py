"""What is logged of a request, for Lambda's JSON."""

import pytest

from chalicelib.fleet import sign_in


def lines(logs):
    """(route, status, caller, level) of each line."""
    found = [record for record in logs.records if hasattr(record, "caller")]
    return [(record.route, record.status, record.caller, record.levelname) for record in found]


def test_a_line_says_route_status_and_kind_of_caller(dashboard, logs):
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


def test_a_session_is_a_session(dashboard, logs):
    sign_in.set_password(dashboard.store, "correct horse")
    session = sign_in.sign_in(dashboard.store, "correct horse", "127.0.0.1", dashboard.clock(), lambda _: None)
    dashboard.request("GET", "/api/token", {"Cookie": f"nezha-dashboard={session}"})
    dashboard.get("/api/v1/server/list", session)
    assert [line[2] for line in lines(logs)] == ["session", "session"]


@pytest.fixture
def broken(dashboard):
    """A dashboard whose tables are gone."""
    for table in ("servers", "tokens"):
        dashboard.store.database.call("DeleteTable", TableName=dashboard.store.prefix + table)
    return dashboard


def test_a_failure_is_a_warning(broken, logs):
    assert broken.get("/api/v1/health").status == 503
    assert lines(logs) == [("/api/v1/health", 503, "guest", "WARNING")]
