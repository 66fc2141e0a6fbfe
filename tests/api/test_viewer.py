"""What the edge tells about a viewer, and whose word counts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import sign_in
from tests.support.dashboard import Clock, Dashboard, serve

SECRET = "edge secret"
REGISTER = "/api/v1/server/register"


@pytest.fixture
def behind(store: WatchedStore) -> Iterator[Any]:
    """A dashboard with an edge in front that proves itself with SECRET."""
    with serve(store, Clock(), edge_secret=SECRET) as dashboard:
        yield dashboard


def said(secret: str | None = SECRET, **more: Any) -> dict[str, Any]:
    named = {"X-Nezha-Viewer-Address": "203.0.113.5", "X-Nezha-Viewer-Host": "nezha.example", **more}
    return {**named, "CloudFront-Viewer-Country": "JP", **({} if secret is None else {"X-Nezha-Edge": secret})}


def name_of_a_new_server(dashboard: Dashboard, headers: Any) -> Any:
    answer = dashboard.request("POST", REGISTER, {"Authorization": dashboard.token(), **headers}, b"{}")
    assert answer.status == 200
    (server,) = dashboard.get("/api/v1/server/list", dashboard.token()).result
    return server["name"]


def test_the_edge_tells_the_viewers_address(behind: Any) -> None:
    assert name_of_a_new_server(behind, said()) == "203.0.113.5"


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET.upper(), "\xe4"])
def test_nobody_else_is_believed(behind: Any, secret: str | None) -> None:
    assert name_of_a_new_server(behind, said(secret)) == "127.0.0.1"


@pytest.mark.parametrize("secret", [None, "", SECRET])
def test_nobody_is_believed_where_there_is_no_edge(dashboard: Dashboard, secret: str | None) -> None:
    assert name_of_a_new_server(dashboard, said(secret)) == "127.0.0.1"


@pytest.mark.parametrize(
    ("origin", "secret", "status"),
    [
        ("https://nezha.example", SECRET, 200),
        ("https://nezha.example", "wrong", 403),
        ("http://127.0.0.1", "wrong", 200),
        ("http://127.0.0.1", SECRET, 403),
        ("https://elsewhere.example", SECRET, 403),
    ],
)
def test_own_pages_are_those_of_the_host_that_the_viewer_saw(
    behind: Any, origin: str, secret: str, status: int
) -> None:
    sign_in.set_password(behind.store, "correct horse")
    headers = {**said(secret), "Origin": origin}
    answer = behind.request("POST", "/api/login", headers, json.dumps({"password": "correct horse"}).encode())
    assert answer.status == status


@pytest.mark.parametrize(("secret", "is_secure"), [(SECRET, True), ("wrong", False)])
def test_the_cookie_is_for_the_host_that_the_viewer_saw(behind: Any, secret: str, is_secure: bool) -> None:
    sign_in.set_password(behind.store, "correct horse")
    answer = behind.request("POST", "/api/login", said(secret), json.dumps({"password": "correct horse"}).encode())
    assert ("; Secure" in answer.headers["set-cookie"]) == is_secure


def country_after(dashboard: Dashboard, headers: Any, own: dict[str, Any], **report: Any) -> Any:
    server, secret = dashboard.server()
    sent = {"host": {"Platform": "debian", **own}, **report}
    credential = {} if "secret" in report else {"Authorization": secret}
    if "secret" in report:
        sent["secret"] = secret
    answer = dashboard.request(
        "POST", "/api/v1/agent/report", {**headers, **credential}, json.dumps({"reports": [sent]}).encode()
    )
    assert answer.result["reports"] == [{"server_id": server.id}]
    return dashboard.details(server.id)["host"]["CountryCode"]


def test_a_direct_report_gets_its_country_from_the_edge(behind: Any) -> None:
    assert country_after(behind, said(), {}) == "jp"
    assert country_after(behind, said(), {"CountryCode": ""}) == "jp"


def test_a_country_that_was_reported_stays(behind: Any) -> None:
    assert country_after(behind, said(), {"CountryCode": "de"}) == "de"


def test_a_relayed_report_does_not_get_the_relays_country(behind: Any) -> None:
    assert country_after(behind, said(), {}, secret=True) == ""


def test_a_country_from_anybody_else_counts_for_nothing(behind: Any) -> None:
    assert country_after(behind, said("wrong"), {}) == ""
