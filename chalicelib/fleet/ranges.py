"""The ranges of time for which history can be requested, and the step of the values in each."""

from typing import NamedTuple

from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.pings import MINUTE
from chalicelib.fleet.rollup import DAY, DAYS, HOURS, TEN_MINUTES


class Window(NamedTuple):
    """A stretch of time, in Unix seconds. since: a multiple of `step`. until: the last second. step: seconds."""

    since: int
    until: int
    step: int


class Range(NamedTuple):
    """seconds: how far back it goes. step: seconds between two values."""

    seconds: int
    step: int

    def window(self, now: float) -> Window:
        """The whole steps of this range that have begun by now; the oldest one in full."""
        until = int(now)
        since = until - self.seconds
        return Window(since - since % self.step, until, self.step)


RANGES = {
    "1h": Range(3600, MINUTE),
    "6h": Range(6 * 3600, MINUTE),
    "24h": Range(DAY, MINUTE),
    "7d": Range(7 * DAY, TEN_MINUTES.step),
    "30d": Range(30 * DAY, HOURS.step),
    "1y": Range(365 * DAY, DAYS.step),
}
USUAL = "24h"


def window(name: str, now: float) -> Window:
    """name: one of RANGES, "" for USUAL. Raises InvalidInput."""
    if (name or USUAL) not in RANGES:
        raise InvalidInput(f'"range" must be one of {", ".join(RANGES)}.', error="not_a_choice", field="range")
    return RANGES[name or USUAL].window(now)
