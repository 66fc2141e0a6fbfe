"""Traffic: an item for each period and slice of servers, made by the rollup, and counters, noted by the watch.

    b    when counting began, Unix seconds
    e    when the period's hours begin, seconds after its start, separated by commas; absent for whole hours of UTC
    v    columns, deflated: IDs, bytes in and out up to the period's end, and bytes in and out in each of its hours

An item of counters has them in `v`, and also the time zone that defines the hours in which they are noted:

    z    an IANA name; absent for UTC

A period's totals are the totals before it plus its hours. So late minutes are counted by making the totals again, as
often as necessary. Traffic from an import is stored in the same form in separate items, which no rollup changes.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from pynamodb.expressions.operand import Path

from chalicelib.fleet.cycle_totals import CycleCount
from chalicelib.fleet.history import COLUMNS
from chalicelib.fleet.rollup import DAYS, PERIOD, SLICE, slices
from chalicelib.fleet.traffic import (
    HOUR,
    NOTHING,
    WHOLE_HOURS,
    Moved,
    PeriodTotals,
    PeriodTraffic,
    Reached,
    hours_of,
    sum_of,
)
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.items import Item, binary, number
from chalicelib.storage.series import kinds, progress
from chalicelib.storage.series.columns import deflated, deltas, inflated, numbers
from chalicelib.storage.series.fleet_items import between, key_of, packed, put_once, unpacked
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.rolling import Half, Made

SLICES = 1_000_000
"""Sort keys of a period: for IDs up to 100 million."""

HOURS = PERIOD // HOUR
UTC = "UTC"
NOTED_KEPT_SECONDS = CYCLES_KEPT_SECONDS = 2 * 24 * HOUR

_PLACES = [place for place, column in enumerate(COLUMNS) if column.name in ("NetIn", "NetOut")]


class TrafficTable:
    def __init__(self, database: Database) -> None:
        self._database = database

    def reached(self) -> Reached:
        # A Query, as the watch's role has no GetItem for this table.
        items = between(self._database, kinds.CURSOR, kinds.CURSOR)
        found = progress.of_item(items.get(kinds.CURSOR, {}))
        return Reached(found.done, found.carried)

    def totals(self, period: int, *, at_once: bool = False) -> PeriodTotals | None:
        return self._totals(kinds.TRAFFIC, period, at_once=at_once)

    def carried(self, period: int) -> PeriodTotals | None:
        return self._totals(kinds.CARRIED, period)

    def _totals(self, kind: int, period: int, *, at_once: bool = False) -> PeriodTotals | None:
        first = kind + period * SLICES
        items = between(self._database, first, first + SLICES - 1, consistent=at_once)
        parts = [totals_in(item) for item in items.values()]
        if not parts:
            return None
        return PeriodTotals(
            min(part.since for part in parts), {id_: one for part in parts for id_, one in part.servers.items()}
        )

    def carry(self, hours: Mapping[int, Mapping[int, Moved]]) -> None:
        """Stores what an original dashboard counted, over what earlier imports stored. hours: by server ID and hour
        since 1970."""
        if not hours:
            return
        every = [hour for by_hour in hours.values() for hour in by_hour]
        periods = range(min(every) // HOURS, max(every) // HOURS + 1)
        totals = dict.fromkeys(hours, NOTHING)
        for period in periods:
            found = {id_: _period(total, hours[id_], period) for id_, total in sorted(totals.items())}
            totals = {id_: one.total for id_, one in found.items()}
            for slice_ in {_slice(id_) for id_ in found}:
                servers = {id_: one for id_, one in found.items() if _slice(id_) == slice_}
                item = _item(slice_, period, PeriodTotals(periods[0] * PERIOD, servers), kinds.CARRIED)
                self._database.put(SeriesItem, item)
        progress.carry(self._database, periods[-1])

    def noted(self, minutes: range) -> Mapping[int, Mapping[int, Moved]]:
        items = between(self._database, kinds.COUNTERS + minutes[0], kinds.COUNTERS + minutes[-1])
        return {place - kinds.COUNTERS: _counters(item) for place, item in items.items()}

    def note(self, minute: int, counters: Mapping[int, Moved], zone: str = UTC) -> None:
        ids = sorted(counters)
        columns = [counters[id_][0] for id_ in ids], [counters[id_][1] for id_ in ids]
        content, expires = packed(ids, columns, "Q"), minute * 60 + NOTED_KEPT_SECONDS
        beside: Item = {} if zone == UTC else {"z": {"S": zone}}
        put_once(self._database, kinds.COUNTERS + minute, content, expires, beside)

    def counted(self) -> Mapping[int, CycleCount]:
        found: dict[int, CycleCount] = {}
        for item in between(self._database, kinds.CYCLES, kinds.CYCLES + kinds.KIND - 1).values():
            found |= _cycles(item)
        return found

    def write_counted(self, counted: Mapping[int, CycleCount]) -> None:
        for slice_, ids in slices(counted).items():
            at = max(counted[id_].at for id_ in ids)
            older = SeriesItem.place.does_not_exist() | (Path("u") <= number(at))
            try:
                self._database.put(SeriesItem, _cycles_item(slice_, at, {id_: counted[id_] for id_ in ids}), older)
            except ConditionFailed:
                continue


def noted_zone(database: Database) -> str:
    """The time zone with the newest counters, which is the site's: the rollup's role cannot read the settings, which
    contain the password's digest."""
    noted = (SeriesItem.series == kinds.FLEET) & SeriesItem.place.between(
        kinds.COUNTERS, kinds.COUNTERS + kinds.KIND - 1
    )
    return next((item["z"]["S"] for item in database.query_last(SeriesItem, noted, 1) if "z" in item), UTC)


