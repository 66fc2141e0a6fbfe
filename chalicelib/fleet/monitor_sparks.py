"""Sparklines of monitors: their latency in the last hour, in steps of five minutes.

They are made from points that rules on pings read anyway, so they exist only if there are such rules or monitors are
public.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.fleet.access import public_ids
from chalicelib.fleet.pings import MINUTE
from chalicelib.fleet.sparks import STEP, STEPS

if TYPE_CHECKING:
    from chalicelib.fleet.alerts.glance import Pinged
    from chalicelib.fleet.store import Store, View

SETTLE_SECONDS = 300
"""How long after its end a step is shown: by then its points have arrived, and the watch has seen them."""


class MonitorSpark(NamedTuple):
    """One step of one monitor: ms, the mean over all servers that reached it, and over those of them that guests see.

    None where there are none.
    """

    latency: float | None
    public: float | None


MonitorSparks = Mapping[int, MonitorSpark]
"""One step, by monitor ID."""


def shown_steps(now: float) -> range:
    """The starts of the steps of the last hour, Unix seconds."""
    end = (int(now) - SETTLE_SECONDS) // STEP * STEP
    return range(end - STEPS * STEP, end, STEP)


def recent_sparks(store: Store, view: View, now: float) -> tuple[range, Sequence[MonitorSparks]]:
    """The steps of the last hour, and what is stored of each; read once a minute, and only where there are monitors."""
    minute = int(now) // MINUTE
    steps = shown_steps(minute * MINUTE)
    stored = store.monitor_sparks(steps, minute) if view.monitors else {}
    return steps, [stored.get(step, {}) for step in steps]


def spark_of(monitor_id: int, steps: Sequence[MonitorSparks], *, public: bool) -> list[float | None]:
    """steps: what is stored of each step that is shown."""
    found = [step.get(monitor_id) for step in steps]
    return [(one.public if public else one.latency) if one else None for one in found]


class MonitorSparkWatch:
    """What one process knows of the steps that it has stored."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stored = 0

    def look(self, view: View, pings: Mapping[int, Mapping[int, Pinged]], since: int, until: int) -> None:
        """Stores the steps within a time that points were read of, Unix seconds. Raises Throttled or Unavailable."""
        if not pings or until == self._stored:
            return
        visible = public_ids(view)
        sparks = {id_: _spark(id_, pings, visible) for id_ in view.monitors}
        known = {id_: one for id_, one in sparks.items() if one.latency is not None}
        for step in range(-(-since // STEP) * STEP, until - STEP + 1, STEP):
            self._store.write_monitor_sparks(step, known)
        self._stored = until


def _spark(monitor_id: int, pings: Mapping[int, Mapping[int, Pinged]], visible: Collection[int]) -> MonitorSpark:
    delays = {id_: one[monitor_id].latency for id_, one in pings.items() if monitor_id in one}
    reached = {id_: delay for id_, delay in delays.items() if delay is not None}
    return MonitorSpark(_mean([*reached.values()]), _mean([one for id_, one in reached.items() if id_ in visible]))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
