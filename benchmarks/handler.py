"""CPU of the Lambda handler for the requests that cost most, in units that travel between machines.

A unit is the CPU of 20 `json.dumps` of a list of 1,000 nested dicts, 453,232 characters each. DynamoDB is the embedded
one, in another process on loopback.
"""

import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks import sample_data
from benchmarks.table import Row

SERVERS = 1000
MONITORS = 10
ROUNDS = 10

App = Callable[[dict[str, Any], None], dict[str, Any]]
"""The Lambda handler: a request of API Gateway's in, its answer out."""


def rows() -> list[Row]:
    with sample_data.dynamodb() as url:
        sample_data.fill(sample_data.new_store(url), servers=SERVERS, monitors=MONITORS, now=int(time.time()))
        app = handler(url)
        batches = [report([sample_data.secret(number) for number in range(1, 101)]) for _ in range(ROUNDS)]
        series = f"monitor, {MONITORS} x 1,440 points"
        requests: list[tuple[Row, Callable[[], Any], int]] = [
            (_row(f"details of {SERVERS:,}, warm", 0.10, 0.035, "0.027-0.046"), lambda: app(DETAILS, None), 1),
            (_row(f"list of {SERVERS:,}, warm", 0.06, 0.02, "0.011"), lambda: app(LIST, None), 1),
            (_row("details of one, warm", 0.02, 0.005, "0.0016"), lambda: app(DETAILS_OF_ONE, None), 1),
            (_row(series, 0.15, 0.05, "0.41"), lambda: app(SERIES, None), 1),
            (
                _row("a state report, in a batch of 100", 0.003, 0.001, "0.0016"),
                lambda: app(batches[random.randrange(ROUNDS)], None),
                100,
            ),
        ]
        return [replace(row, figure=cpu(request) / parts / unit()) for row, request, parts in requests]


def _row(what: str, must: float, reach: float, original: str) -> Row:
    return Row(what, 0, "units", must, reach, original)


def handler(dynamodb_url: str) -> App:
    """The application as Lambda loads it, once in a process, on the tables of `sample_data.PREFIX`."""
    os.environ.update(
        NEZHA_TABLE_PREFIX=sample_data.PREFIX,
        NEZHA_COMPRESS="1",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ENDPOINT_URL_DYNAMODB=dynamodb_url,
    )
    from app import app

    return app


def report(secrets: list[str]) -> dict[str, Any]:
    """A request with a state of each of these agents."""
    reports = [{"secret": secret, "state": sample_data.state()} for secret in secrets]
    return event("POST", "/api/v1/agent/report", body=json.dumps({"reports": reports}))


def event(method: str, path: str, body: str | None = None, **query: str) -> dict[str, Any]:
    """What API Gateway sends for a request with a good token."""
    return {
        "headers": {},
        "pathParameters": {},
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "stageVariables": None,
        "isBase64Encoded": False,
        "body": body,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": path,
            "path": path,
            "identity": {"sourceIp": "127.0.0.1"},
            "authorizer": {"kind": "token", "scopes": "read register"},
        },
    }


DETAILS = event("GET", "/api/v1/server/details")
LIST = event("GET", "/api/v1/server/list")
DETAILS_OF_ONE = event("GET", "/api/v1/server/details", id="5")
SERIES = event("GET", "/api/v1/monitor/{id}") | {"pathParameters": {"id": "1"}}


def cpu(request: Callable[[], Any]) -> float:
    """Milliseconds of this process's CPU for one request, the middle one of some."""
    request()
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        answer = request()
        spent.append((time.process_time() - began) * 1000)
        assert answer["statusCode"] == 200, answer["body"][:300]
    return sorted(spent)[ROUNDS // 2]


def unit() -> float:
    """Milliseconds of CPU; measured anew beside each row, because these machines' speed drifts."""
    row = {"id": 1, "name": "server", "host": sample_data.HOST, "status": sample_data.state()}
    rows = [row | {"id": number} for number in range(1000)]
    characters = len(json.dumps(rows))
    began = time.process_time()
    for _ in range(20):
        json.dumps(rows)
    return (time.process_time() - began) * 1000 * 453_232 / characters
