"""Latency and packet loss of one server over its last minutes, for lists, from its ICMP and TCP probes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from agent.core.limits import MINUTE
from agent.core.monitor_types import TYPES
from agent.core.monitors import Monitor

MINUTES = 5
"""Including the running one."""

_FIELDS = 4
"""What is kept of each minute: its number, the sum of delays in milliseconds, successes, failures."""


class RecentProbes:
    """The last MINUTES minutes of each monitor, by a clock that only goes forward."""

    __slots__ = ("_monitors",)

    def __init__(self) -> None:
        self._monitors: dict[int, array[float]] = {}

    def saw(self, monitor: Monitor, delay: float | None, monotonic: float) -> None:
        """A probe succeeded after `delay` milliseconds, or failed. Types that measure more than the network are left
        out.
        """
        kind = TYPES[monitor.type]
        if not kind.is_network:
            return
        counts = self._monitors.setdefault(monitor.id, array("d", [-MINUTES] + [0.0] * (_FIELDS * MINUTES - 1)))
        minute = monotonic // MINUTE
        start = int(minute) % MINUTES * _FIELDS
        if counts[start] != minute:
            counts[start : start + _FIELDS] = array("d", [minute, 0.0, 0.0, 0.0])
        if delay is None:
            counts[start + 3] += 1
        else:
            counts[start + 1] += min(delay, kind.longest_delay)
            counts[start + 2] += 1

    def forget(self, monitor_ids: Iterable[int]) -> None:
        """These monitors are no longer probed."""
        for monitor_id in monitor_ids:
            self._monitors.pop(monitor_id, None)

    def figures(self, monotonic: float) -> dict[str, float]:
        """For a state: `Latency`, the lowest mean of a monitor in milliseconds, absent when no probe succeeded, and
        `Loss`, the percentage of all probes that failed. `Latency` has three significant digits, `Loss` one decimal.
        Empty without probes.
        """
        oldest = monotonic // MINUTE - MINUTES + 1
        delays, up, down = [], 0.0, 0.0
        for counts in self._monitors.values():
            recent = [start for start in range(0, len(counts), _FIELDS) if counts[start] >= oldest]
            succeeded = sum(counts[start + 2] for start in recent)
            up, down = up + succeeded, down + sum(counts[start + 3] for start in recent)
            if succeeded:
                delays.append(sum(counts[start + 1] for start in recent) / succeeded)
        # As many digits as lists show: the dashboard keeps them as text, and a thousand states are read at once.
        latency = {"Latency": float(f"{min(delays):.3g}")} if delays else {}
        return {**latency, "Loss": round(100 * down / (up + down), 1)} if up + down else {}
