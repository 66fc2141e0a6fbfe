"""Traffic of a cycle: the bytes that each server moved since it began.

Rollups count them hour by hour, exactly. Traffic since the last rollup comes from the counters of states: the watch
notes them at the beginning of each hour, and when they restart. The next rollup corrects it. What an original dashboard
had counted is carried over by an import.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol

from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.rollup import PERIOD, last_finished
from chalicelib.fleet.states import StatesByServer
from chalicelib.fleet.wall_clock import hour_start

if TYPE_CHECKING:
    from chalicelib.fleet.cycle_totals import CycleCount

MINUTE = 60
HOUR = 3600
NOTED_MINUTES = 2 * 24 * 60
"""For how long notes are needed, at least: until a rollup, which may be late."""

Moved = tuple[int, int]
"""Bytes in and out."""

NOTHING: Moved = (0, 0)


WHOLE_HOURS = tuple(range(0, PERIOD, HOUR))
"""When the hours of a period begin, seconds after its start, in most time zones."""


class PeriodTraffic(NamedTuple):
    """One server in one period. total: what it moved from when counting began to the period's end. hours: what it moved
    in each hour of the period. begins: when these hours begin, seconds after the period's start."""

    total: Moved
    hours: Sequence[Moved]
    begins: Sequence[int] = WHOLE_HOURS

    def before(self, start: int) -> Moved:
        """What it had moved when the hour began that contains this second."""
        received, sent = sum_of(self.hours[bisect_right(self.begins, start % PERIOD) - 1 :])
        return self.total[0] - received, self.total[1] - sent


class PeriodTotals(NamedTuple):
    """One period. since: when counting began, Unix seconds. servers: by ID."""

    since: int
    servers: Mapping[int, PeriodTraffic]


class Reached(NamedTuple):
    """The newest period that is rolled up, and the newest one that was carried over by an import; None if none is."""

    rolled_up: int | None = None
    carried: int | None = None


def hour_of(now: int, zone: str) -> int:
    """The start of the current hour as clocks in the zone show it; of the current period if that began later."""
    return max(hour_start(now, zone), now - now % PERIOD)


@lru_cache(maxsize=32)
def hours_of(period: int, zone: str) -> tuple[int, ...]:
    """When the hours of a period begin, seconds after its start.

    These are hours as clocks in the zone show them, because cycles begin at such hours. If they are not whole hours of
    UTC, a period begins and ends within an hour, and counts only its part of it.
    """
    start = at = period * PERIOD
    found = [0]
    while (at := hour_start(at + HOUR, zone)) < start + PERIOD:
        found.append(at - start)
    return tuple(found)


class TrafficStore(Protocol):
    def reached(self) -> Reached: ...

    def totals(self, period: int, *, at_once: bool = False) -> PeriodTotals | None:
        """A period's traffic; None if the period is not rolled up, was forgotten, or had no servers.

        May be slightly out of date unless `at_once`.
        """

    def carried(self, period: int) -> PeriodTotals | None:
        """The same for traffic that was carried over by an import."""

    def noted(self, minutes: range) -> Mapping[int, Mapping[int, Moved]]:
        """The counters that were noted in these minutes, by minute (since 1970) and server ID."""

    def note(self, minute: int, counters: Mapping[int, Moved], zone: str = "UTC") -> None:
        """Notes counters of servers in a minute; those that are already noted stay. zone: the time zone that defines
        the hours, for the rollup as well."""

    def counted(self) -> Mapping[int, CycleCount]:
        """The traffic of servers with plans in their cycles as it was last counted, by ID."""

    def write_counted(self, counted: Mapping[int, CycleCount]) -> None:
        """Replaces the stored counts of whole slices of servers, unless those are newer."""


def counters_of(states: StatesByServer, ids: Sequence[int]) -> dict[int, Moved]:
    """The traffic counters in these servers' states, by ID."""
    texts, width = states.figures(ids), 1 + len(V0_NAMES)
    received, sent = (1 + V0_NAMES.index(name) for name in ("NetInTransfer", "NetOutTransfer"))
    return {
        id_: (int(texts[place * width + received]), int(texts[place * width + sent])) for place, id_ in enumerate(ids)
    }


