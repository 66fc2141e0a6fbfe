"""Answers that exceed Lambda's limit."""

from typing import Any

import pytest

from chalicelib.fleet import limits
from tests.api.assertions import assert_error
from tests.support.dashboard import Dashboard

DETAILS = "/api/v1/server/details"


def test_answer_larger_than_lambda_returns_is_413(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        dashboard.server(str(number))
    monkeypatch.setattr(limits, "ANSWER_BYTES", 2000)
    token = dashboard.token()
    answer = dashboard.get(DETAILS, token)
    assert_error(answer, 413)
    assert "?id=" in answer.json["message"]
    assert dashboard.get(f"{DETAILS}?id=1", token).status == 200


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "*", "GZIP"])
def test_answer_larger_than_lambda_returns_is_compressed_for_who_takes_it(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch, accepted: str
) -> None:
    for number in range(30):
        dashboard.server(f"größer {number}")
    token = dashboard.token()
    plain = dashboard.get(DETAILS, token)
    monkeypatch.setattr(limits, "ANSWER_BYTES", 2000)
    headers = {"Authorization": token, "Accept": "*/*", "Accept-Encoding": accepted}
    answer = dashboard.request("GET", DETAILS, headers)
    assert (answer.status, answer.headers["content-encoding"], answer.headers["vary"]) == (
        200,
        "gzip",
        "Accept-Encoding",
    )
    assert answer.body == plain.body


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "*/*"},
        {"Accept": "*/*", "Accept-Encoding": "br"},
        {"Accept": "*/*", "Accept-Encoding": "gzip;q=0, *"},
        {"Accept-Encoding": "gzip"},
    ],
)
def test_answer_larger_than_lambda_returns_is_413_without_gzip_or_accept(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch, headers: dict[str, Any]
) -> None:
    for number in range(30):
        dashboard.server(str(number))
    monkeypatch.setattr(limits, "ANSWER_BYTES", 2000)
    token = dashboard.token()
    assert_error(dashboard.request("GET", DETAILS, {"Authorization": token, **headers}), 413)
    assert dashboard.request("GET", f"{DETAILS}?id=1", {"Authorization": token, **headers}).status == 200


def test_answer_that_is_too_large_compressed_is_413(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        dashboard.server(str(number))
    monkeypatch.setattr(limits, "ANSWER_BYTES", 200)
    headers = {"Authorization": dashboard.token(), "Accept": "*/*", "Accept-Encoding": "gzip"}
    assert_error(dashboard.request("GET", DETAILS, headers), 413)
