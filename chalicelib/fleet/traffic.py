"""Traffic of a cycle: the bytes that each server moved since it began.

Rollups count them hour by hour, exactly. What was moved since the last rollup comes from the counters of states: the
watch notes them at the beginning of each hour. The next rollup corrects it.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.rollup import PERIOD, last_finished
from chalicelib.fleet.states import States

HOUR = 3600

Moved = tuple[int, int]
"""Bytes in and out."""

NOTHING: Moved = (0, 0)


class PeriodTraffic(NamedTuple):
    """One server in one period. total: what it moved up to the period's end, since anything was counted. hours: what it
    moved in each hour of the period."""

    total: Moved
    hours: Sequence[Moved]

    def before(self, start: int) -> Moved:
        """What it had moved up to this second, the first one of an hour of the period."""
        later = self.hours[start % PERIOD // HOUR :]
        return self.total[0] - sum(one for one, _ in later), self.total[1] - sum(other for _, other in later)


class PeriodTotals(NamedTuple):
    """One period. since: when counting began, Unix seconds. servers: by ID."""

    since: int
    servers: Mapping[int, PeriodTraffic]


class TrafficStore(Protocol):
    def newest(self) -> int | None:
        """The newest period that is rolled up; None if none is."""

    def totals(self, period: int) -> PeriodTotals | None:
        """None if the period is not rolled up, or was forgotten."""

    def noted(self, hours: range) -> Mapping[int, Mapping[int, Moved]]:
        """What counters said at the beginning of hours since 1970, by hour and server, as far as they were noted."""

    def note(self, hour: int, counters: Mapping[int, Moved]) -> None:
        """Keeps what is noted already."""


def counters_of(states: States, ids: Sequence[int]) -> dict[int, Moved]:
    """What the counters of these servers' states say."""
    texts, width = states.figures(ids), 1 + len(V0_NAMES)
    received, sent = (1 + V0_NAMES.index(name) for name in ("NetInTransfer", "NetOutTransfer"))
    return {
        id_: (int(texts[place * width + received]), int(texts[place * width + sent])) for place, id_ in enumerate(ids)
    }


class CycleTraffic:
    """What one process has read of it. Late minutes change the past at a rollup only, so it is read again then."""

    def __init__(self, store: TrafficStore) -> None:
        self._store = store
        self._newest: int | None = None
        self._totals: dict[int, PeriodTotals | None] = {}
        self._noted: dict[int, Mapping[int, Moved]] = {}

    def at(self, states: States, ids: Sequence[int], now: int) -> "TrafficNow":
        """states: those of the servers `ids`, as of now."""
        return TrafficNow(self, states, ids, now)

    def newest(self, now: int) -> int | None:
        if self._newest is None or self._newest < last_finished(now):
            newest = self._store.newest()
            if newest != self._newest:
                self._newest = newest
                self._totals.clear()
        return self._newest

    def totals(self, period: int) -> PeriodTotals | None:
        if period not in self._totals:
            self._totals[period] = self._store.totals(period)
        return self._totals[period]

    def noted(self, hours: range) -> list[Mapping[int, Moved]]:
        """In the order of time."""
        self._noted = {hour: one for hour, one in self._noted.items() if hour in hours}
        if missing := [hour for hour in hours if hour not in self._noted]:
            found = self._store.noted(range(missing[0], missing[-1] + 1))
            # Of an hour that is over, nothing will be noted any more.
            self._noted |= {hour: found.get(hour, {}) for hour in missing if hour in found or hour < hours[-1]}
        return [self._noted[hour] for hour in hours if hour in self._noted]


class TrafficNow:
    """Implements `alerts.glance.Traffic`. Reads only when it is asked."""

    def __init__(self, known: CycleTraffic, states: States, ids: Sequence[int], now: int) -> None:
        self._known = known
        self._states = states
        self._ids = ids
        self._now = now
        self._counters: Mapping[int, Moved] | None = None

    def moved(self, server_id: int, start: int) -> Moved | None:
        """start: the beginning of an hour, Unix seconds."""
        newest = self._known.newest(self._now)
        rolled_up = start if newest is None else (newest + 1) * PERIOD
        counted = NOTHING if newest is None or start >= rolled_up else self._counted(server_id, start, newest)
        since = self._since(server_id, max(start, rolled_up))
        if counted is None or since is None:
            return None
        return counted[0] + since[0], counted[1] + since[1]

    def _counted(self, server_id: int, start: int, newest: int) -> Moved | None:
        """From then up to the newest rollup. Nothing is known of what happened before anything was counted."""
        totals = self._known.totals(newest)
        if totals is None:
            return None
        if server_id not in totals.servers:
            return NOTHING
        total = totals.servers[server_id].total
        if start <= totals.since:
            return total
        first = self._known.totals(start // PERIOD)
        before = first.servers[server_id].before(start) if first and server_id in first.servers else NOTHING
        return total[0] - before[0], total[1] - before[1]

    def _since(self, server_id: int, start: int) -> Moved | None:
        """By the counters, which begin anew when a server boots."""
        if self._counters is None:
            self._counters = counters_of(self._states, self._ids)
        noted = self._known.noted(range(start // HOUR, self._now // HOUR + 1))
        steps = [one[server_id] for one in (*noted, self._counters) if server_id in one]
        if not steps:
            return None
        moved = [(_grown(old[0], new[0]), _grown(old[1], new[1])) for old, new in pairwise(steps)]
        return sum(one for one, _ in moved), sum(other for _, other in moved)


def _grown(old: int, new: int) -> int:
    return new - old if new >= old else new
