"""Requests as API Gateway passes them to the Lambda handler, after the authorizer."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks import sample_data

Event = dict[str, Any]
Report = dict[str, Any]

GZIP = {"accept": "*/*", "accept-encoding": "gzip"}
PLAIN = {"accept": "*/*"}


def event(method: str, resource: str, body: str | None = None, *, path_id: str = "", **query: str) -> Event:
    """Returns a request with a valid API token, from a client that accepts gzip. path_id: the value of {id}."""
    return {
        "headers": GZIP,
        "pathParameters": {"id": path_id} if path_id else {},
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "stageVariables": None,
        "isBase64Encoded": False,
        "body": body,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": resource,
            "path": resource.replace("{id}", path_id),
            "identity": {"sourceIp": "127.0.0.1"},
            "authorizer": {"kind": "token", "scopes": "read register"},
        },
    }


def report(reports: Iterable[Report]) -> Event:
    return event("POST", "/api/v1/agent/report", body=json.dumps({"reports": list(reports)}))


def states_of(servers: Iterable[int]) -> Event:
    """Returns one request with a new state of each of these servers."""
    return report({"secret": sample_data.secret(number), "state": sample_data.state()} for number in servers)


def points_of(server: int, minutes: Sequence[int], monitors: int) -> Event:
    """Returns one request with a point of each monitor for each of these minutes, given in Unix seconds."""
    return report([{"secret": sample_data.secret(server), "pings": _pings(minutes, monitors)}])


def history_of(server: int, minutes: Sequence[int], monitors: int) -> Event:
    """Returns one request with these minutes, in Unix seconds, and with a point of each monitor for each of them."""
    figures = [{"at": at, **sample_data.minute_figures(at)} for at in minutes]
    return report([{"secret": sample_data.secret(server), "minutes": figures, "pings": _pings(minutes, monitors)}])


def _pings(minutes: Sequence[int], monitors: int) -> list[dict[str, float]]:
    return [
        {"monitor_id": id_, "at": at, "delay": sample_data.delay(), "up": 2, "down": 0}
        for at in minutes
        for id_ in range(1, monitors + 1)
    ]


HEALTH = event("GET", "/api/v1/health")
DOCUMENT = event("GET", "/")
LIST = event("GET", "/api/v1/server/list")
DETAILS = event("GET", "/api/v1/server/details")
DETAILS_OF_ONE = event("GET", "/api/v1/server/details", id="5")
SUMMARY = event("GET", "/api/summary")
MONITOR = event("GET", "/api/v1/monitor/{id}", path_id="1")
SPARK = event("GET", "/api/spark")
AVAILABILITY = event("GET", "/api/availability")
HISTORY = event("GET", "/api/history/{id}", path_id="1", range="24h")
PINGS = event("GET", "/api/ping/{id}", path_id="1", range="24h")


def ranged(what: str, name: str) -> Event:
    """Asks for a range of server 1. what: `history` or `ping`."""
    return event("GET", f"/api/{what}/{{id}}", path_id="1", range=name)
