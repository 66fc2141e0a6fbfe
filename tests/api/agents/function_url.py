"""A dashboard whose reports go through the function behind their URL, with events and answers of format 2.0."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.reports_function import ReportsFunction
from tests.support.dashboard import Dashboard, HttpAnswer
from tests.support.described import problems

PATH = "/api/v1/agent/report"


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


@dataclass
class ThroughUrl(Dashboard):
    function: ReportsFunction = field(kw_only=True)

    def request(
        self, method: str, target: str, headers: Mapping[str, str | list[str]] | None = None, body: bytes | None = None
    ) -> HttpAnswer:
        if target != PATH:
            return super().request(method, target, headers, body)
        answer = self.function(_sent(method, headers or {}, body), None)
        assert answer["isBase64Encoded"] is False
        received = {name.lower(): value for name, value in answer["headers"].items()}
        content = answer["body"].encode()
        assert problems(method, target, (answer["statusCode"], received, content)) == []
        return HttpAnswer(answer["statusCode"], received, content)


def _sent(method: str, headers: Mapping[str, str | list[str]], body: bytes | None) -> Any:
    """As Lambda passes it on: with names in lower case, and text only if the type says so."""
    sent = {name.lower(): value if isinstance(value, str) else ",".join(value) for name, value in headers.items()}
    if body is None or sent.get("content-type", "").startswith(("application/json", "text/")):
        passed = event(None if body is None else body.decode(), method)
    else:
        passed = {**event(base64.b64encode(body).decode(), method), "isBase64Encoded": True}
    return {**passed, "headers": sent}
