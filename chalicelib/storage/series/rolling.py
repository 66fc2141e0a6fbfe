"""Rolls up one period of some servers, together with their earlier periods for which minutes arrived late.

Late marks are read before minutes, and stored with what is made from these. Every step may be repeated: the next run
writes again whatever a run that was cut off has written. Ten-minutes are written last, because their marks show that a
period is complete.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from chalicelib.fleet.rollup import DAYS, HOURS, NO_FIGURES, PERIOD, TEN_MINUTES, Figures, Tier, halves_of
from chalicelib.storage.calls import Database
from chalicelib.storage.items import Item
from chalicelib.storage.parallel import in_parallel
from chalicelib.storage.series import kinds, late, recent
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.measures import DELAYS, FIGURES, Monitors
from chalicelib.storage.series.tier_items import (
    Marks,
    by_key,
    content_of,
    key_of,
    mark_of,
    period_item,
    put_items,
    server_of,
    write_days,
)

ServerPeriod = tuple[int, int]
"""A server's ID and a period."""


class Half(NamedTuple):
    """One server and period. mark: its late mark. minutes, points: empty if its hours were already stored."""

    server_id: int
    period: int
    mark: int
    hours: Figures
    delay_hours: Monitors
    minutes: Figures
    points: Monitors


class RolledDay(NamedTuple):
    """One server and day, both periods of which are rolled up.

    day: days since 1970. since: when its first hour with figures starts, Unix seconds; the start of the day if there is
    none.
    """

    server_id: int
    day: int
    since: int
    marks: Marks
    figures: Figures
    delays: Monitors


class Made(NamedTuple):
    """What was rolled up for some servers, and is not written yet."""

    halves: Sequence[Half]
    days: Sequence[RolledDay]


def rolled_up(database: Database, server_ids: Sequence[int], period: int, oldest: int, *, again: bool = False) -> Made:
    """Reads minutes and rolls them up. oldest: the first period of which all minutes are kept.

    again: whether minutes of the period itself may have arrived just now without being marked.
    """
    marks = _marks(database, server_ids)
    todo = [*_marked_since(database, marks, range(oldest, period)), *((id_, period) for id_ in server_ids)]
    reads = [partial(_half, database, id_, one, marks.get((id_, one), 0), again) for id_, one in todo]
    halves = in_parallel(reads)
    return Made(halves, _finished(database, halves, period))


def write(database: Database, found: Made) -> None:
    put_items(database, [item for half in found.halves for item in _items(half, HOURS)])
    in_parallel([partial(_write_day, database, day) for day in found.days])
    put_items(database, [item for half in found.halves for item in _items(half, TEN_MINUTES)])


def _marks(database: Database, server_ids: Iterable[int]) -> dict[ServerPeriod, int]:
    """The late marks, by server and period."""
    items = database.batch_get(SeriesItem, [key_of(id_, kinds.LATE) for id_ in server_ids], consistent=False)
    return {(server_of(item), period): mark for item in items for period, mark in late.marks_in(item).items()}


def _marked_since(database: Database, marks: Mapping[ServerPeriod, int], periods: range) -> list[ServerPeriod]:
    """The servers and periods that got minutes after they were rolled up."""
    marked = sorted(one for one in marks if one[1] in periods)
    places = FIGURES.places[TEN_MINUTES], DELAYS.places[TEN_MINUTES]
    items = by_key(
        database.batch_get(SeriesItem, [key_of(id_, place + period) for id_, period in marked for place in places])
    )
    covered = {
        (id_, period): min(mark_of(item) if item else 0 for item in (items.get((id_, at + period)) for at in places))
        for id_, period in marked
    }
    return [one for one in marked if covered[one] < marks[one]]


def _half(database: Database, server_id: int, period: int, mark: int, again: bool) -> Half:
    """Rolls up one period of one server. Late minutes are written before their mark, but only a consistent read is sure
    to find them."""
    start = period * PERIOD
    found = recent.read(database, server_id, start, start + PERIOD - 1, consistent=again or mark > 0)
    minutes, points = FIGURES.minutes(found), DELAYS.minutes(found)
    hours, delay_hours = FIGURES.rolled(minutes, HOURS.step), DELAYS.rolled(points, HOURS.step)
    return Half(server_id, period, mark, hours, delay_hours, minutes, points)


def _finished(database: Database, halves: Sequence[Half], period: int) -> list[RolledDay]:
    """The days of these halves, if both periods of the day are over."""
    known = {(half.server_id, half.period): half for half in halves}
    days = sorted({(half.server_id, half.period // 2) for half in halves if half.period | 1 <= period})
    known |= _stored(database, [(id_, one) for id_, day in days for one in halves_of(day) if (id_, one) not in known])
    return [_day(day, *(known[id_, one] for one in halves_of(day))) for id_, day in days]


def _stored(database: Database, wanted: Sequence[ServerPeriod]) -> dict[ServerPeriod, Half]:
    """The hours that are stored for servers and periods; none where nothing is stored."""
    places = FIGURES.places[HOURS], DELAYS.places[HOURS]
    items = by_key(
        database.batch_get(SeriesItem, [key_of(id_, place + period) for id_, period in wanted for place in places])
    )
    found = {}
    for id_, period in wanted:
        figures, delays = (items.get((id_, place + period)) for place in places)
        mark = min((mark_of(item) for item in (figures, delays) if item), default=0)
        hours = content_of(FIGURES, HOURS, figures) if figures else FIGURES.nothing
        delay_hours = content_of(DELAYS, HOURS, delays) if delays else DELAYS.nothing
        found[id_, period] = Half(id_, period, mark, hours, delay_hours, NO_FIGURES, {})
    return found


def _day(day: int, first: Half, second: Half) -> RolledDay:
    figures = FIGURES.rolled(FIGURES.joined([first.hours, second.hours]), DAYS.step)
    delays = DELAYS.rolled(DELAYS.joined([first.delay_hours, second.delay_hours]), DAYS.step)
    since = next(iter([*first.hours.times, *second.hours.times]), day * DAYS.step)
    return RolledDay(first.server_id, day, since, Marks(first.mark, second.mark), figures, delays)


def _items(half: Half, tier: Tier) -> list[Item]:
    """A half's items in one tier. There are none if nothing was measured, unless they show that a late mark is covered.

    Otherwise there are always both, even if one is empty: readers read minutes from the end of the newest tier on.
    """
    if not (half.hours.times or half.delay_hours or half.mark):
        return []
    figures = half.hours if tier == HOURS else FIGURES.rolled(half.minutes, tier.step)
    delays = half.delay_hours if tier == HOURS else DELAYS.rolled(half.points, tier.step)
    key = half.server_id, half.period
    return [
        period_item(FIGURES, tier, *key, figures, half.mark),
        period_item(DELAYS, tier, *key, delays, half.mark),
    ]


def _write_day(database: Database, day: RolledDay) -> None:
    if day.figures.times or day.delays or any(day.marks):
        write_days(database, FIGURES, day.server_id, {day.day: (day.marks, day.figures)})
        write_days(database, DELAYS, day.server_id, {day.day: (day.marks, day.delays)})
