"""What a view returns, v0's JSON envelope, and how errors of the fleet become HTTP."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from chalicelib.api.json_output import json_text
from chalicelib.fleet.errors import (
    FleetError,
    Forbidden,
    InvalidInput,
    NotFound,
    Throttled,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

STATUSES: Mapping[type[FleetError], int] = {
    InvalidInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    TooLarge: 413,
    Throttled: 429,
    Unavailable: 503,
}
"""The HTTP status of each error. The body's code equals it, except for 401: v0 clients test for code 403."""

RETRY_AFTER_SECONDS = {429: 1, 503: 5}

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """body: bytes if it is not text. headers: in addition to Content-Type. sender: the kind of caller for the log,
    where only the view knows it."""

    body: str | bytes
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = MappingProxyType({})
    sender: str = ""


def success(result_json: str) -> Answer:
    """v0's envelope around a `result` that is JSON text already."""
    return Answer(f'{{"code":0,"message":"success","result":{result_json}}}')


DONE = success("null")
"""The answer to a change that returns nothing."""


def failure(
    status: int, message: str, headers: Mapping[str, str] | None = None, details: Mapping[str, object] | None = None
) -> Answer:
    """An error in the shape that all errors have. 429 and 503 carry Retry-After.

    details: keys in addition to code and message.
    """
    seconds = RETRY_AFTER_SECONDS.get(status)
    retry = {"Retry-After": str(seconds)} if seconds else {}
    body = json_text({"code": 403 if status == 401 else status, "message": message, **(details or {})})
    return Answer(body, status, headers={**retry, **(headers or {})})


def failure_of(error: FleetError, path: str) -> Answer:
    """path: the route's. v0 clients get only the two keys that they know; pages translate errors by the others."""
    wait = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    is_peoples = path.startswith("/api/") and not path.startswith("/api/v1/")
    return failure(status, error.message, wait, _details(error) if is_peoples else None)


def _details(error: FleetError) -> dict[str, object]:
    bounds = {"limit": error.limit, "retry_after": error.retry_after or None}
    given = {name: value for name, value in bounds.items() if value is not None}
    return {"error": error.error, "field": error.field or None, **given}
