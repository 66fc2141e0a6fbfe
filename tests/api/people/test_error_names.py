"""Errors of people's routes carry a stable name and the field that they are about; those of v0 do not."""

from typing import Any

import pytest

from chalicelib.fleet import limits
from tests.api.people.panel import ICMP, PASSWORD_TEXT, SAME_ORIGIN, TCP, Panel, sign_in
from tests.support.dashboard import Dashboard

LONG = "x" * (limits.NAME_LENGTH + 1)


def details(answer: Any) -> dict[str, object]:
    """What an error has beside code and message."""
    assert answer.status >= 400
    return {name: value for name, value in answer.json.items() if name not in ("code", "message")}


@pytest.mark.parametrize(
    ("route", "body", "expected"),
    [
        ("POST /api/server", b"{", {"error": "invalid_json", "field": None}),
        ("POST /api/server", [], {"error": "not_an_object", "field": None}),
        ("POST /api/server", {}, {"error": "required", "field": "name"}),
        ("POST /api/server", {"name": ""}, {"error": "required", "field": "name"}),
        ("POST /api/server", {"name": 1}, {"error": "not_a_string", "field": "name"}),
        ("POST /api/server", {"name": LONG}, {"error": "too_long", "field": "name", "limit": limits.NAME_LENGTH}),
        (
            "POST /api/server",
            {"name": "a", "display_index": limits.DISPLAY_INDEX + 1},
            {"error": "too_large", "field": "display_index", "limit": limits.DISPLAY_INDEX},
        ),
        (
            "POST /api/server",
            {"name": "a", "display_index": 1.5},
            {"error": "not_a_whole_number", "field": "display_index"},
        ),
        (
            "POST /api/server",
            {"name": "a", "hide_for_guest": "on"},
            {"error": "not_a_boolean", "field": "hide_for_guest"},
        ),
        ("PATCH /api/server/x", {}, {"error": "not_an_id", "field": None}),
        ("PATCH /api/server/9", {}, {"error": "server_not_found", "field": None}),
        ("POST /api/monitor", {**ICMP, "target": " 127.0.0.1"}, {"error": "surrounding_whitespace", "field": "target"}),
        ("POST /api/monitor", {**ICMP, "target": "a:1"}, {"error": "not_a_host", "field": "target"}),
        ("POST /api/monitor", {**TCP, "target": "a"}, {"error": "not_a_host_and_port", "field": "target"}),
        ("POST /api/monitor", {**ICMP, "type": "smtp"}, {"error": "not_a_choice", "field": "type"}),
        ("POST /api/monitor", {**ICMP, "interval": 9}, {"error": "too_small", "field": "interval", "limit": 10}),
        ("POST /api/monitor", {**ICMP, "servers": [9]}, {"error": "unknown_server", "field": "servers"}),
        ("POST /api/monitor", {**ICMP, "servers": 9}, {"error": "not_a_list", "field": "servers"}),
        (
            "POST /api/monitor",
            {**ICMP, "servers": ["9"]},
            {"error": "not_a_list_of_whole_numbers", "field": "servers"},
        ),
        ("DELETE /api/monitor/9", None, {"error": "monitor_not_found", "field": None}),
        ("POST /api/token", {"expires": 1}, {"error": "in_the_past", "field": "expires"}),
        ("POST /api/token", {"scopes": []}, {"error": "required", "field": "scopes"}),
        ("POST /api/token", {"scopes": ["all"]}, {"error": "not_a_choice", "field": "scopes"}),
        ("POST /api/token", {"scopes": [1]}, {"error": "not_a_list_of_strings", "field": "scopes"}),
        ("DELETE /api/token/9", None, {"error": "token_not_found", "field": None}),
        ("PATCH /api/settings", {"language": "xx"}, {"error": "not_a_choice", "field": "language"}),
        (
            "POST /api/password",
            {"current": "wrong", "new": "long enough"},
            {"error": "wrong_password", "field": "current"},
        ),
        ("POST /api/password", {"new": "short"}, {"error": "too_short", "field": "new", "limit": 8}),
    ],
)
def test_invalid_request_is_named(panel: Panel, route: str, body: Any, expected: dict[str, Any]) -> None:
    method, _, path = route.partition(" ")
    assert details(panel.request(method, path, body)) == expected


def test_credentials_that_do_not_open_a_route_are_named(dashboard: Dashboard, panel: Panel) -> None:
    expired = {"Cookie": "nezha-dashboard=" + "0" * 32}
    assert details(dashboard.get("/api/settings")) == {"error": "sign_in_required", "field": None}
    assert details(dashboard.request("GET", "/api/settings", expired)) == {"error": "session_expired", "field": None}
    assert details(panel.request("POST", "/api/token", {}, headers={})) == {"error": "cross_site", "field": None}
    assert details(sign_in(dashboard, "wrong")) == {"error": "wrong_password", "field": "password"}
    panel.patch("/api/settings", {"public_page": False})
    assert details(dashboard.get("/api/summary")) == {"error": "page_private", "field": None}
    hidden, _ = dashboard.server(hide_for_guest=True)
    assert details(dashboard.get(f"/api/ping/{hidden.id}")) == {"error": "server_private", "field": None}


def test_sign_in_without_a_password_is_named(dashboard: Dashboard) -> None:
    assert details(sign_in(dashboard)) == {"error": "password_not_set", "field": None}


def test_too_many_attempts_tell_how_long_to_wait(dashboard: Dashboard, panel: Panel) -> None:
    for _ in range(limits.ATTEMPTS + 1):
        answer = sign_in(dashboard, "wrong")
    wait = int(answer.headers["retry-after"])
    assert details(answer) == {"error": "too_many_attempts", "field": None, "retry_after": wait}
    assert f" {wait} seconds" in answer.json["message"]


def test_v0_routes_keep_two_keys(dashboard: Dashboard) -> None:
    answers = [
        dashboard.get("/api/v1/server/list", "wrong"),
        dashboard.get("/api/v1/monitor/x"),
        dashboard.get("/api/v1/monitor/9"),
        dashboard.post("/api/v1/server/register", dashboard.token(), {"Name": 1}),
        dashboard.post("/api/v1/server/register", dashboard.token(), {"Name": LONG}),
        dashboard.post("/api/v1/agent/report", None, []),
    ]
    assert [details(answer) for answer in answers] == [{}] * 6


def test_error_of_a_route_that_needs_no_session_is_named_too(dashboard: Dashboard, panel: Panel) -> None:
    answer = dashboard.request("POST", "/api/login", SAME_ORIGIN, b"{")
    assert details(answer) == {"error": "invalid_json", "field": None}
    assert PASSWORD_TEXT not in answer.body.decode()
