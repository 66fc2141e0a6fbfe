"""Ping points: one finished minute of one (server, monitor), and the series that they make.

Points are idempotent and free of order: sent twice one counts once, and of two different ones for the same minute the
one made from more probes stays, of equals the first.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.fleet import limits

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Point:
    """at: the minute's first second, Unix. delay: mean ms of the probes that succeeded, as decimal text, "0" for none.

    up, down: how many probes succeeded and failed.
    """

    monitor_id: int
    at: int
    delay: str
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A point that was not taken, and why: `error` for programs, `message` for people."""

    monitor_id: int
    at: int
    error: str
    message: str


Minute = Mapping[int, Point]
"""The points of one minute of one server, by monitor id."""


@dataclass(frozen=True, slots=True)
class Series:
    """What one monitor measured from one server: minutes ascending (Unix seconds), a delay in ms each, as text."""

    minutes: tuple[int, ...]
    delays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountedSeries(Series):
    """With how many probes of each minute succeeded and failed, as decimal text."""

    up: tuple[str, ...]
    down: tuple[str, ...]


def kept_minutes(now: float) -> tuple[int, int]:
    """Since when, and until when, points are shown, Unix seconds."""
    until = int(now)
    since = until - limits.PING_KEPT_SECONDS
    return since - since % MINUTE, until


def point(monitor_id: int, at: int, delay: float, up: int, down: int) -> Point:
    """A point as it is kept: the whole minute, the delay capped and in v0's precision."""
    text = delay_text(min(delay, limits.DELAY_MOST)) if up else "0"
    return Point(monitor_id, at - at % MINUTE, text, up, down)


def refusal(monitor_id: int, at: int, up: int, down: int, now: float, *, assigned: bool) -> Refused | None:
    """Why a point may not be taken, None when it may."""
    if not assigned:
        return Refused(monitor_id, at, "not_assigned", f"Monitor {monitor_id} is not assigned to this server.")
    if at > now + limits.PING_AHEAD_SECONDS:
        return Refused(monitor_id, at, "in_the_future", "This minute is not over yet; set the host's clock.")
    if at < now - limits.PING_KEPT_SECONDS:
        return Refused(monitor_id, at, "too_old", "Points of the last 24 hours are taken.")
    if not 0 < up + down <= limits.PROBES_A_MINUTE:
        return Refused(
            monitor_id, at, "bad_counts", f"up and down together must be 1 to {limits.PROBES_A_MINUTE} probes."
        )
    return None


def merged(old: Minute, new: Iterable[Point]) -> Minute:
    """One minute with more points in it."""
    points = dict(old)
    for one in new:
        kept = points.get(one.monitor_id)
        if kept is None or one.up + one.down > kept.up + kept.down:
            points[one.monitor_id] = one
    return points


def delay_text(delay: float) -> str:
    """Milliseconds in the precision that v0 keeps: the shortest decimal of a 32-bit float, without an exponent."""
    single = struct.unpack("f", struct.pack("f", delay))[0]
    for digits in range(6, 9):
        text = f"{single:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == single:
            break
    else:
        text = f"{single:.9g}"
    if "e" in text:
        text = format(Decimal(text), "f")
    return text
