"""The dashboard's responses to reports.

A response is not trusted. If it is malformed, the request counts as not taken. Strings in it are made safe to print.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.core.limits import (
    LARGEST_ID,
    LONGEST_FLUSH,
    LONGEST_MESSAGE,
    LONGEST_REPORT_INTERVAL,
    LONGEST_RETRY_AFTER,
    SHORTEST_FLUSH,
    SHORTEST_REPORT_INTERVAL,
)
from agent.core.monitors import Monitor, UnusableMonitor, parse_monitor


class NotTaken(Exception):
    """Raised when a request was not taken, or the sender cannot know. Sending it again later may help.

    kind: the same for the same cause. status: the HTTP status, 0 without an answer. retry_after: the minimum wait, in
    seconds.
    """

    def __init__(self, kind: str, message: str, *, status: int = 0, retry_after: int = 0) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.retry_after = retry_after


class TooLarge(NotTaken):
    """Raised when the dashboard rejects a request because of its size. Half of it may be accepted."""


@dataclass(frozen=True)
class RefusedPoint:
    """One point that the dashboard rejected. at: Unix seconds. error: the reason, for programs. message: the same for
    people.
    """

    monitor_id: int
    at: int
    error: str
    message: str


@dataclass(frozen=True)
class RefusedMinute:
    """One minute that the dashboard rejected. at: Unix seconds. error: the reason, for programs. message: the same for
    people.
    """

    at: int
    error: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """What became of one report.

    server_id: 0 when the report was not taken. error, message: "" when it was taken. retry: whether sending it again
    can help. refused, refused_minutes: points and minutes that the dashboard rejected for good, although it took the
    report. not_kept: parts of the report, "state", "host" or "certificate", that are valid but were not stored.
    """

    server_id: int = 0
    error: str = ""
    message: str = ""
    retry: bool = False
    refused: tuple[RefusedPoint, ...] = ()
    refused_minutes: tuple[RefusedMinute, ...] = ()
    not_kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What follows from a request.

    interval: seconds between two reports of a server, 1 to 3600. outcomes: in the order of the reports. monitors: what
    to probe, each with the servers of this request that have to probe it. unusable: why other monitors cannot be
    probed. flush: seconds between two sends of minutes, None from a dashboard that does not accept minutes. report_url:
    where to send reports from now on, "" for the dashboard's own URL; not checked yet.
    """

    interval: int
    outcomes: tuple[Outcome, ...]
    monitors: tuple[tuple[Monitor, tuple[int, ...]], ...] = ()
    unusable: tuple[str, ...] = ()
    flush: int | None = None
    report_url: str = ""


def parse_answer(content: bytes, count: int) -> Answer:
    """The answer to `count` reports. Raises NotTaken when the content is malformed."""
    try:
        result = json.loads(content)["result"]
        interval, entries, monitors = result["interval"], result["reports"], result["monitors"]
        # type() and not isinstance(), as True is an int too.
        if type(interval) is not int or not isinstance(monitors, list) or len(entries) != count:
            raise TypeError
        outcomes = tuple(_outcome(entry) for entry in entries)
        usable, unusable = _monitors(monitors)
        flush = _flush(result.get("flush"))
        report_url = result.get("report_url", "")
        if not isinstance(report_url, str):
            raise TypeError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise NotTaken("unexpected answer", "unexpected answer from the dashboard; check the URL") from None
    bounded = min(max(interval, SHORTEST_REPORT_INTERVAL), LONGEST_REPORT_INTERVAL)
    return Answer(bounded, outcomes, usable, unusable, flush, report_url)


def message_in(content: bytes) -> str:
    """The message in the body of an error, "" when there is none."""
    try:
        return one_line(json.loads(content)["message"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def retry_after(header: str) -> int:
    """Retry-After in seconds. Its other form, a date, needs clocks that agree, and counts as absent."""
    # Few digits, as int() raises for thousands of them.
    if not header.isascii() or not header.isdigit() or len(header) > 9:
        return 0
    return min(int(header), LONGEST_RETRY_AFTER)


def one_line(text: object) -> str:
    """The text as one line without control characters, cut at LONGEST_MESSAGE. Raises TypeError for anything but a
    string.
    """
    if not isinstance(text, str):
        raise TypeError
    return "".join(character if character.isprintable() else " " for character in text[:LONGEST_MESSAGE])


def _outcome(entry: Mapping[str, Any]) -> Outcome:
    error = one_line(entry.get("error", ""))
    if error:
        return Outcome(error=error, message=one_line(entry["message"]), retry=entry["retry"] is True)
    refused = tuple(_refused(point) for point in entry.get("refused", ()))
    not_kept = tuple(one_line(part) for part in entry.get("not_kept", ()))
    minutes = tuple(_refused_minute(minute) for minute in entry.get("refused_minutes", ()))
    return Outcome(_id(entry["server_id"]), refused=refused, refused_minutes=minutes, not_kept=not_kept)


def _refused(point: Mapping[str, Any]) -> RefusedPoint:
    return RefusedPoint(_id(point["monitor_id"]), *_why(point))


def _refused_minute(minute: Mapping[str, Any]) -> RefusedMinute:
    return RefusedMinute(*_why(minute))


def _why(refused: Mapping[str, Any]) -> tuple[int, str, str]:
    if type(refused["at"]) is not int:
        raise TypeError
    return refused["at"], one_line(refused["error"]), one_line(refused["message"])


def _flush(sent: Any) -> int | None:
    if sent is None:
        return None
    if type(sent) is not int:
        raise TypeError
    return min(max(sent, SHORTEST_FLUSH), LONGEST_FLUSH)


def _monitors(sent: list[Any]) -> tuple[tuple[tuple[Monitor, tuple[int, ...]], ...], tuple[str, ...]]:
    usable, unusable = [], []
    for one in sent:
        try:
            usable.append((parse_monitor(one), tuple(_id(server_id) for server_id in one["server_ids"])))
        except UnusableMonitor as error:
            unusable.append(str(error))
    return tuple(usable), tuple(unusable)


def _id(value: Any) -> int:
    if type(value) is not int or not 0 < value <= LARGEST_ID:
        raise TypeError
    return value
