"""What probes make of a minute."""

from typing import NamedTuple

MINUTE = 60
DAY = 24 * 3600
"""Seconds that a point is worth keeping: the dashboard refuses older ones."""

LONGEST_DELAY = 1000.0


class Point(NamedTuple):
    """One finished minute of one monitor.

    at: Unix seconds of the minute's start. delay: mean milliseconds of the probes that succeeded, at most 1000, 0
    when none did. up, down: how many succeeded and failed.
    """

    monitor_id: int
    at: int
    delay: float
    up: int
    down: int
