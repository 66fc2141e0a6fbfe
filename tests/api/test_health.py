"""GET /api/v1/health"""

import pytest

from chalicelib import VERSION
from tests.support.dashboard import Dashboard

PATH = "/api/v1/health"


@pytest.mark.parametrize("credential", [None, "", "wrong", "Bearer wrong"])
def test_health_tells_the_version_to_anyone(dashboard: Dashboard, credential: str | None) -> None:
    answer = dashboard.get(PATH, credential)
    assert answer.json == {"code": 0, "message": "success", "result": {"version": VERSION}}
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")


def test_health_reads_no_credential(dashboard: Dashboard) -> None:
    token = dashboard.token()
    dashboard.get(PATH, token)
    (kept,) = dashboard.store.api_tokens()
    assert kept.last_used == 0
