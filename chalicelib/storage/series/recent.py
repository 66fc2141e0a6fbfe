"""Reads minutes and points of a server, cell by cell, as they are stored for 8 days."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from chalicelib.storage.calls import Database
from chalicelib.storage.items import Item, binary
from chalicelib.storage.packing import unpack_all
from chalicelib.storage.series import figure_cells, late, point_cells
from chalicelib.storage.series.cells import CELL, FIGURES, POINTS, Cell, within
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.kinds import LATE, SPAN


class RecentItems:
    """Items with the minutes of some time. Cells are unpacked when they are first needed.

    marks: late marks by period, if they were read.
    """

    def __init__(self, items: list[Item], since: int, until: int) -> None:
        self.marks: Mapping[int, int] = late.marks_in(items[-1]) if items and _is_late(items[-1]) else {}
        self._items = items[:-1] if items and _is_late(items[-1]) else items
        self._since = since
        self._until = until

    @cached_property
    def figures(self) -> list[Cell]:
        """The cells of figures, for figure_cells.py, in the order of time."""
        return within(_cells(self._items, FIGURES), self._since, self._until, figure_cells.only)

    @cached_property
    def points(self) -> list[Cell]:
        """The cells of points, for point_cells.py, in the order of time."""
        return within(_cells(self._items, POINTS), self._since, self._until, point_cells.only)


def read(
    database: Database,
    server_id: int,
    since: int,
    until: int | None = None,
    *,
    cells: Sequence[str] = (),
    consistent: bool = False,
) -> RecentItems:
    """The minutes from `since` to `until`, Unix seconds. Without `until`, all minutes since then, and the late marks.

    cells: FIGURES or POINTS if only these are needed, which does not change what reading costs.
    """
    last = LATE if until is None else until // SPAN
    key = (SeriesItem.series == server_id) & SeriesItem.place.between(since // SPAN, last)
    attributes = ("p", *cells) if cells else ()
    items = list(database.query(SeriesItem, key, consistent=consistent, attributes=attributes))
    return RecentItems(items, since, LATE * SPAN if until is None else until)


def _is_late(item: Item) -> bool:
    return int(item["p"]["N"]) == LATE


def _cells(items: Iterable[Item], names: tuple[str, ...]) -> list[Cell]:
    """Cells in the order of time. All are unpacked together, in one call."""
    places = list(enumerate(names))
    found = [(item, number, name) for item in items for number, name in places if name in item]
    texts = unpack_all([binary(item[name]) for item, _, name in found])
    starts = [int(item["p"]["N"]) * SPAN + number * CELL for item, number, _ in found]
    return list(map(Cell, starts, texts))
