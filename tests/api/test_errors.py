"""Errors of any route."""

from typing import Any

import pytest

from tests.api.assertions import assert_error
from tests.support.dashboard import Dashboard

LIST, DETAILS, REGISTER = "/api/v1/server/list", "/api/v1/server/details", "/api/v1/server/register"
REPORT, MONITOR, HEALTH = "/api/v1/agent/report", "/api/v1/monitor/1", "/api/v1/health"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", "/api/v1"), ("GET", "/api/v1/"), ("GET", "/api/v1/server"), ("GET", "/api/v1/server/list/1")),
        *(("GET", "/api/v1/monitor"), ("GET", "/api/v1/monitor/"), ("GET", "/api/v1/monitor/1/2"), ("POST", "/x")),
        *(("GET", "/api/v1/Server/list"), ("GET", "/api/v2/server/list"), ("GET", "/%00"), ("GET", "/%FF")),
        # Other gateways read these in ways of their own.
        *(
            pytest.param("GET", path, marks=pytest.mark.local)
            for path in ("/api/v1/server%2Flist", "//api/v1/health", "/api/v1/server/list//")
        ),
    ],
)
def test_unknown_path_is_404(shared: Dashboard, method: Any, path: Any) -> None:
    assert_error(shared.request(method, path), 404)


@pytest.mark.local
@pytest.mark.parametrize("path", [LIST, DETAILS, REGISTER, REPORT, MONITOR, HEALTH])
def test_wrong_method_is_405_and_names_the_right_one(shared: Dashboard, path: Any) -> None:
    right = {"POST"} if path in (REGISTER, REPORT) else {"GET", "HEAD"}
    others = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - right
    # The routes that read answer to OPTIONS, for pages of other sites.
    for method in others if "GET" in right else {*others, "OPTIONS"}:
        answer = shared.request(method, path)
        assert_error(answer, 405)
        assert answer.headers["allow"] == ", ".join(sorted(right))


@pytest.mark.parametrize(
    ("method", "path", "credential", "body", "status", "code"),
    [
        ("GET", LIST, None, None, 401, 403),
        ("POST", REGISTER, None, b"{}", 401, 403),
        ("GET", DETAILS, "wrong", None, 403, 403),
        ("GET", "/api/v1/monitor/x", None, None, 400, 400),
        ("GET", "/api/v1/monitor/9", None, None, 403, 403),
        ("POST", REPORT, None, b"x", 400, 400),
        ("POST", REPORT, None, b" " * (1024 * 1024 + 1), 413, 413),
        ("POST", REPORT, None, b" " * (10 * 1024 * 1024 + 1), 413, 413),
        pytest.param("POST", REPORT, "x" * 11_000, b"", 431, 431, marks=pytest.mark.local),
    ],
    ids=lambda value: None if isinstance(value, bytes) or len(str(value)) > 40 else str(value),
)
def test_error_has_one_shape(
    shared: Dashboard, method: str, path: Any, credential: str | None, body: bytes | None, status: int, code: int
) -> None:
    headers = {} if credential is None else {"Authorization": credential}
    answer = shared.request(method, path, headers, body)
    assert_error(answer, status, code)
    assert answer.body.startswith(b'{"code":%d,"message":"' % code)
    assert not {"retry-after", "set-cookie", "location"} & answer.headers.keys()
