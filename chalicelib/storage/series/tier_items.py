"""Items of tiers: one for each server and period of ten-minutes or hours, one for each server and month of days.

    v         ten-minutes or hours: columns, deflated
    n         the late mark of the period when its minutes were read
    1 … 31    a day: the marks of its two periods, and columns of one step, as packed text

Figures and delays have separate items. See columns.py for the columns.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from typing import NamedTuple

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from chalicelib.fleet.rollup import DAY, DAYS, PERIOD, Tier
from chalicelib.storage.calls import BATCH_WRITE_ITEMS, Database
from chalicelib.storage.items import Item, binary, number
from chalicelib.storage.packing import pack, unpack
from chalicelib.storage.parallel import in_parallel
from chalicelib.storage.series.columns import deflated, inflated
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.measures import Measure, Measured

TTL_MARGIN = DAY
"""For how many seconds an item is kept longer than its tier requires, so that items never expire in the middle of a
range."""

_EPOCH = date(1970, 1, 1).toordinal()


class Marks(NamedTuple):
    """The late marks of a day's two periods as they were when the minutes were read."""

    first: int
    second: int


def period_item(
    measure: Measure[Measured], tier: Tier, server_id: int, period: int, content: Measured, mark: int
) -> Item:
    start = period * PERIOD
    return {
        **key_of(server_id, measure.places[tier] + period),
        "v": {"B": deflated(measure.parts(content, start, tier.step))},
        "n": number(mark),
        "ttl": number(start + PERIOD + tier.kept + TTL_MARGIN),
    }


def content_of(measure: Measure[Measured], tier: Tier, item: Item) -> Measured:
    start = (place_of(item) - measure.places[tier]) * PERIOD
    return measure.of_parts(inflated(binary(item["v"])), start, tier.step)


def mark_of(item: Item) -> int:
    return int(item["n"]["N"])


def key_of(server_id: int, place: int) -> Item:
    return {"s": number(server_id), "p": number(place)}


def server_of(item: Item) -> int:
    return int(item["s"]["N"])


def place_of(item: Item) -> int:
    return int(item["p"]["N"])


def put_items(database: Database, items: Sequence[Item]) -> None:
    """Writes items over whatever is stored."""
    batches = [items[start : start + BATCH_WRITE_ITEMS] for start in range(0, len(items), BATCH_WRITE_ITEMS)]
    in_parallel([partial(database.batch_put, SeriesItem, batch) for batch in batches])


def by_key(items: Iterable[Item]) -> dict[tuple[int, int], Item]:
    """Items by server ID and sort key."""
    return {(server_of(item), place_of(item)): item for item in items}


def write_days(
    database: Database, measure: Measure[Measured], server_id: int, days: Mapping[int, tuple[Marks, Measured]]
) -> None:
    """Puts days into the items of their months. days: by days since 1970."""
    for month, some in groupby(sorted(days), key=month_of):
        actions: list[Action] = [
            Path(str(day - first_day(month) + 1)).set({"B": _row(measure, day, *days[day])}) for day in some
        ]
        actions.append(SeriesItem.expires.set(first_day(month + 1) * DAY + DAYS.kept + TTL_MARGIN))
        database.update(SeriesItem, key_of(server_id, measure.places[DAYS] + month), actions)


def days_of(measure: Measure[Measured], item: Item) -> dict[int, tuple[Marks, Measured]]:
    """The days in a month's item, by days since 1970."""
    before = first_day(place_of(item) - measure.places[DAYS]) - 1
    return {
        before + int(name): _day(measure, before + int(name), binary(value))
        for name, value in item.items()
        if name.isdigit()
    }


def month_of(day: int) -> int:
    """Months since the year 0. day: days since 1970."""
    found = date.fromordinal(_EPOCH + day)
    return found.year * 12 + found.month - 1


def first_day(month: int) -> int:
    """Days since 1970. month: months since the year 0."""
    return date(month // 12, month % 12 + 1, 1).toordinal() - _EPOCH


def _day(measure: Measure[Measured], day: int, row: bytes) -> tuple[Marks, Measured]:
    first, second, *parts = unpack(row).split("+")
    return Marks(int(first), int(second)), measure.of_parts(parts, day * DAY, DAYS.step)


def _row(measure: Measure[Measured], day: int, marks: Marks, content: Measured) -> bytes:
    return pack("+".join([*map(str, marks), *measure.parts(content, day * DAY, DAYS.step)]))
