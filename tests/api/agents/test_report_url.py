"""Where agents are told to report, and the function that takes reports there: events and answers of format 2.0."""

import base64
import json
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.config import Config
from chalicelib.reports_function import ReportsFunction
from tests.support.dashboard import Clock, Dashboard, serve

PATH = "/api/v1/agent/report"
URL = "https://abc.lambda-url.eu-central-1.on.aws/"
REPORT = {"state": {"CPU": 1.5}}


def event(body: str | None, method: str = "POST", path: str = PATH, **headers: str) -> dict[str, Any]:
    """As AWS documents it for function URLs."""
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "agent"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abc",
            "authentication": None,
            "authorizer": None,
            "domainName": "abc.lambda-url.eu-central-1.on.aws",
            "domainPrefix": "abc",
            "http": http,
            "requestId": "7d3c5f0e",
            "routeKey": "$default",
            "stage": "$default",
            "time": "23/Nov/2026:08:38:03 +0000",
            "timeEpoch": 1795444683000,
        },
        **({} if body is None else {"body": body}),
        "isBase64Encoded": False,
    }


@pytest.fixture
def function(dashboard: Dashboard) -> ReportsFunction:
    return ReportsFunction(Config("any-", "us-east-1", report_interval=60), dashboard.store)


def body(*reports: Any) -> str:
    return json.dumps({"reports": reports})


def test_answers_name_the_url_that_the_deployment_has(store: WatchedStore, dashboard: Dashboard) -> None:
    assert "report_url" not in dashboard.post(PATH, body={"reports": []}).result
    with serve(store, Clock(), report_url=URL) as told:
        assert told.post(PATH, body={"reports": []}).result["report_url"] == URL


def test_report_through_the_url_counts_as_any_other(dashboard: Dashboard, function: ReportsFunction) -> None:
    server, secret = dashboard.server()
    answer = function(event(body(REPORT), authorization=secret), None)
    assert answer.keys() == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False)
    assert answer["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert answer["headers"]["Cache-Control"] == "no-store"
    result = json.loads(answer["body"])["result"]
    assert result["reports"] == [{"server_id": server.id}]
    assert result["interval"] == 60
    assert dashboard.details(server.id)["status"]["CPU"] == 1.5


def test_body_may_be_encoded(dashboard: Dashboard, function: ReportsFunction) -> None:
    server, secret = dashboard.server()
    encoded = base64.b64encode(body(REPORT).encode()).decode()
    answer = function({**event(encoded, authorization=secret), "isBase64Encoded": True}, None)
    assert json.loads(answer["body"])["result"]["reports"] == [{"server_id": server.id}]


def test_headers_of_an_edge_prove_nothing(dashboard: Dashboard, function: ReportsFunction) -> None:
    server, secret = dashboard.server()
    forged = {"x-nezha-edge": "", "cloudfront-viewer-country": "JP", "x-nezha-viewer-address": "192.0.2.1"}
    function(event(body({**REPORT, "host": {"Platform": "debian"}}), authorization=secret, **forged), None)
    assert dashboard.details(server.id)["host"]["CountryCode"] == ""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (event(None), 400),
        (event("{"), 400),
        (event(" " * (1024 * 1024 + 1)), 413),
        (event(None, "GET"), 405),
        (event(None, "GET", "/"), 404),
        (event(body(REPORT), "POST", "/api/v1/server/register"), 404),
    ],
)
def test_everything_else_is_refused_in_the_shape_of_all_errors(
    function: ReportsFunction, sent: Any, status: int
) -> None:
    answer = function(sent, None)
    told = json.loads(answer["body"])
    assert (answer["statusCode"], told["code"]) == (status, status)
    assert told.keys() == {"code", "message"}
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"
    assert ("Allow" in answer["headers"]) is (status == 405)
