"""Reads a range in steps: tiers as far as they go, and minutes for the rest.

Tiers and the newest minutes are read at the same time. Minutes are read from where the rollup is expected to be,
together with the late marks. Only if the rollup is behind, or if minutes came late, more minutes are read after that:
from the end of the newest tier on, and for each period whose mark is higher than its tier's. So no time is left out,
and none is counted twice, wherever the rollup is.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import chain
from typing import Generic

from chalicelib.fleet import rollup
from chalicelib.fleet.rollup import DAY, DAYS, HOURS, PERIOD, Tier, halves_of
from chalicelib.storage.calls import Database
from chalicelib.storage.items import Item
from chalicelib.storage.parallel import beside, in_parallel
from chalicelib.storage.series import recent
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.kinds import KIND
from chalicelib.storage.series.measures import Measure, Measured
from chalicelib.storage.series.tier_items import Marks, content_of, days_of, mark_of, month_of, place_of


def read(database: Database, measure: Measure[Measured], server_id: int, since: int, now: int, tier: Tier) -> Measured:
    """Every step from `since` to now, both Unix seconds. since: a multiple of the tier's step."""
    expected = rollup.last_finished(now) + 1
    kept = [partial(_query, database, server_id, place) for place in _places(measure, since, expected, tier)]
    tiers, newest = beside(kept, partial(recent.read, database, server_id, expected * PERIOD))
    first = max(since // PERIOD, rollup.due(None, now)[0])
    stored = Stored(
        measure, tier, chain.from_iterable(tiers), {one: mark for one, mark in newest.marks.items() if one >= first}
    )
    behind = max(first, stored.end)
    spans = _spans([*stored.outdated(first), *range(behind, expected)])
    more = in_parallel([partial(recent.read, database, server_id, start, end - 1) for start, end in spans])
    minutes = {start: measure.minutes(one) for (start, _), one in zip(spans, more, strict=True)}
    start = max(behind, expected) * PERIOD
    minutes[start] = measure.within(measure.minutes(newest), start, now)
    return measure.within(_together(measure, tier, stored, minutes), since, now)


class Stored(Generic[Measured]):
    """What tiers contain, and which of it is still valid. marks: late marks of periods whose minutes are kept."""

    def __init__(self, measure: Measure[Measured], tier: Tier, items: Iterable[Item], marks: Mapping[int, int]) -> None:
        self._marks = marks
        self._halves: dict[int, tuple[int, Measured]] = {}
        self._days: dict[int, tuple[Marks, Measured]] = {}
        for item in items:
            if tier == DAYS and place_of(item) >= measure.places[DAYS]:
                self._days |= days_of(measure, item)
            else:
                kept = HOURS if tier == DAYS else tier
                period = place_of(item) - measure.places[kept]
                self._halves[period] = mark_of(item), content_of(measure, kept, item)

    @property
    def end(self) -> int:
        """The period after the newest one that is stored; 0 if nothing is."""
        return max(chain(self._halves, (2 * day + 1 for day in self._days)), default=-1) + 1

    def days(self) -> dict[int, Measured]:
        """The valid days, by days since 1970."""
        return {
            day: content
            for day, (marks, content) in self._days.items()
            if all(map(self._is_covered, halves_of(day), marks))
        }

    def halves(self) -> dict[int, Measured]:
        """The valid halves of days that are not in `days`, by period."""
        days = self.days()
        return {
            period: content
            for period, (mark, content) in self._halves.items()
            if self._is_covered(period, mark) and period // 2 not in days
        }

    def outdated(self, first: int) -> set[int]:
        """The periods from `first` up to `end` that are stored, or should be, but have no valid content here."""
        stored = {*self._marks, *self._halves, *chain.from_iterable(map(halves_of, self._days))}
        taken = {*self.halves(), *chain.from_iterable(map(halves_of, self.days()))}
        return {one for one in stored - taken if first <= one < self.end}

    def _is_covered(self, period: int, mark: int) -> bool:
        return mark >= self._marks.get(period, 0)


def _places(measure: Measure[Measured], since: int, expected: int, tier: Tier) -> list[int]:
    """The sort keys from which on tiers are read."""
    if tier != DAYS:
        return [measure.places[tier] + since // PERIOD]
    # Yesterday is the last day that may be stored; what follows is made from hours.
    return [measure.places[DAYS] + month_of(since // DAY), measure.places[HOURS] + 2 * (expected // 2 - 1)]


def _query(database: Database, server_id: int, first: int) -> list[Item]:
    """The items of one kind. first: sort key."""
    last = first - first % KIND + KIND - 1
    within = (SeriesItem.series == server_id) & SeriesItem.place.between(first, last)
    return list(database.query(SeriesItem, within, consistent=False))


def _spans(periods: Iterable[int]) -> list[tuple[int, int]]:
    """When runs of periods start and end, Unix seconds."""
    spans: list[tuple[int, int]] = []
    for period in sorted(periods):
        start, end = period * PERIOD, (period + 1) * PERIOD
        if spans and spans[-1][1] == start:
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def _together(
    measure: Measure[Measured], tier: Tier, stored: Stored[Measured], minutes: Mapping[int, Measured]
) -> Measured:
    """All parts as one. minutes: by when they start, Unix seconds. Days are made from hours, as in the rollup."""
    step = HOURS.step if tier == DAYS else tier.step
    parts = {start: measure.rolled(one, step) for start, one in minutes.items()}
    parts |= {period * PERIOD: content for period, content in stored.halves().items()}
    parts |= {day * DAY: content for day, content in stored.days().items()}
    joined = measure.joined(parts[start] for start in sorted(parts))
    return measure.rolled(joined, tier.step) if tier == DAYS else joined
