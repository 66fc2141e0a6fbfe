"""Changes made with a session must come from the dashboard's own pages: a browser sends the cookie for any site."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.api.routes import ROUTES
from tests.api.people.panel import PASSWORD_TEXT, Panel, ask_host, every_route, good_request, signed_in
from tests.support.dashboard import Dashboard, HttpAnswer

OPEN = tuple(route.name for route in ROUTES if route.method != "GET" and route.access.door == "open")
CHANGES = tuple(route.name for route in ROUTES if route.method != "GET" and route.access.door != "open")
FOREIGN = (
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin, cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://127.0.0.1"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1"},
    {"Sec-Fetch-Site": "none", "Origin": "https://127.0.0.1"},
    {"Origin": ""},
    {"Origin": "null"},
    {"Origin": "127.0.0.1"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "http://127.0.0.1@evil.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://[127.0.0.1"},
    {"X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"},
)
"""Headers of requests that another site's page sends, or that cannot be told from them."""

UNSTATED: tuple[dict[str, str], ...] = ({}, {"Referer": "http://127.0.0.1/dashboard"})
OWN = (
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://the-name-before-a-proxy.example"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "https://127.0.0.1"},
)


def everything(panel: Panel) -> list[HttpAnswer]:
    return [panel.get(f"/api/{noun}").json for noun in ("token", "server", "monitor", "settings")]


def test_every_change_that_needs_a_credential_is_tried_here() -> None:
    assert OPEN == ("POST /api/v1/agent/report", "POST /api/login", "POST /api/login/device", "POST /api/logout")
    assert len(CHANGES) >= 12


@pytest.mark.parametrize("route", CHANGES)
def test_change_must_come_from_the_dashboards_own_pages(dashboard: Dashboard, panel: Panel, route: Any) -> None:
    method, path, body = good_request(dashboard, panel, route)
    before = everything(panel)
    for headers in (*FOREIGN, *UNSTATED):
        assert panel.request(method, path, body, headers).error == (403, 403), headers
    assert everything(panel) == before
    for headers in OWN:
        method, path, body = good_request(dashboard, panel, route)
        assert panel.request(method, path, body, headers).status == 200, headers


def test_origin_is_compared_with_host_and_port(panel: Panel) -> None:
    def change(host: str, origin: str) -> int:
        return change_from(panel, host, {"Origin": origin})

    assert change("example.com:8443", "https://example.com:8443") == 200
    assert change("[::1]:8008", "http://[::1]:8008") == 200
    assert change("example.com:8443", "https://example.com") == 403
    assert change("example.com", "https://example.com:8443") == 403
    assert change("example.com", "https://www.example.com") == 403
    assert change("", "") == 403
    assert change("", "null") == 403
    assert change("", "https://") == 403


@pytest.mark.parametrize("host", ["example.com", "example.com:80", "192.168.1.5:8008", "localhost.example.com"])
def test_origin_without_tls_is_own_on_this_machine_only(panel: Panel, host: str) -> None:
    assert change_from(panel, host, {"Origin": f"http://{host}"}) == 403
    for local in ("127.0.0.1:8008", "localhost:8008", "localhost", "[::1]"):
        assert change_from(panel, local, {"Origin": f"http://{local}"}) == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8008", "upstream:8008", "nezha.example:443", "nezha.example"])
def test_own_page_may_sign_in_and_out_and_make_changes_behind_a_proxy_that_sends_another_host(
    dashboard: Dashboard, panel: Panel, host: str
) -> None:
    sent = {"Origin": "https://nezha.example", "Sec-Fetch-Site": "same-origin"}
    answer = ask_host(dashboard, host, "POST", "/api/login", sent, {"password": PASSWORD_TEXT})
    assert answer.status == 200
    assert change_from(panel, host, sent) == 200
    assert ask_host(dashboard, host, "POST", "/api/logout", {"Cookie": panel.cookie, **sent}).status == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8008", "upstream:8008", "nezha.example:443", "nezha.example"])
@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_another_sites_page_may_not_behind_a_proxy_either(
    dashboard: Dashboard, panel: Panel, host: str, site: str | None
) -> None:
    sent = {"Origin": "https://evil.nezha.example", **({"Sec-Fetch-Site": site} if site else {})}
    assert ask_host(dashboard, host, "POST", "/api/login", sent, {"password": PASSWORD_TEXT}).error == (403, 403)
    assert change_from(panel, host, sent) == 403
    assert ask_host(dashboard, host, "POST", "/api/logout", {"Cookie": panel.cookie, **sent}).error == (403, 403)


def test_host_with_the_default_port_is_the_same_as_without(panel: Panel) -> None:
    assert change_from(panel, "nezha.example:443", {"Origin": "https://nezha.example"}) == 200
    assert change_from(panel, "localhost:80", {"Origin": "http://localhost"}) == 200
    assert change_from(panel, "nezha.example:80", {"Origin": "https://nezha.example"}) == 403


def change_from(panel: Panel, host: str, headers: Mapping[str, str]) -> int:
    sent = {"Cookie": panel.cookie, **headers}
    return ask_host(panel.dashboard, host, "PATCH", "/api/settings", sent, {}).status


def test_credential_that_no_browser_sends_by_itself_needs_no_origin(dashboard: Dashboard) -> None:
    assert dashboard.post("/api/v1/server/register", dashboard.token(), {}).json["code"] == 200


def test_reading_needs_no_origin(dashboard: Dashboard, panel: Panel) -> None:
    for route in sorted(every_route(dashboard)):
        method, path, _ = good_request(dashboard, panel, route)
        if method == "GET":
            for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
                assert panel.request(method, path, headers=headers).status == 200, (path, headers)


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_login_and_logout_refuse_another_site(dashboard: Dashboard, panel: Panel, headers: dict[str, Any]) -> None:
    body = json.dumps({"password": PASSWORD_TEXT}).encode()
    for _ in range(11):  # more than an address may try
        answer = dashboard.request("POST", "/api/login", headers, body)
        assert answer.error == (403, 403)
        assert "set-cookie" not in answer.headers
    assert dashboard.request("POST", "/api/login", {"Origin": "http://127.0.0.1"}, body).status == 200
    assert panel.request("POST", "/api/logout", headers=headers).error == (403, 403)
    assert panel.get("/api/settings").status == 200


@pytest.mark.parametrize("headers", [*UNSTATED, *OWN], ids=str)
def test_login_and_logout_take_own_pages_and_scripts(dashboard: Dashboard, headers: Any) -> None:
    body = json.dumps({"password": PASSWORD_TEXT}).encode()
    panel = signed_in(dashboard)
    assert dashboard.request("POST", "/api/login", headers, body).status == 200
    assert panel.request("POST", "/api/logout", headers=headers).status == 200
    assert panel.get("/api/settings").error == (403, 403)
