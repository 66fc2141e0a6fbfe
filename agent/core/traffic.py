"""The bytes that a host transferred between two of its states, from counters that can restart."""

from __future__ import annotations

from typing import NamedTuple

from agent.core.limits import BOOT_TIME_JITTER_SECONDS, MINUTE

FASTEST = 125_000_000_000
"""Bytes per second: one terabit per second. A larger value is not traffic but a counter that was changed."""

LONGEST_GAP = MINUTE
"""Seconds between two states beyond which the bytes between them belong to no single minute."""

UPTIME_SLACK = 30
"""Seconds by which a host's uptime may grow faster than time passes here, as states may be delayed on their way. A
larger difference means that another host uses the same secret, or that the host's clock was set.
"""


class Counters(NamedTuple):
    """The counters in one state, and when it was received.

    wall, monotonic: seconds by the receiver's clocks; monotonic is None for a state that an earlier process saw.
    received, sent: bytes since boot. uptime: seconds.
    """

    wall: float
    monotonic: float | None
    received: int
    sent: int
    uptime: int


class Moved(NamedTuple):
    """Bytes between two states, None where they are unknown."""

    received: int | None
    sent: int | None


UNKNOWN = Moved(None, None)


def moved(before: Counters | None, after: Counters) -> Moved:
    """The bytes transferred. None after a long gap, if a counter restarted although the host did not, or if the number
    is impossible.

    After a restart of the host, its counters began at zero. They count only if that was less than a minute ago.
    """
    if before is None:
        return UNKNOWN
    if after.uptime < before.uptime - BOOT_TIME_JITTER_SECONDS:
        return Moved(*(_since_boot(*pair, after.uptime) for pair in _pairs(before, after)))
    seconds = _seconds(before, after)
    if seconds > LONGEST_GAP or after.uptime - before.uptime > seconds + UPTIME_SLACK:
        return UNKNOWN
    return Moved(*(_between(*pair, seconds) for pair in _pairs(before, after)))


def is_gap(before: Counters | None, after: Counters) -> bool:
    """Whether so much time passed between them that the bytes belong to no single minute."""
    return before is None or _seconds(before, after) > LONGEST_GAP


def _pairs(before: Counters, after: Counters) -> tuple[tuple[int, int], tuple[int, int]]:
    return (before.received, after.received), (before.sent, after.sent)


def _seconds(before: Counters, after: Counters) -> float:
    """The longer of the two clocks' times: one of them stands still while the system sleeps, the other may be set."""
    passed = 0.0 if before.monotonic is None or after.monotonic is None else after.monotonic - before.monotonic
    return max(passed, after.wall - before.wall)


def _since_boot(before: int, after: int, uptime: int) -> int | None:
    # If the counter went on, the host did not restart: its clock was set, and its uptime changed with it.
    return after if after < before and uptime <= LONGEST_GAP and after <= FASTEST * max(uptime, 1) else None


def _between(before: int, after: int, seconds: float) -> int | None:
    difference = after - before
    return difference if 0 <= difference <= FASTEST * max(seconds, 1.0) else None
