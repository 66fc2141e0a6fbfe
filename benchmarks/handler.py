"""CPU of the Lambda handler for the requests that cost most, in units that travel between machines.

A unit is the CPU of 20 `json.dumps` of a list of 1,000 nested dicts, 453,232 characters each. DynamoDB is the embedded
one, in another process on loopback.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.table import Row

SERVERS = 1000
MONITORS = 10
ROUNDS = 10


def rows() -> list[Row]:
    with subprocess.Popen(
        [sys.executable, "-m", "local.child", "local.dynamodb", "--port", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as dynamodb:
        try:
            assert dynamodb.stdout is not None
            return _measure(f"http://127.0.0.1:{dynamodb.stdout.readline().strip()}")
        finally:
            dynamodb.terminate()


def _measure(dynamodb_url: str) -> list[Row]:
    os.environ.update(
        NEZHA_TABLE_PREFIX="benchmark-",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="benchmark",
        AWS_SECRET_ACCESS_KEY="benchmark",  # noqa: S106
        AWS_ENDPOINT_URL_DYNAMODB=dynamodb_url,
    )
    from app import app, store

    store.create_tables()
    secrets = _fill(store)
    batches = [_batch(secrets[:100]) for _ in range(ROUNDS)]
    requests: list[tuple[Row, Callable[[], Any], int]] = [
        (_row(f"details of {SERVERS}, warm", 0.10, 0.035, "0.027-0.046"), lambda: app(_DETAILS, None), 1),
        (_row(f"list of {SERVERS}, warm", 0.06, 0.02, "0.011"), lambda: app(_LIST, None), 1),
        (_row("details of one, warm", 0.02, 0.005, "0.0016"), lambda: app(_DETAILS_OF_ONE, None), 1),
        (_row(f"monitor, {MONITORS} x 1,440 points", 0.15, 0.05, "0.41"), lambda: app(_series_event(), None), 1),
        (
            _row("a state report, in a batch of 100", 0.003, 0.001, "0.0016"),
            lambda: app(batches[random.randrange(ROUNDS)], None),
            100,
        ),
    ]
    return [replace(row, figure=_cpu(request) / parts / _unit()) for row, request, parts in requests]


def _row(what: str, must: float, reach: float, original: str) -> Row:
    return Row(what, 0, "units", must, reach, original)


def _fill(store: Any) -> list[str]:
    """A fleet that has reported, and a day of pings of its first server; the servers' secrets."""
    from app import app
    from chalicelib.fleet import management, registration
    from chalicelib.fleet.monitors import Monitor
    from chalicelib.fleet.pings import point
    from chalicelib.fleet.servers import Registration

    now = int(time.time())
    wanted = Registration("benchmark", hide_for_guest=False)
    secrets = [registration.register(store, wanted, now)[1] for _ in range(SERVERS)]
    for start in range(0, SERVERS, 100):
        app(_batch(secrets[start : start + 100], host=True), None)
    ids = [
        management.add_monitor(store, Monitor(0, f"monitor {number}", "icmp", "127.0.0.1", 30))
        for number in range(MONITORS)
    ]
    for start in range(0, 1440, 60):
        minutes = range(now - (start + 60) * 60, now - start * 60, 60)
        store.write_points({1: [point(id_, at, random.uniform(1, 300), 2, 0) for at in minutes for id_ in ids]})
    return secrets


def _batch(secrets: list[str], *, host: bool = False) -> dict[str, Any]:
    reports = [{"secret": secret, "state": _state(), **({"host": HOST} if host else {})} for secret in secrets]
    return _event("POST", "/api/v1/agent/report", body=json.dumps({"reports": reports}))


HOST = {
    "Platform": "debian",
    "PlatformVersion": "12.4",
    "CPU": ["AMD EPYC 7763 64-Core Processor 2 Virtual Core"],
    "MemTotal": 4105310208,
    "DiskTotal": 52521566208,
    "Arch": "x86_64",
    "Virtualization": "kvm",
    "BootTime": 1763000000,
    "Version": "0.20.5",
}


def _state() -> dict[str, float]:
    """With the floats of real agents, unrounded."""
    return {
        "CPU": random.uniform(0, 100),
        "MemUsed": random.randrange(10**9, 4 * 10**9),
        "DiskUsed": random.randrange(5 * 10**10),
        "NetInTransfer": random.randrange(10**13),
        "NetOutTransfer": random.randrange(10**13),
        "NetInSpeed": random.randrange(10**6),
        "NetOutSpeed": random.randrange(10**6),
        "Uptime": random.randrange(10**7),
        "Load1": round(random.random(), 2),
        "Load5": round(random.random(), 2),
        "Load15": round(random.random(), 2),
        "TcpConnCount": random.randrange(300),
        "ProcessCount": 234,
    }


def _event(method: str, path: str, body: str | None = None, **query: str) -> dict[str, Any]:
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


_DETAILS = _event("GET", "/api/v1/server/details")
_LIST = _event("GET", "/api/v1/server/list")
_DETAILS_OF_ONE = _event("GET", "/api/v1/server/details", id="5")


def _series_event() -> dict[str, Any]:
    event = _event("GET", "/api/v1/monitor/{id}")
    event["pathParameters"] = {"id": "1"}
    return event


def _cpu(request: Callable[[], Any]) -> float:
    """Milliseconds of this process's CPU for one request, the middle one of some."""
    request()
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        answer = request()
        spent.append((time.process_time() - began) * 1000)
        assert answer["statusCode"] == 200, answer["body"][:300]
    return sorted(spent)[ROUNDS // 2]


def _unit() -> float:
    """Milliseconds of CPU; measured anew beside each row, because these machines' speed drifts."""
    row = {"id": 1, "name": "server", "host": HOST, "status": _state()}
    rows = [row | {"id": number} for number in range(1000)]
    characters = len(json.dumps(rows))
    began = time.process_time()
    for _ in range(20):
        json.dumps(rows)
    return (time.process_time() - began) * 1000 * 453_232 / characters
