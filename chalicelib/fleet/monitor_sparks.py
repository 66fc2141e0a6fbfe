"""Sparklines of monitors: their latency in the last hour, in steps of five minutes, or in up to 30 days, in longer
steps.

They are made from points that rules on pings read anyway, so they exist only if there are such rules or monitors are
public. Each longer step is made from the shorter ones within it, once it is over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.fleet.access import public_ids
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.pings import MINUTE
from chalicelib.fleet.sparks import STEP, STEPS

if TYPE_CHECKING:
    from chalicelib.fleet.alerts.glance import Pinged
    from chalicelib.fleet.store import Store, View

SETTLE_SECONDS = 300
"""How long after its end a step is shown: by then its points have arrived, and the watch has seen them."""


HOUR = 3600


class Curve(NamedTuple):
    """step: seconds between two values. steps: how many there are."""

    step: int
    steps: int


CURVES = {"1h": Curve(STEP, STEPS), "24h": Curve(HOUR, 24), "7d": Curve(3 * HOUR, 56), "30d": Curve(12 * HOUR, 60)}
"""The ranges that can be requested. Each step is a multiple of the one before it."""

USUAL = "1h"


class MonitorSpark(NamedTuple):
    """One step of one monitor: ms, the mean over all servers that reached it, and over those of them that guests see.

    None where there are none.
    """

    latency: float | None
    public: float | None


MonitorSparks = Mapping[int, MonitorSpark]
"""One step, by monitor ID."""


def curve_of(name: str) -> Curve:
    """name: one of CURVES, "" for USUAL. Raises InvalidInput."""
    if (name or USUAL) not in CURVES:
        raise InvalidInput(f'"range" must be one of {", ".join(CURVES)}.', error="not_a_choice", field="range")
    return CURVES[name or USUAL]


def shown_steps(now: float, curve: Curve = CURVES[USUAL]) -> range:
    """The starts of the steps that are over, Unix seconds."""
    end = (int(now) - SETTLE_SECONDS) // curve.step * curve.step
    return range(end - curve.steps * curve.step, end, curve.step)


def recent_sparks(
    store: Store, view: View, now: float, curve: Curve = CURVES[USUAL]
) -> tuple[range, Sequence[MonitorSparks]]:
    """The steps of a curve, and what is stored for each. Read once a minute, and only if there are monitors."""
    minute = int(now) // MINUTE
    steps = shown_steps(minute * MINUTE, curve)
    stored = store.monitor_sparks(steps, minute) if view.monitors else {}
    return steps, [stored.get(step, {}) for step in steps]


def spark_of(monitor_id: int, steps: Sequence[MonitorSparks], *, public: bool) -> list[float | None]:
    """A monitor's latency in each step, ms, None where there is none. steps: what is stored for each shown step."""
    found = [step.get(monitor_id) for step in steps]
    return [(one.public if public else one.latency) if one else None for one in found]


class MonitorSparkWatch:
    """Stores the steps, and remembers which ones this process has stored."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stored = 0
        self._joined: dict[int, int] = {}
        """Up to when longer steps have been made, Unix seconds, by their length in seconds."""

    def look(self, view: View, pings: Mapping[int, Mapping[int, Pinged]], since: int, until: int) -> None:
        """Stores the steps from `since` to `until`, the time that `pings` were read for, Unix seconds.

        Raises Throttled or Unavailable.
        """
        if not pings or until == self._stored:
            return
        visible = public_ids(view)
        sparks = {id_: _spark(id_, pings, visible) for id_ in view.monitors}
        known = {id_: one for id_, one in sparks.items() if one.latency is not None}
        for step in range(-(-since // STEP) * STEP, until - STEP + 1, STEP):
            self._store.write_monitor_sparks(step, known, STEP)
        self._join(until)
        self._stored = until

    def _join(self, until: int) -> None:
        """Makes the newest step of each longer length that was over at `until`."""
        for shorter, longer in pairwise(curve.step for curve in CURVES.values()):
            end = until // longer * longer
            if self._joined.get(longer) == end:
                continue
            parts = self._store.monitor_sparks(range(end - longer, end, shorter), until)
            if parts:
                self._store.write_monitor_sparks(end - longer, _mean_of([*parts.values()]), longer)
            self._joined[longer] = end


def _spark(monitor_id: int, pings: Mapping[int, Mapping[int, Pinged]], visible: Collection[int]) -> MonitorSpark:
    delays = {id_: one[monitor_id].latency for id_, one in pings.items() if monitor_id in one}
    reached = {id_: delay for id_, delay in delays.items() if delay is not None}
    return MonitorSpark(_mean([*reached.values()]), _mean([one for id_, one in reached.items() if id_ in visible]))


def _mean_of(parts: Sequence[MonitorSparks]) -> MonitorSparks:
    found: dict[int, list[MonitorSpark]] = {}
    for part in parts:
        for id_, one in part.items():
            found.setdefault(id_, []).append(one)
    return {
        id_: MonitorSpark(
            *(_mean([value for value in values if value is not None]) for values in zip(*all_, strict=True))
        )
        for id_, all_ in found.items()
    }


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
