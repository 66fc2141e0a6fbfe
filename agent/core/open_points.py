"""The running minutes of probes: what was counted in each, and when it is finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.core.limits import CLOCK_SET_BACK_SECONDS, MINUTE
from agent.core.monitor_types import TYPES
from agent.core.monitors import Monitor
from agent.core.points import Point


@dataclass
class Count:
    """One minute of one monitor that is still open. delays: milliseconds, summed; at most `longest` on average."""

    longest: float
    delays: float = 0.0
    up: int = 0
    down: int = 0
    running: int = 0


class OpenPoints:
    """Counts probes by the minute in which they began."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], Count] = {}

    def begin(self, monitor: Monitor, now: float) -> Count:
        """A probe begins. `end` or `discard` must follow."""
        key = (monitor.id, int(now // MINUTE) * MINUTE)
        if key not in self._open:
            self._open[key] = Count(TYPES[monitor.type].longest_delay)
        count = self._open[key]
        count.running += 1
        return count

    def has(self, monitor_id: int, now: float) -> bool:
        """Whether a probe of this monitor counts in this minute, or is running."""
        count = self._open.get((monitor_id, int(now // MINUTE) * MINUTE))
        return count is not None and bool(count.up or count.down or count.running)

    def end(self, count: Count, delay: float | None) -> None:
        """A probe succeeded after `delay` milliseconds, or failed."""
        count.running -= 1
        if delay is None:
            count.down += 1
        else:
            count.up += 1
            count.delays += delay

    def discard(self, count: Count) -> None:
        """A probe ended without a result about its target."""
        count.running -= 1

    def finished(self, now: float) -> list[Point]:
        """The minutes that are over and have no running probe, each once. Without a counted probe there is no point.

        Minutes in the future, from before the clock was set back, are forgotten. They are counted anew when they come.
        """
        self._forget(lambda at, _: at > now + CLOCK_SET_BACK_SECONDS)
        over = self._forget(lambda at, count: at + MINUTE <= now and not count.running)
        return [_point(monitor_id, at, count) for (monitor_id, at), count in over.items() if count.up or count.down]

    def running(self) -> list[Point]:
        """Every open minute as it is now. The minutes stay open, and probes that still run do not count yet."""
        return [_point(*key, count) for key, count in sorted(self._open.items()) if count.up or count.down]

    def for_journal(self) -> Any:
        """What `restored` takes, ready for JSON."""
        return [[*key, one.longest, one.delays, one.up, one.down] for key, one in self._open.items()]

    @classmethod
    def restored(cls, journaled: Any) -> OpenPoints:
        """The minutes as they were when an earlier process wrote its journal, with no probe running. Raises an error
        for anything else.
        """
        found = cls()
        for monitor_id, at, *counted in journaled:
            found._open[int(monitor_id), int(at)] = Count(*counted)
        return found

    def _forget(self, which: Callable[[int, Count], bool]) -> dict[tuple[int, int], Count]:
        chosen = {key: count for key, count in self._open.items() if which(key[1], count)}
        for key in chosen:
            del self._open[key]
        return chosen


def _point(monitor_id: int, at: int, count: Count) -> Point:
    mean = count.delays / count.up if count.up else 0.0
    return Point(monitor_id, at, round(min(mean, count.longest), 3), count.up, count.down)
