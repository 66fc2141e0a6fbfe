"""Changes made with a session must come from the dashboard's own pages: a browser sends the cookie for any site."""

import json

import pytest
from support.dashboard import HttpAnswer

from chalicelib.api.routes import ROUTES
from people.panel import PASSWORD_TEXT, Panel, ask_host, every_route, good_request

OPEN = tuple(route.name for route in ROUTES if route.method != "GET" and route.access.door == "open")
CHANGES = tuple(route.name for route in ROUTES if route.method != "GET" and route.access.door != "open")
FOREIGN = (
    {},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin, cross-site"},
    {"Origin": ""},
    {"Origin": "null"},
    {"Origin": "127.0.0.1"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "http://127.0.0.1@evil.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Referer": "http://127.0.0.1/dashboard"},
    {"X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"},
)
OWN = ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1"}, {"Origin": "https://127.0.0.1"})


def everything(panel: Panel) -> list[HttpAnswer]:
    return [panel.get(f"/api/{noun}").json for noun in ("token", "server", "monitor", "settings")]


def test_every_change_that_needs_a_credential_is_tried_here():
    assert OPEN == ("POST /api/v1/agent/report", "POST /api/login", "POST /api/logout")
    assert len(CHANGES) >= 12


@pytest.mark.parametrize("route", CHANGES)
def test_change_must_come_from_the_dashboards_own_pages(dashboard, panel, route):
    method, path, body = good_request(dashboard, panel, route)
    before = everything(panel)
    for headers in FOREIGN:
        assert panel.request(method, path, body, headers).error == (403, 403), headers
    assert everything(panel) == before
    for headers in OWN:
        method, path, body = good_request(dashboard, panel, route)
        assert panel.request(method, path, body, headers).status == 200, headers


def test_origin_is_compared_with_host_and_port(panel):
    def change(host: str, origin: str) -> int:
        return change_from(panel, host, origin)

    assert change("example.com:8443", "https://example.com:8443") == 200
    assert change("[::1]:8008", "http://[::1]:8008") == 200
    assert change("example.com:8443", "https://example.com") == 403
    assert change("example.com", "https://example.com:8443") == 403
    assert change("example.com", "https://www.example.com") == 403
    assert change("", "") == 403


def test_origin_null_matches_no_empty_host(panel):
    assert change_from(panel, "", "null") == 403


def change_from(panel: Panel, host: str, origin: str) -> int:
    headers = {"Cookie": panel.cookie, "Origin": origin}
    return ask_host(panel.dashboard, host, "PATCH", "/api/settings", headers, {}).status


@pytest.mark.parametrize("path", ["/api/settings", "/api/login", "/api/logout"])
def test_origin_that_is_no_url_is_refused(panel, path):
    method = "PATCH" if path == "/api/settings" else "POST"
    assert panel.request(method, path, {"password": ""}, {"Origin": "http://[127.0.0.1"}).error == (403, 403)


def test_credential_that_no_browser_sends_by_itself_needs_no_origin(dashboard):
    assert dashboard.post("/api/v1/server/register", dashboard.token(), {}).json["code"] == 200


def test_reading_needs_no_origin(dashboard, panel):
    for route in sorted(every_route(dashboard)):
        method, path, _ = good_request(dashboard, panel, route)
        if method == "GET":
            for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
                assert panel.request(method, path, headers=headers).status == 200, (path, headers)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1.evil.example"]
)
def test_login_and_logout_refuse_another_site(dashboard, panel, origin):
    body = json.dumps({"password": PASSWORD_TEXT}).encode()
    for _ in range(11):
        answer = dashboard.request("POST", "/api/login", {"Origin": origin}, body)
        assert answer.error == (403, 403)
        assert "set-cookie" not in answer.headers
    assert dashboard.request("POST", "/api/login", {"Origin": "http://127.0.0.1"}, body).status == 200
    assert panel.request("POST", "/api/logout", headers={"Origin": origin}).error == (403, 403)
    assert panel.get("/api/settings").status == 200
