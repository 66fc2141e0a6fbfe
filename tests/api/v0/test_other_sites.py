"""Pages of other sites: the v0 routes that read are open to them, nothing else is."""

from typing import Any

import pytest

from tests.support.dashboard import Dashboard

READ = ["/api/v1/server/list", "/api/v1/server/details", "/api/v1/monitor/1", "/api/v1/health"]
OTHERS = ["/api/v1/server/register", "/api/v1/agent/report", "/api/login", "/api/token", "/api/settings", "/api/server"]
ORIGIN = {"Origin": "https://elsewhere.example"}


@pytest.mark.parametrize("path", READ)
def test_a_browser_that_asks_may_read_with_authorization(shared: Dashboard, path: str) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    answer = shared.request("OPTIONS", path, asked)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET,HEAD,OPTIONS"
    assert "Authorization" in answer.headers["access-control-allow-headers"].split(",")
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("credential", [None, "wrong", "good"])
def test_a_page_may_read_answers_and_errors(shared: Dashboard, path: str, credential: str | None) -> None:
    sent = {"Authorization": shared.token() if credential == "good" else credential} if credential else {}
    answer = shared.request("GET", path, {**ORIGIN, **sent})
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", OTHERS)
def test_nothing_else_is_open_to_pages_of_other_sites(shared: Dashboard, path: str) -> None:
    answer = shared.request("OPTIONS", path, {**ORIGIN, "Access-Control-Request-Method": "POST"})
    assert answer.status in (404, 405)  # API Gateway knows no wrong method of a path
    assert "access-control-allow-methods" not in answer.headers


@pytest.mark.parametrize("path", [*READ, "/api/summary", "/api/token"])
def test_nobody_keeps_an_answer(shared: Dashboard, path: Any) -> None:
    assert shared.get(path, shared.token()).headers["cache-control"] == "no-store"
