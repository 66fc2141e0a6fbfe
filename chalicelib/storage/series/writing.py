"""Writes minutes and points: all of one item's cells in one call, whatever is stored already.

The first write assumes that the cells are empty, as is usual. If they are not, DynamoDB returns what is stored, both
are merged minute by minute, and the result is written on the condition that the cells have not changed again.
"""

from collections.abc import Iterable, Mapping
from functools import partial, reduce
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from chalicelib.fleet.errors import FleetError
from chalicelib.fleet.history import Minute, Recorded
from chalicelib.fleet.history import merged as merged_minutes
from chalicelib.fleet.limits import MINUTES_KEPT_SECONDS
from chalicelib.fleet.pings import Point
from chalicelib.fleet.pings import merged as merged_points
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.items import Item, binary, number
from chalicelib.storage.packing import pack, unpack
from chalicelib.storage.parallel import Write, write_all
from chalicelib.storage.series import figure_cells, late, point_cells
from chalicelib.storage.series.cells import FIGURES, POINTS, Cell, name_of, start_of
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.kinds import SPAN

One = TypeVar("One", Minute, Point)


SERVERS_REMEMBERED = 2000
"""For how many servers a process remembers the last item that it wrote, about 900 bytes each."""

Cells = Mapping[str, bytes]
"""The cells of an item, by attribute name."""

NOTHING: Cells = {}


class Writer:
    """Writes to the series of all servers. Thread-safe.

    It remembers the last item of each server: senders that do not send whole cells write to the same cell again and
    again, and each write that assumes the wrong content is refused, billed, and repeated.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[int, tuple[int, Cells]] = {}

    def write(self, recorded: Mapping[int, Recorded], now: float) -> dict[int, FleetError]:
        """Adds minutes and points to those of each server. Returns the servers that failed, with the reason."""
        late_writes: set[tuple[int, int]] = set()

        def write_item(server_id: int, place: int, new: Recorded) -> None:
            self._write_item(server_id, place, new)
            if late.is_late(place * SPAN, now):
                late_writes.add((server_id, late.period_of(place * SPAN)))

        failed = write_all(
            [
                Write([server_id], partial(write_item, server_id, place, one))
                for (server_id, place), one in by_item(recorded).items()
            ]
        )
        # If some items of a server failed, the others are still marked: its sender may not come back.
        marks = []
        for server_id, pairs in groupby(sorted(late_writes), key=itemgetter(0)):
            periods = [period for _, period in pairs]
            marks.append(Write([server_id], partial(late.mark, self._database, server_id, periods, now)))
        return failed | write_all(marks)

    def _write_item(self, server_id: int, place: int, new: Recorded) -> None:
        key: Item = {"s": number(server_id), "p": number(place)}
        stored = self._expected(server_id, place, new)
        while changes := _changes(stored, new):
            actions: list[Action] = [Path(name).set({"B": packed}) for name, packed in changes.items()]
            actions.append(SeriesItem.expires.set((place + 1) * SPAN + MINUTES_KEPT_SECONDS))
            unchanged = reduce(Condition.__and__, (_still(name, stored) for name in changes))
            try:
                self._database.update(SeriesItem, key, actions, unchanged, stored_on_failure=True)
            except ConditionFailed as failure:
                stored = self._stored(key, failure, stored)
            else:
                self._remember(server_id, place, {**stored, **changes})
                return

    def _stored(self, key: Item, failure: ConditionFailed, expected: Cells) -> Cells:
        """What is stored instead of what was expected. A failure without an item means that there is none, or that this
        database does not return it."""
        if failure.item:
            return _cells(failure.item)
        # What was remembered may be gone, for example after a restore. The item is read only if nothing was expected:
        # then it exists, and this database is one that does not return it, unlike DynamoDB.
        return NOTHING if expected else _cells(self._database.get(SeriesItem, key) or {})

    def _expected(self, server_id: int, place: int, new: Recorded) -> Cells:
        """What is probably stored. No write is skipped because of it: a restored backup may have replaced it."""
        remembered_place, cells = self._remembered.get(server_id, (0, NOTHING))
        return cells if remembered_place == place and _changes(cells, new) else NOTHING

    def _remember(self, server_id: int, place: int, cells: Cells) -> None:
        if self._remembered.get(server_id, (0, NOTHING))[0] > place:
            return  # an older item, which the next write will not be for
        if len(self._remembered) >= SERVERS_REMEMBERED and server_id not in self._remembered:
            self._remembered.clear()
        self._remembered[server_id] = (place, cells)


def by_item(recorded: Mapping[int, Recorded]) -> dict[tuple[int, int], Recorded]:
    """The minutes and points for each item, by server ID and sort key."""
    items: dict[tuple[int, int], tuple[list[Minute], list[Point]]] = {}
    for server_id, new in recorded.items():
        for minute in new.minutes:
            items.setdefault((server_id, minute.at // SPAN), ([], []))[0].append(minute)
        for point in new.points:
            items.setdefault((server_id, point.at // SPAN), ([], []))[1].append(point)
    return {key: Recorded(*parts) for key, parts in items.items()}


def new_item(key: tuple[int, int], new: Recorded) -> Item:
    """An item with these minutes and points only, which must be in the key's ten minutes. key: server ID, sort key."""
    server_id, place = key
    return {
        "s": number(server_id),
        "p": number(place),
        "ttl": number((place + 1) * SPAN + MINUTES_KEPT_SECONDS),
        **{name: {"B": packed} for name, packed in _changes(NOTHING, new).items()},
    }


def _changes(stored: Cells, new: Recorded) -> dict[str, bytes]:
    """The cells that differ from the stored ones after these minutes and points are added."""
    cells: dict[str, str] = {}
    for start, minutes in _by_cell(new.minutes).items():
        name = name_of(FIGURES, start)
        old = figure_cells.minutes_of(Cell(start, unpack(stored[name]))) if name in stored else {}
        cells[name] = figure_cells.text_of(start, merged_minutes(old, minutes))
    for start, points in _by_cell(new.points).items():
        name = name_of(POINTS, start)
        known = point_cells.points_of(Cell(start, unpack(stored[name]))) if name in stored else {}
        cells[name] = point_cells.text_of(start, merged_points(known, points))
    packed = {name: pack(text) for name, text in cells.items()}
    return {name: one for name, one in packed.items() if stored.get(name) != one}


def _by_cell(new: Iterable[One]) -> dict[int, list[One]]:
    cells: dict[int, list[One]] = {}
    for one in new:
        cells.setdefault(start_of(one.at), []).append(one)
    return cells


def _cells(item: Item) -> Cells:
    return {name: binary(value) for name, value in item.items() if name in FIGURES or name in POINTS}


def _still(name: str, stored: Cells) -> Condition:
    condition: Condition = Path(name) == {"B": stored[name]} if name in stored else Path(name).does_not_exist()
    return condition
