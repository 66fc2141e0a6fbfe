"""Every answer carries the security headers: successes, our errors, and those of Chalice and the gateways."""

from typing import Any

import pytest

from chalicelib.api.routes import ROUTES
from chalicelib.api.security_headers import SECURITY_HEADERS
from tests.api.people.panel import good_request, signed_in
from tests.support.dashboard import Dashboard

EXPECTED = {name.lower(): value for name, value in SECURITY_HEADERS.items()}


def assert_secure(answer: Any) -> None:
    found = {name: value for name, value in answer.headers.items() if name in EXPECTED}
    if answer.headers.get("content-type", "").startswith(("text/html", "text/javascript", "text/css", "image/")):
        policy = found["content-security-policy"]
        if policy != EXPECTED["content-security-policy"]:  # what owners add has that one: it runs nothing at all
            assert "script-src 'self'" in policy
        found["content-security-policy"] = EXPECTED["content-security-policy"]
    assert found == EXPECTED


@pytest.mark.parametrize("name", [route.name for route in ROUTES])
def test_answers_of_a_route_carry_them(dashboard: Dashboard, name: Any) -> None:
    panel = signed_in(dashboard)
    method, path, body = good_request(dashboard, panel, name)
    assert_secure(dashboard.request(method, path, {}, body))
    assert_secure(panel.request(method, path, body))


def test_policy_of_answers_that_are_not_pages_allows_nothing() -> None:
    assert EXPECTED["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_pages_have_a_policy_of_their_own(dashboard: Dashboard) -> None:
    for path in ("/", "/login", "/dashboard"):
        policy = dashboard.get(path).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'")
        assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "/nothing", {}, None, 404),
        ("GET", "/api/v1/server/list", {}, None, 401),
        ("GET", "/api/v1/server/list", {"Authorization": "wrong"}, None, 403),
        ("GET", "/api/v1/monitor/x", {}, None, 400),
        ("GET", "/static/nothing.js", {}, None, 404),
        ("POST", "/api/v1/agent/report", {}, b" " * (1024 * 1024 + 1), 413),
        pytest.param("DELETE", "/", {}, None, 405, marks=pytest.mark.local),
        pytest.param("GET", "/", {"Authorization": "x" * 11_000}, None, 431, marks=pytest.mark.local),
        pytest.param("POST", "/api/v1/agent/report", {"Transfer-Encoding": "gzip"}, None, 400, marks=pytest.mark.local),
        pytest.param("OPTIONS", "/api/v1/server/list", {}, None, 200, marks=pytest.mark.local),
    ],
)
def test_errors_carry_them_wherever_they_come_from(
    shared: Dashboard, method: str, path: str, headers: dict[str, Any], body: bytes | None, status: int
) -> None:
    answer = shared.request(method, path, headers, body)
    assert answer.status == status
    assert_secure(answer)


@pytest.mark.local
def test_failure_of_a_view_carries_them(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(dashboard.store), "check", lambda _: 1 / 0)
    answer = dashboard.get("/api/v1/health")
    assert answer.status == 500
    assert_secure(answer)
