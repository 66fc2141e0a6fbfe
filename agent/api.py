"""HTTP to the dashboard: one report a request, and its answer or a named error.

    DashboardError
    ├── WrongSecret   the dashboard knows no server with this secret
    └── NotTaken      the report was not taken: no connection, no answer, a busy dashboard, or none at all

The answer is not trusted: what is not as agreed counts as not taken, and texts of it are made safe to show.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, NotRequired, TypedDict

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util import Url

from agent.host import Host
from agent.state import State

TIMEOUT = urllib3.Timeout(connect=5, read=15)
ANSWER_BYTES = 1024 * 1024
SHORTEST_INTERVAL, LONGEST_INTERVAL = 1, 3600
LONGEST_RETRY_AFTER = 3600
LONGEST_TEXT = 300


class Report(TypedDict):
    """One report. at: Unix seconds. ip: `v4`, `v6` or `v4/v6`. pings: finished minutes of probes."""

    at: int
    ip: NotRequired[str]
    host: NotRequired[Host]
    state: State
    pings: list[Mapping[str, float]]


@dataclass(frozen=True)
class Answer:
    """What follows from a report.

    interval: seconds between reports, 1 to 3600. monitors: what to probe, as sent. refusal: why this report
    is not kept and would not be if it were sent again, None when it is kept. refused: points of a report that is
    kept, which are not and would not be either.
    """

    interval: int
    monitors: tuple[Mapping[str, Any], ...]
    refusal: str | None = None
    refused: tuple["RefusedPoint", ...] = ()


@dataclass(frozen=True)
class RefusedPoint:
    """One point that the dashboard does not want. kind: stays the same for the same cause. message: safe to show."""

    monitor_id: int
    at: int
    kind: str
    message: str


class DashboardError(Exception):
    """The root of the tree; never raised itself."""


class WrongSecret(DashboardError):
    """Raised when the dashboard knows no server with this secret."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"the dashboard does not know this secret ({said}): check that it is this server's and "
            "restart with the right one; trying again every 5 minutes"
        )


class NotTaken(DashboardError):
    """Raised when sending again later may help.

    kind: stays the same for the same cause. retry_after: the least to wait, in seconds.
    """

    def __init__(self, kind: str, message: str, retry_after: int = 0) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


class Dashboard:
    """Sends this host's reports over one connection that is kept open."""

    def __init__(self, url: Url, secret: str) -> None:
        # No proxy, no retries, no redirects: a redirect would take the secret to another place.
        self._pool = urllib3.connection_from_url(
            url.url, maxsize=1, timeout=TIMEOUT, retries=False, headers=_headers(secret)
        )
        self._path = (url.path or "").rstrip("/") + "/api/v1/agent/report"

    def send(self, report: Report) -> Answer:
        """Raises WrongSecret or NotTaken."""
        body = json.dumps({"reports": [report]}, separators=(",", ":"), allow_nan=False).encode()
        status, retry_after, content = self._post(body)
        if status != 200:
            _refuse(status, retry_after, content)
        return parse_answer(content)

    def close(self) -> None:
        self._pool.close()

    def _post(self, body: bytes) -> tuple[int, str, bytes]:
        try:
            response = self._pool.urlopen("POST", self._path, body=body, redirect=False, preload_content=False)
            content = response.read(ANSWER_BYTES + 1)
        except HTTPError as error:
            raise NotTaken("connection", _reason(error)) from error
        if len(content) > ANSWER_BYTES:
            response.close()
            raise NotTaken("answer", "the dashboard's answer is too long; is the url right?")
        response.release_conn()
        return response.status, response.headers.get("Retry-After", ""), content


def _headers(secret: str) -> dict[str, str]:
    return {"Authorization": secret, "Content-Type": "application/json", "User-Agent": "nezha-reporter"}


def _refuse(status: int, retry_after: str, content: bytes) -> NoReturn:
    said = f"HTTP {status}{_message(content)}"
    if status in (401, 403):
        raise WrongSecret(said)
    if status == 429 or status >= 500:
        raise NotTaken(f"status {status}", f"the dashboard is busy or away ({said})", _seconds(retry_after))
    raise NotTaken(f"status {status}", f"the dashboard does not take reports ({said}); is the url right?")


def parse_answer(content: bytes) -> Answer:
    """The answer to one report; raises WrongSecret, or NotTaken also for what is no such answer."""
    try:
        result = json.loads(content)["result"]
        interval, (entry,), monitors = result["interval"], result["reports"], result["monitors"]
        error = entry.get("error")
        # type() and not isinstance(), as True is an int too.
        if type(interval) is not int or (error is None and type(entry["server_id"]) is not int):
            raise TypeError
        if not isinstance(monitors, list) or not all(isinstance(monitor, dict) for monitor in monitors):
            raise TypeError
        said = "" if error is None else f"{_line(error)}: {_line(entry['message'])}"
        again = error is not None and entry["retry"]
        refused = tuple(_refused(point) for point in entry.get("refused", ()))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        message = "the dashboard's answer is not one that a dashboard gives; is the url right?"
        raise NotTaken("answer", message) from None
    if error == "unknown_secret":
        raise WrongSecret(said)
    if again:
        raise NotTaken("retry", f"the dashboard could not keep the report ({said})")
    bounded = min(max(interval, SHORTEST_INTERVAL), LONGEST_INTERVAL)
    return Answer(bounded, tuple(monitors), said or None, refused)


def _refused(point: Any) -> RefusedPoint:
    monitor_id, at = point["monitor_id"], point["at"]
    if type(monitor_id) is not int or type(at) is not int:
        raise TypeError
    return RefusedPoint(monitor_id, at, _line(point["error"]), _line(point["message"]))


def _seconds(retry_after: str) -> int:
    """Retry-After in seconds; its other form, a date, needs clocks that agree, and counts as absent."""
    # Few digits, as int() raises for thousands of them.
    if not retry_after.isascii() or not retry_after.isdigit() or len(retry_after) > 9:
        return 0
    return min(int(retry_after), LONGEST_RETRY_AFTER)


def _message(content: bytes) -> str:
    try:
        return f": {_line(json.loads(content)['message'])}"
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def _line(text: object) -> str:
    """As one line that no terminal takes for a command."""
    if not isinstance(text, str):
        raise TypeError
    return "".join(character if character.isprintable() else " " for character in text[:LONGEST_TEXT])


def _reason(error: HTTPError) -> str:
    match error:
        case NameResolutionError():
            return "the dashboard's name cannot be resolved"
        # Before the next case, as urllib3 derives it from that.
        case NewConnectionError() if isinstance(error.__cause__, OSError):
            return f"no connection to the dashboard: {error.__cause__.strerror}"
        case ConnectTimeoutError():
            return f"the dashboard does not accept a connection within {TIMEOUT.connect_timeout} s"
        case ReadTimeoutError():
            return f"the dashboard does not answer within {TIMEOUT.read_timeout} s"
        case SSLError():
            return f"no TLS connection to the dashboard: {_line(str(error))}"
    return f"the connection to the dashboard broke: {_line(str(error))}"
