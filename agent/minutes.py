"""Minutes of probes: what was counted in each, and when it is finished."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.point import LONGEST_DELAY, MINUTE, Point

CLOCK_SET_BACK_SECONDS = 5
"""A minute that begins later than this from now was begun by a clock that has been set back since."""


@dataclass(slots=True)
class Count:
    """One minute of one monitor, while it is open. delays: milliseconds, summed."""

    delays: float = 0.0
    up: int = 0
    down: int = 0
    running: int = 0


class Minutes:
    """Counts probes by the minute in which they began."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], Count] = {}

    def begin(self, monitor_id: int, now: float) -> Count:
        """A probe begins; `end` or `discard` must follow."""
        count = self._open.setdefault((monitor_id, int(now // MINUTE) * MINUTE), Count())
        count.running += 1
        return count

    def end(self, count: Count, delay: float | None) -> None:
        """A probe succeeded after `delay` milliseconds, or failed."""
        count.running -= 1
        if delay is None:
            count.down += 1
        else:
            count.up += 1
            count.delays += delay

    def discard(self, count: Count) -> None:
        """A probe told nothing."""
        count.running -= 1

    def finished(self, now: float) -> list[Point]:
        """The minutes that are over and have no probe running, each once; those without a counted probe make no point.

        Minutes of a clock that was set back since are forgotten: when they come, they are counted anew.
        """
        self._forget(lambda at, _: at > now + CLOCK_SET_BACK_SECONDS)
        over = self._forget(lambda at, count: at + MINUTE <= now and not count.running)
        return [_point(monitor_id, at, count) for (monitor_id, at), count in over.items() if count.up or count.down]

    def _forget(self, which: Callable[[int, Count], bool]) -> dict[tuple[int, int], Count]:
        chosen = {key: count for key, count in self._open.items() if which(key[1], count)}
        for key in chosen:
            del self._open[key]
        return chosen


def _point(monitor_id: int, at: int, count: Count) -> Point:
    mean = count.delays / count.up if count.up else 0.0
    return Point(monitor_id, at, round(min(mean, LONGEST_DELAY), 3), count.up, count.down)
