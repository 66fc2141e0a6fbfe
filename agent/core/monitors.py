"""The monitors that the dashboard assigns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from agent.core.limits import LARGEST_ID, LONGEST_MONITOR_INTERVAL, LONGEST_TARGET, SHORTEST_MONITOR_INTERVAL
from agent.core.monitor_types import TYPES


class Monitor(NamedTuple):
    """One target. type: a key of TYPES. interval: seconds between two probes, 10 to 3600."""

    id: int
    type: str
    target: str
    interval: int


class UnusableMonitor(Exception):
    """Raised when a monitor of an answer cannot be probed. The message says why."""


def parse_monitor(sent: Mapping[str, Any]) -> Monitor:
    """A monitor as the dashboard sends it; raises UnusableMonitor."""
    number, kind, target, interval = (sent.get(name) for name in ("id", "type", "target", "interval"))
    # type() and not isinstance(), as True is an int too.
    if type(number) is not int or not 0 < number <= LARGEST_ID:
        raise UnusableMonitor("a monitor has no valid ID")
    if type(interval) is not int or not isinstance(target, str):
        raise UnusableMonitor(f"monitor {number} has no target or no interval")
    if not isinstance(kind, str) or kind not in TYPES:
        raise UnusableMonitor(f"monitor {number} has an unknown type; update this agent")
    if not target.isprintable() or not 0 < len(target) <= LONGEST_TARGET:
        raise UnusableMonitor(f"the target of monitor {number} is invalid")
    try:
        TYPES[kind].host_of(target)
    except ValueError as error:
        raise UnusableMonitor(f"the target of monitor {number} {error}") from None
    bounded = min(max(interval, SHORTEST_MONITOR_INTERVAL), LONGEST_MONITOR_INTERVAL)
    return Monitor(number, kind, target, bounded)
