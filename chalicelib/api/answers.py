"""What a view returns, v0's JSON envelope, and how errors of the fleet become HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class Answer:
    """headers: in addition to Content-Type. sender: the kind of caller for the log, where only the view knows it."""

    body: str
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    sender: str = ""


def success(result_json: str) -> Answer:
    """v0's envelope around a `result` that is JSON text already."""
    return Answer(f'{{"code":0,"message":"success","result":{result_json}}}')


def failure(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An error in the shape that all errors have. 429 and 503 carry Retry-After."""
    seconds = RETRY_AFTER_SECONDS.get(status)
    retry = {"Retry-After": str(seconds)} if seconds else {}
    body = json_text({"code": 403 if status == 401 else status, "message": message})
    return Answer(body, status, headers={**retry, **(headers or {})})


def failure_of(error: FleetError) -> Answer:
    wait = {"Retry-After": str(error.retry_after)} if isinstance(error, Throttled) and error.retry_after else {}
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    return failure(status, error.message, wait)
