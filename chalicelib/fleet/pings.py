"""Ping points: one finished minute of one (server, monitor), and the series that they form.

Points may be sent twice and in any order, but each counts once. Of two points for the same minute, the one with more
probes is kept, or the first if both have equally many.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.fleet import limits
from chalicelib.fleet.certificates import TargetCertificate

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Ping:
    """A ping point as it was sent.

    at: Unix seconds. delay: mean ms of the probes that succeeded. certificate: the one that the target presents now, if
    it was sent.
    """

    monitor_id: int
    at: int
    delay: float
    up: int
    down: int
    certificate: TargetCertificate | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A ping point as it is stored.

    at: the minute's first second, Unix. delay: mean ms of the probes that succeeded, as decimal text, "0" for none.
    up, down: how many probes succeeded and failed.
    """

    monitor_id: int
    at: int
    delay: str
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class RefusedPoint:
    """A point that was not accepted, and why: `error` for programs, `message` for people."""

    monitor_id: int
    at: int
    error: str
    message: str


Points = Mapping[tuple[int, int], Point]
"""Points of one server, by monitor ID and minute."""


@dataclass(frozen=True, slots=True)
class Series:
    """What one monitor measured from one server: minutes ascending (Unix seconds), each with a delay in ms as text."""

    minutes: tuple[int, ...]
    delays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountedSeries(Series):
    """A series with the numbers of probes in each minute that succeeded and failed, as decimal text.

    If its steps are longer than a minute, `minutes` are their starts, and `least` and `most` are the lowest and the
    highest delay of a minute in each.
    """

    up: tuple[str, ...]
    down: tuple[str, ...]
    least: tuple[str, ...] | None = None
    most: tuple[str, ...] | None = None


def accept(sent: Ping, now: float, *, longest: float | None) -> Point | RefusedPoint:
    """The point as it is stored, or why it is not.

    longest: the longest delay of the monitor, ms; None if the sender does not have to probe it.
    """
    if longest is None:
        return _refused(sent, "not_assigned", f"Monitor {sent.monitor_id} is not assigned to this server.")
    if wrong := untimely(sent.at, now):
        return _refused(sent, *wrong)
    if not 0 < sent.up + sent.down <= limits.PROBES_A_MINUTE:
        message = f"up and down together must be 1 to {limits.PROBES_A_MINUTE} probes."
        return _refused(sent, "bad_counts", message)
    return point(sent.monitor_id, sent.at, sent.delay, sent.up, sent.down, longest)


def untimely(at: int, now: float) -> tuple[str, str] | None:
    """Error and message if a minute, of a point or of a server, is too old or too far ahead to be accepted."""
    if at > now + limits.AHEAD_SECONDS:
        return "in_the_future", "This minute is in the future; set the host's clock."
    if at < now - limits.LATE_SECONDS:
        return "too_old", "This minute is older than 24 hours and 30 minutes, which is too old to be accepted."
    return None


def _refused(sent: Ping, error: str, message: str) -> RefusedPoint:
    return RefusedPoint(sent.monitor_id, sent.at, error, message)


def point(monitor_id: int, at: int, delay: float, up: int, down: int, longest: float = limits.DELAY_MOST) -> Point:
    """A point as it is stored: the whole minute, the delay capped and in v0's precision."""
    text = delay_text(min(delay, longest)) if up else "0"
    return Point(monitor_id, at - at % MINUTE, text, up, down)


def merged(old: Points, new: Iterable[Point]) -> dict[tuple[int, int], Point]:
    """Points with new ones added. Of two points for the same minute, the better one is kept (see above)."""
    points = dict(old)
    for one in new:
        key = (one.monitor_id, one.at)
        kept = points.get(key)
        if kept is None or one.up + one.down > kept.up + kept.down:
            points[key] = one
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