class CycleTraffic:
    """The traffic that one process has read. It is read again after rollups: late minutes change the past only then."""

    def __init__(self, store: TrafficStore) -> None:
        self._store = store
        self._reached = Reached()
        self._totals: dict[int, PeriodTotals | None] = {}
        self._carried: dict[int, PeriodTotals | None] = {}
        self._noted: dict[int, Mapping[int, Moved]] = {}
        self._noted_from: int | None = None

    def at(self, states: StatesByServer, ids: Sequence[int], now: int) -> TrafficNow:
        """states: those of the servers `ids`, as of now."""
        return TrafficNow(self, states, ids, now)

    def reached(self, now: int) -> Reached:
        rolled_up = self._reached.rolled_up
        if rolled_up is None or rolled_up < last_finished(now):
            reached = self._store.reached()
            if reached != self._reached:
                self._reached = reached
                self._totals.clear()
                self._carried.clear()
        return self._reached

    def totals(self, period: int) -> PeriodTotals | None:
        if period not in self._totals:
            # The newest one was written a moment ago, and an outdated answer would be kept until the next rollup.
            self._totals[period] = self._store.totals(period, at_once=period == self._reached.rolled_up)
        return self._totals[period]

    def carried(self, period: int) -> PeriodTotals | None:
        if period not in self._carried:
            self._carried[period] = self._store.carried(period)
        return self._carried[period]

    def noted(self, start: int, now: int) -> list[Mapping[int, Moved]]:
        """The counters that were noted from `start` to `now`, Unix seconds, in the order of time."""
        first = start // MINUTE
        if self._noted_from is None or first < self._noted_from:
            self._noted, self._noted_from = {}, first
        self._noted = {minute: one for minute, one in self._noted.items() if minute >= now // MINUTE - NOTED_MINUTES}
        unread = max(self._noted, default=self._noted_from - 1) + 1
        if unread <= now // MINUTE:
            self._noted |= self._store.noted(range(unread, now // MINUTE + 1))
        return [self._noted[minute] for minute in sorted(self._noted) if minute >= first]


class TrafficNow:
    """Implements `alerts.glance.Traffic`. It reads only when asked, and reads noted counters only once."""

    def __init__(self, known: CycleTraffic, states: StatesByServer, ids: Sequence[int], now: int) -> None:
        self._known = known
        self._states = states
        self._ids = ids
        self.now = now
        self._noted: dict[int, Sequence[Mapping[int, Moved]]] = {}

    @cached_property
    def reached(self) -> Reached:
        return self._known.reached(self.now)

    @cached_property
    def counters(self) -> Mapping[int, Moved]:
        """The counters of every server with a state."""
        return counters_of(self._states, self._ids)

    def moved(self, server_id: int, start: int) -> Moved | None:
        """Bytes since `start`, Unix seconds, the beginning of an hour in the site's time zone. None if unknown."""
        newest, carried_to = self.reached
        rolled_up = start if newest is None else (newest + 1) * PERIOD
        counted = NOTHING if newest is None else _counted(self._known.totals, server_id, start, newest)
        carried = NOTHING if carried_to is None else _counted(self._known.carried, server_id, start, carried_to)
        since = self._since(server_id, max(start, rolled_up))
        if since is None and carried == NOTHING:
            return None
        return sum_of((counted, carried, since or NOTHING))

    def _since(self, server_id: int, start: int) -> Moved | None:
        """Bytes since `start` by the counters, which restart when a server boots. None if unknown."""
        if start not in self._noted:
            self._noted[start] = self._known.noted(start, self.now)
        steps = [one[server_id] for one in (*self._noted[start], self.counters) if server_id in one]
        if not steps:
            return None
        return sum_of([grown(old, new) for old, new in pairwise(steps)])


def _counted(totals_of: Callable[[int], PeriodTotals | None], server_id: int, start: int, newest: int) -> Moved:
    """Bytes from `start` up to the end of the newest period. A server that did not exist then moved nothing."""
    if start >= (newest + 1) * PERIOD:
        return NOTHING
    totals = totals_of(newest)
    if totals is None or server_id not in totals.servers:
        return NOTHING
    total = totals.servers[server_id].total
    if start <= totals.since:
        return total
    first = totals_of(start // PERIOD)
    before = first.servers[server_id].before(start) if first and server_id in first.servers else NOTHING
    return total[0] - before[0], total[1] - before[1]


def sum_of(parts: Sequence[Moved]) -> Moved:
    return sum(received for received, _ in parts), sum(sent for _, sent in parts)


def grown(old: Moved, new: Moved) -> Moved:
    """By how much both counters have grown. One that is lower than before has restarted."""
    return _grown(old[0], new[0]), _grown(old[1], new[1])


def _grown(old: int, new: int) -> int:
    return new - old if new >= old else new
