"""Writes minutes and points: all of one item's cells in one call, whatever is stored already.

The first write assumes that the cells are empty, as is usual. If they are not, DynamoDB tells what is stored, both are
merged minute by minute, and the result is written if the cells are still what they were.
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


def write(database: Database, recorded: Mapping[int, Recorded], now: float) -> dict[int, FleetError]:
    """Adds minutes and points to those of each server. Returns the servers that failed, with the reason."""
    return _Writer(database, now).write(recorded)


class _Writer:
    def __init__(self, database: Database, now: float) -> None:
        self._database = database
        self._now = now
        self._late: set[tuple[int, int]] = set()
        """Servers and periods that got something late."""

    def write(self, recorded: Mapping[int, Recorded]) -> dict[int, FleetError]:
        writes = [
            Write([server_id], partial(self._write_item, server_id, place, one))
            for (server_id, place), one in _by_item(recorded).items()
        ]
        failed = write_all(writes)
        # A server of which some items failed is marked for the others: its sender may not come back.
        marks = [
            Write(
                [server_id], partial(late.mark, self._database, server_id, [period for _, period in pairs], self._now)
            )
            for server_id, pairs in groupby(sorted(self._late), key=itemgetter(0))
        ]
        return failed | write_all(marks)

    def _write_item(self, server_id: int, place: int, new: Recorded) -> None:
        key: Item = {"s": number(server_id), "p": number(place)}
        stored: Item = {}
        while changes := _changes(stored, new):
            actions: list[Action] = [Path(name).set({"B": packed}) for name, packed in changes.items()]
            actions.append(SeriesItem.expires.set((place + 1) * SPAN + MINUTES_KEPT_SECONDS))
            unchanged = reduce(Condition.__and__, (_still(name, stored) for name in changes))
            try:
                self._database.update(SeriesItem, key, actions, unchanged, stored_on_failure=True)
            except ConditionFailed as failure:
                # Not every DynamoDB-compatible database tells what is stored.
                stored = failure.item or self._database.get(SeriesItem, key) or {}
            else:
                break
        if late.is_late(place * SPAN, self._now):
            self._late.add((server_id, late.period_of(place * SPAN)))


def _by_item(recorded: Mapping[int, Recorded]) -> dict[tuple[int, int], Recorded]:
    """What goes into each item, by server ID and sort key."""
    items: dict[tuple[int, int], tuple[list[Minute], list[Point]]] = {}
    for server_id, new in recorded.items():
        for minute in new.minutes:
            items.setdefault((server_id, minute.at // SPAN), ([], []))[0].append(minute)
        for point in new.points:
            items.setdefault((server_id, point.at // SPAN), ([], []))[1].append(point)
    return {key: Recorded(*parts) for key, parts in items.items()}


def _changes(stored: Item, new: Recorded) -> dict[str, bytes]:
    """The cells, by attribute name, that these minutes and points make other than they are stored."""
    cells: dict[str, str] = {}
    for start, minutes in _by_cell(new.minutes).items():
        name = name_of(FIGURES, start)
        old = figure_cells.minutes_of(_stored_cell(stored, name, start)) if name in stored else {}
        cells[name] = figure_cells.text_of(start, merged_minutes(old, minutes))
    for start, points in _by_cell(new.points).items():
        name = name_of(POINTS, start)
        known = point_cells.points_of(_stored_cell(stored, name, start)) if name in stored else {}
        cells[name] = point_cells.text_of(start, merged_points(known, points))
    packed = {name: pack(text) for name, text in cells.items()}
    return {name: one for name, one in packed.items() if name not in stored or one != binary(stored[name])}


def _by_cell(new: Iterable[One]) -> dict[int, list[One]]:
    cells: dict[int, list[One]] = {}
    for one in new:
        cells.setdefault(start_of(one.at), []).append(one)
    return cells


def _stored_cell(stored: Item, name: str, start: int) -> Cell:
    return Cell(start, unpack(binary(stored[name])))


def _still(name: str, stored: Item) -> Condition:
    condition: Condition = Path(name) == {"B": binary(stored[name])} if name in stored else Path(name).does_not_exist()
    return condition
