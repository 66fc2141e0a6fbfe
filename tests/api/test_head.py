"""HEAD answers as GET does, without a body, on every route that has a GET."""

from typing import Any

import pytest

from chalicelib.api.routes import ROUTES
from chalicelib.fleet import limits
from tests.api.people.panel import good_request, signed_in
from tests.support.dashboard import Dashboard

GETS = [route.name for route in ROUTES if route.method == "GET"]
KEPT = ("content-type", "cache-control", "content-security-policy", "access-control-allow-origin", "location")
"""Headers that gateways pass on as they are."""


def without_date(answer: Any) -> dict[Any, Any]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


@pytest.mark.local
@pytest.mark.parametrize("name", GETS)
def test_head_has_the_headers_of_get_and_no_body(dashboard: Dashboard, name: Any) -> None:
    panel = signed_in(dashboard)
    assert panel.get("/api/settings").status == 200  # renews the cookie, as the first request of a day does
    _, path, _ = good_request(dashboard, panel, name)
    for credentials in ({}, {"Cookie": panel.cookie}, {"Authorization": dashboard.token()}):
        got = dashboard.request("GET", path, credentials)
        head = dashboard.request("HEAD", path, credentials)
        assert (head.status, without_date(head)) == (got.status, without_date(got))
        assert int(head.headers["content-length"]) == len(got.body) > 0
        assert head.body == b""


@pytest.mark.parametrize("name", GETS)
def test_head_has_the_status_of_get_and_no_body(dashboard: Dashboard, name: Any) -> None:
    panel = signed_in(dashboard)
    _, path, _ = good_request(dashboard, panel, name)
    for headers in ({}, {"Cookie": panel.cookie}):
        got = dashboard.request("GET", path, headers)
        head = dashboard.request("HEAD", path, headers)
        assert (head.status, head.body) == (got.status, b"")
        assert [head.headers.get(one) for one in KEPT] == [got.headers.get(one) for one in KEPT]


@pytest.mark.parametrize("path", ["/api/v1/server/register", "/api/login"])
def test_head_of_a_route_without_get_is_refused(shared: Dashboard, path: str) -> None:
    assert shared.request("HEAD", path).status in (404, 405)


@pytest.mark.local
@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/api/v1/monitor/x", 400)])
def test_head_of_an_error_has_no_body(shared: Dashboard, path: str, status: int) -> None:
    answer = shared.request("HEAD", path)
    assert (answer.status, answer.body) == (status, b"")


@pytest.mark.local
def test_head_of_a_compressed_answer_tells_its_length(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        dashboard.server(str(number))
    monkeypatch.setattr(limits, "ANSWER_BYTES", 2000)
    headers = {"Authorization": dashboard.token(), "Accept": "*/*", "Accept-Encoding": "gzip"}
    got = dashboard.request("GET", "/api/v1/server/details", headers)
    head = dashboard.request("HEAD", "/api/v1/server/details", headers)
    assert got.headers["content-encoding"] == "gzip"
    assert (head.status, without_date(head)) == (200, without_date(got))
