"""Writes history for times in the past: from an import, or for simulated servers."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from chalicelib.fleet.history import Recorded
from chalicelib.fleet.rollup import DAY, DAYS, HOURS, NO_DELAYS, PERIOD, TEN_MINUTES, Figures, Tier, completed
from chalicelib.storage.calls import Database
from chalicelib.storage.items import Item
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.kinds import KIND
from chalicelib.storage.series.measures import DELAYS, FIGURES, Measure, Measured, Monitors
from chalicelib.storage.series.tier_items import (
    Marks,
    content_of,
    days_of,
    key_of,
    mark_of,
    month_of,
    period_item,
    place_of,
    put_items,
    write_days,
)
from chalicelib.storage.series.writing import by_item, new_item


class Backfill:
    """History that does not come from reports: from an import, or for simulated servers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def delay_hours(self, server_id: int) -> dict[int, set[int]]:
        """The starts of the hours in which a server has delays, Unix seconds, by monitor ID."""
        place = DELAYS.places[HOURS]
        within = (SeriesItem.series == server_id) & SeriesItem.place.between(place, place + KIND - 1)
        found: dict[int, set[int]] = {}
        for item in self._database.query(SeriesItem, within):
            for id_, delays in content_of(DELAYS, HOURS, item).items():
                found.setdefault(id_, set()).update(delays.times)
        return found

    def add_delays(self, server_id: int, monitors: Monitors, now: float) -> None:
        """Adds ten-minutes, and the hours and days that follow from them, to what is stored.

        Values that are too old for a tier are not added to it.
        """
        for tier in (TEN_MINUTES, HOURS):
            _add_periods(self._database, server_id, tier, _kept(monitors, tier, now))
        _add_days(self._database, server_id, _kept(DELAYS.rolled(monitors, HOURS.step), DAYS, now))

    def put_minutes(self, server_id: int, recorded: Recorded) -> None:
        """Replaces the stored minutes and points."""
        put_items(self._database, [new_item(key, one) for key, one in by_item({server_id: recorded}).items()])

    def put_tier(self, tier: Tier, server_id: int, figures: Figures, monitors: Monitors) -> None:
        """Replaces what is stored in one tier. The values must begin and end with whole periods, or days."""
        if tier == DAYS:
            days = [at // DAY for at in figures.times]
            _put_days(self._database, FIGURES, server_id, figures, days)
            _put_days(self._database, DELAYS, server_id, monitors, days)
            return
        items = []
        for period in sorted({at // PERIOD for at in figures.times}):
            since, until = period * PERIOD, (period + 1) * PERIOD - 1
            of_figures, of_delays = FIGURES.within(figures, since, until), DELAYS.within(monitors, since, until)
            items.append(period_item(FIGURES, tier, server_id, period, of_figures, 0))
            items.append(period_item(DELAYS, tier, server_id, period, of_delays, 0))
        put_items(self._database, items)


def _put_days(
    database: Database, measure: Measure[Measured], server_id: int, content: Measured, days: Sequence[int]
) -> None:
    rows = {day: (Marks(0, 0), measure.within(content, day * DAY, day * DAY)) for day in days}
    write_days(database, measure, server_id, rows)


def _kept(monitors: Monitors, tier: Tier, now: float) -> Monitors:
    return DELAYS.within(DELAYS.rolled(monitors, tier.step), int(now) - tier.kept, int(now))


def _add_periods(database: Database, server_id: int, tier: Tier, monitors: Monitors) -> None:
    periods = sorted({at // PERIOD for delays in monitors.values() for at in delays.times})
    place = DELAYS.places[tier]
    stored = _stored(database, server_id, (place + period for period in periods))
    items = []
    for period in periods:
        old = stored.get(place + period)
        new = DELAYS.within(monitors, period * PERIOD, (period + 1) * PERIOD - 1)
        content = _together(content_of(DELAYS, tier, old), new) if old else new
        items.append(period_item(DELAYS, tier, server_id, period, content, mark_of(old) if old else 0))
    put_items(database, items)


def _add_days(database: Database, server_id: int, monitors: Monitors) -> None:
    days = sorted({at // DAY for delays in monitors.values() for at in delays.times})
    place = DELAYS.places[DAYS]
    items = _stored(database, server_id, (place + month for month, _ in groupby(days, key=month_of)))
    stored = {day: row for item in items.values() for day, row in days_of(DELAYS, item).items()}
    rows = {}
    for day in days:
        marks, old = stored.get(day, (Marks(0, 0), DELAYS.nothing))
        rows[day] = marks, _together(old, DELAYS.within(monitors, day * DAY, day * DAY))
    write_days(database, DELAYS, server_id, rows)


def _stored(database: Database, server_id: int, places: Iterable[int]) -> dict[int, Item]:
    """The stored items, by sort key."""
    items = database.batch_get(SeriesItem, [key_of(server_id, place) for place in places])
    return {place_of(item): item for item in items}


def _together(old: Monitors, new: Monitors) -> Monitors:
    ids = sorted({*old, *new})
    return {id_: completed(old.get(id_, NO_DELAYS), new.get(id_, NO_DELAYS)) for id_ in ids}
