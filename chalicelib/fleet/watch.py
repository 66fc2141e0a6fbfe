"""The watch: once a minute it looks at the states of all servers.

It stores the steps of the sparklines that have ended, and counts the minutes of today's availability. It notes the
traffic counters at the beginning of each hour and when they restart, counts the traffic in plans' cycles, and counts
the servers that guests may see. A second run in the same minute changes nothing, and a late run counts the missed
minutes for servers that still report.
"""

from collections.abc import Collection, Mapping

from chalicelib.fleet import pace
from chalicelib.fleet.availability import MINUTE, Sighting, day_of, watched
from chalicelib.fleet.cycle_totals import CycleCounter
from chalicelib.fleet.public_counts import is_to_store, public_counts
from chalicelib.fleet.spark_samples import Samples
from chalicelib.fleet.states import StatesByServer
from chalicelib.fleet.store import Store, View
from chalicelib.fleet.traffic import CycleTraffic, Moved, TrafficNow, hour_of


class Watch:
    """Remembers what one process has seen of the states."""

    def __init__(self, store: Store, report_interval: int, traffic: CycleTraffic | None = None) -> None:
        """report_interval: seconds that agents are told to wait between two reports, unless a setting changes it.

        traffic: the traffic that this process has read already.
        """
        self._store = store
        self._traffic = traffic or CycleTraffic(store.traffic)
        self._cycles = CycleCounter()
        self._counters: Mapping[int, Moved] = {}
        self._report_interval = report_interval
        self._samples = Samples()
        self._counted = 0
        self._noted = 0

    def look(self, view: View, states: StatesByServer, now: float) -> None:
        """Looks at what was just read. Raises Throttled or Unavailable if the database refuses or does not answer."""
        ids = [id_ for id_ in view.fleet.by_id if id_ in states]
        slow = pace.is_slow(view.slow_until, now)
        interval = pace.interval(view.settings, self._report_interval, live=False, slow=slow)
        try:
            if int(now) // MINUTE != self._counted:
                self._count_minutes(self._sightings(states, ids, interval), now)
        finally:
            self._store_sparks(states, ids, now)
        self._count_traffic(view, self._traffic.at(states, ids, int(now)))
        counts = public_counts(view, states, ids, now, self._report_interval)
        if is_to_store(counts, view.public_counts, now):
            self._store.keep_public_counts(counts)

    def _count_traffic(self, view: View, traffic: TrafficNow) -> None:
        counters, zone = traffic.counters, view.settings.time_zone
        hour = hour_of(traffic.now, zone)
        restarted = {id_: before for id_, before in self._counters.items() if _is_below(counters.get(id_), before)}
        if restarted:
            self._store.traffic.note(_minute_before(traffic.now, hour), restarted, zone)
        if hour != self._noted:
            self._store.traffic.note(hour // MINUTE, counters, zone)
            self._noted = hour
        self._counters = counters
        self._count_cycles(view, traffic, restarted)

    def _count_cycles(self, view: View, traffic: TrafficNow, restarted: Collection[int]) -> None:
        if counted := self._cycles.due(view.fleet.by_id, traffic, view.settings.time_zone, restarted):
            self._store.traffic.write_counted(counted)
        self._cycles.stored()

    def _sightings(self, states: StatesByServer, ids: list[int], usual: float) -> Mapping[int, Sighting]:
        seen = zip(ids, states.last_active(ids), states.intervals(ids, usual), strict=True)
        # A state that was sent while somebody watched has a short interval, but may come after a usual one.
        return {id_: Sighting(int(last_active), max(interval, usual)) for id_, last_active, interval in seen}

    def _count_minutes(self, sightings: Mapping[int, Sighting], now: float) -> None:
        today = day_of(now)
        days = self._store.availability(range(today - 1, today + 1))
        for day, counted in watched(days, sightings, now).items():
            self._store.write_availability(day, counted, days.get(day))
        self._counted = int(now) // MINUTE

    def _store_sparks(self, states: StatesByServer, ids: list[int], now: float) -> None:
        self._samples.add(states, ids)
        for step, sparks in self._samples.finished(now).items():
            self._store.write_sparks(step, sparks)
            self._samples.stored(step)


def _is_below(counters: Moved | None, before: Moved) -> bool:
    return counters is not None and (counters[0] < before[0] or counters[1] < before[1])


def _minute_before(now: int, hour: int) -> int:
    """The minute for noting the counters from before a restart: never the first one of the hour, which has its note."""
    minute = now // MINUTE
    return minute if minute != hour // MINUTE else minute - 1
