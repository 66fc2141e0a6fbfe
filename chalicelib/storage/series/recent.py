"""Reads minutes and points of a server, cell by cell, as they are stored for 8 days."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from chalicelib.storage.calls import Database
from chalicelib.storage.items import Item, binary
from chalicelib.storage.packing import unpack_all
from chalicelib.storage.series import figure_cells, late, point_cells
from chalicelib.storage.series.cells import CELL, FIGURES, POINTS, Cell, within
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.kinds import LATE, SPAN


class Recent(NamedTuple):
    """Cells that hold minutes of some time. marks: by period, if they were asked for."""

    figures: list[Cell]
    points: list[Cell]
    marks: Mapping[int, int]


def read(
    database: Database,
    server_id: int,
    since: int,
    until: int | None = None,
    *,
    consistent: bool = False,
) -> Recent:
    """The minutes from `since` to `until`, Unix seconds; without `until` all since then, and the late marks."""
    last = LATE if until is None else until // SPAN
    key = (SeriesItem.series == server_id) & SeriesItem.place.between(since // SPAN, last)
    items = list(database.query(SeriesItem, key, consistent=consistent))
    marks = late.marks_in(items.pop()) if items and int(items[-1]["p"]["N"]) == LATE else {}
    end = LATE * SPAN if until is None else until
    return Recent(
        within(_cells(items, FIGURES), since, end, figure_cells.only),
        within(_cells(items, POINTS), since, end, point_cells.only),
        marks,
    )


def _cells(items: Iterable[Item], names: tuple[str, ...]) -> list[Cell]:
    """Cells in the order of time. All are unpacked together, in one call."""
    starts: list[int] = []
    packed: list[bytes] = []
    for item in items:
        first = int(item["p"]["N"]) * SPAN
        for number, name in enumerate(names):
            if name in item:
                starts.append(first + number * CELL)
                packed.append(binary(item[name]))
    return list(map(Cell, starts, unpack_all(packed)))