def count(database: Database, server_ids: Sequence[int], made: Made, newest: int, zone: str) -> None:
    """Counts what was rolled up for the servers of a slice. newest: the last period that may be rolled up. zone: the
    site's time zone."""
    halves: dict[int, list[Half]] = {}
    for half in made.halves:
        halves.setdefault(half.period, []).append(half)
    periods = range(min(halves), newest + 1)
    slice_ = _slice(server_ids[0])
    stored = _stored(database, slice_, range(periods[0] - 1, periods[-1] + 1))
    before = stored.get(periods[0] - 1) or PeriodTotals(periods[0] * PERIOD, {})
    for period in periods:
        known, found = stored.get(period), halves.get(period, ())
        if known is None and not found:
            return
        # If only some servers are counted again, the others keep the hours of the time zone that was set at the time.
        others = known.servers.keys() - {half.server_id for half in found} if known else ()
        begins = known.servers[next(iter(others))].begins if known and others else hours_of(period, zone)
        new = {half.server_id: _hours(half, begins) for half in found}
        totals = PeriodTotals(before.since, _extended(before, known, new, server_ids, begins))
        if totals != known:
            database.put(SeriesItem, _item(slice_, period, totals))
        before = totals


def _extended(
    before: PeriodTotals,
    known: PeriodTotals | None,
    new: Mapping[int, Sequence[Moved]],
    server_ids: Sequence[int],
    begins: Sequence[int],
) -> dict[int, PeriodTraffic]:
    found, nothing = {}, (NOTHING,) * len(begins)
    for id_ in server_ids:
        hours = new.get(id_) or (known.servers[id_].hours if known and id_ in known.servers else nothing)
        total = before.servers[id_].total if id_ in before.servers else NOTHING
        found[id_] = PeriodTraffic(sum_of([total, *hours]), tuple(hours), begins)
    return found


def _hours(half: Half, begins: Sequence[int]) -> Sequence[Moved]:
    hours = [NOTHING] * len(begins)
    figures = half.hours if begins == WHOLE_HOURS else half.minutes
    received, sent = (figures.columns[place] for place in _PLACES)
    for at, one, other in zip(figures.times, received, sent, strict=True):
        place = bisect_right(begins, at - half.period * PERIOD) - 1
        before = hours[place]
        hours[place] = before[0] + int(one or 0), before[1] + int(other or 0)
    return hours


def _stored(database: Database, slice_: int, periods: range) -> dict[int, PeriodTotals]:
    items = database.batch_get(SeriesItem, [key_of(_place(slice_, period)) for period in periods])
    return {(int(item["p"]["N"]) - kinds.TRAFFIC) // SLICES: totals_in(item) for item in items}


def _slice(server_id: int) -> int:
    return server_id // SLICE


def _place(slice_: int, period: int, kind: int = kinds.TRAFFIC) -> int:
    return kind + period * SLICES + slice_


def _period(before: Moved, by_hour: Mapping[int, Moved], period: int) -> PeriodTraffic:
    hours = [by_hour.get(period * HOURS + place, NOTHING) for place in range(HOURS)]
    return PeriodTraffic(sum_of([before, *hours]), hours)


def _item(slice_: int, period: int, totals: PeriodTotals, kind: int = kinds.TRAFFIC) -> Item:
    found = totals.servers.values()
    begins = next((one.begins for one in found), WHOLE_HOURS)
    columns = [
        [one.total[0] for one in found],
        [one.total[1] for one in found],
        *([one.hours[hour][side] for one in found] for hour in range(len(begins)) for side in (0, 1)),
    ]
    return {
        **({} if begins == WHOLE_HOURS else {"e": {"S": ",".join(map(str, begins))}}),
        **key_of(_place(slice_, period, kind)),
        "b": number(totals.since),
        "v": {"B": deflated([deltas(totals.servers), *map(deltas, columns)])},
        "ttl": number((period + 1) * PERIOD + DAYS.kept),
    }


def totals_in(item: Item) -> PeriodTotals:
    ids, received, sent, *hours = map(numbers, inflated(binary(item["v"])))
    begins = tuple(map(int, item["e"]["S"].split(","))) if "e" in item else WHOLE_HOURS
    by_hour = [list(zip(hours[place], hours[place + 1], strict=True)) for place in range(0, 2 * len(begins), 2)]
    servers = {
        id_: PeriodTraffic((received[place], sent[place]), tuple(hour[place] for hour in by_hour), begins)
        for place, id_ in enumerate(ids)
    }
    return PeriodTotals(int(item["b"]["N"]), servers)


def _counters(item: Item) -> dict[int, Moved]:
    ids, (received, sent) = unpacked(binary(item["v"]), 2, "Q")
    return dict(zip(ids, zip(received, sent, strict=True), strict=True))


def _cycles_item(slice_: int, at: int, counted: Mapping[int, CycleCount]) -> Item:
    rows = [
        (id_, one.began, *one.moved, int(one.counters is not None), *(one.counters or NOTHING))
        for id_, one in sorted(counted.items())
    ]
    return {
        **key_of(kinds.CYCLES + slice_),
        "u": number(at),
        "v": {"B": deflated(map(deltas, zip(*rows, strict=True)))},
        "ttl": number(at + CYCLES_KEPT_SECONDS),
    }


def _cycles(item: Item) -> dict[int, CycleCount]:
    at = int(item["u"]["N"])
    found = {}
    for id_, began, *moved, has_state, received, sent in zip(*map(numbers, inflated(binary(item["v"]))), strict=True):
        found[id_] = CycleCount(at, began, (moved[0], moved[1]), (received, sent) if has_state else None)
    return found
