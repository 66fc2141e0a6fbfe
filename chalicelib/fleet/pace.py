"""How often agents report and send history: as set, more often while somebody watches, and rarely once the month has
cost as much as the operator allows.
"""

from math import ceil

from chalicelib.fleet.limits import REPORT_INTERVAL_MOST, SLOW_FLUSH, SLOW_INTERVAL
from chalicelib.fleet.settings import Settings


def is_slow(slow_until: float, now: float) -> bool:
    """Whether the cost ceiling slows the dashboard down. slow_until: Unix seconds, from the store."""
    return now < slow_until


def interval(settings: Settings, usual: int, *, live: bool, slow: bool = False, least: int = 0) -> int:
    """Seconds that senders are told to wait between two reports. usual: the deployment's interval. least: the result of
    `least_interval`."""
    idle = max(settings.report_interval or usual, least)
    if slow:
        return max(idle, SLOW_INTERVAL)
    return min(idle, max(settings.live_interval, least)) if live else idle


def least_interval(servers: int, units: float, senders: int, most: float) -> int:
    """Seconds between two reports with which the states of all servers consume at most `most` write units a second.

    servers: in the whole fleet. units: what a state of each of `senders` servers, which report together, consumes.

    Every server has the same share of the units, whoever reports for it. With the same share, a server behind a relay
    can report more often than one that reports alone, because a relay stores the states of several servers together.
    The interval never exceeds the longest that can be set: a fleet that is too large even for that is throttled.
    """
    return min(ceil(servers * units / senders / most), REPORT_INTERVAL_MOST) if senders else 0


def flush(settings: Settings, usual: int, *, slow: bool) -> int:
    """Seconds between two flushes of minutes and pings. usual: the deployment's interval."""
    flush = settings.flush or usual
    return max(flush, SLOW_FLUSH) if slow else flush
