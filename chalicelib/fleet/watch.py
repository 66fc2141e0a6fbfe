"""The watch: once a minute it looks at the states of all servers.

It stores the steps of the sparklines that have ended, counts the minutes of today's availability, and notes the
counters of traffic at the beginning of each hour. A run that comes twice in a minute changes nothing more, and one that
comes late counts the missed minutes for servers that still report.
"""

from collections.abc import Mapping

from chalicelib.fleet.availability import MINUTE, Sighting, day_of, watched
from chalicelib.fleet.spark_samples import Samples
from chalicelib.fleet.states import States
from chalicelib.fleet.store import Store, View
from chalicelib.fleet.traffic import HOUR, counters_of


class Watch:
    """What one process knows of the states that it has seen."""

    def __init__(self, store: Store, report_interval: int) -> None:
        """report_interval: seconds between two reports, as agents are told unless a setting says otherwise."""
        self._store = store
        self._report_interval = report_interval
        self._samples = Samples()
        self._counted = 0
        self._noted = 0

    def look(self, view: View, states: States, now: float) -> None:
        """Looks at what was just read. Raises Throttled or Unavailable if the database refuses or does not answer."""
        ids = [id_ for id_ in view.fleet.by_id if id_ in states]
        interval = view.settings.report_interval or self._report_interval
        try:
            if int(now) // MINUTE != self._counted:
                self._count_minutes(self._sightings(states, ids, interval), now)
        finally:
            self._store_sparks(states, ids, now)
        if int(now) // HOUR != self._noted:
            self._note_counters(states, ids, int(now) // HOUR)

    def _note_counters(self, states: States, ids: list[int], hour: int) -> None:
        """Traffic since the last rollup is what they have grown by."""
        self._store.traffic.note(hour, counters_of(states, ids))
        self._noted = hour

    def _sightings(self, states: States, ids: list[int], usual: float) -> Mapping[int, Sighting]:
        seen = zip(ids, states.last_active(ids), states.intervals(ids, usual), strict=True)
        # A state that came while somebody watches says a short interval; the one before it may be as old as usual.
        return {id_: Sighting(int(last_active), max(interval, usual)) for id_, last_active, interval in seen}

    def _count_minutes(self, sightings: Mapping[int, Sighting], now: float) -> None:
        today = day_of(now)
        days = self._store.availability(range(today - 1, today + 1))
        for day, counted in watched(days, sightings, now).items():
            self._store.write_availability(day, counted, days.get(day))
        self._counted = int(now) // MINUTE

    def _store_sparks(self, states: States, ids: list[int], now: float) -> None:
        self._samples.add(states, ids)
        for step, sparks in self._samples.finished(now).items():
            self._store.write_sparks(step, sparks)
            self._samples.stored(step)
