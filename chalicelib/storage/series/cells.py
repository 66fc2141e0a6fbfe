"""Cells: five minutes of one server in one attribute. Their place in an item, and which minutes they contain."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from chalicelib.fleet.pings import MINUTE
from chalicelib.storage.series.kinds import SPAN

CELL_MINUTES = 5
CELL = CELL_MINUTES * MINUTE

CELLS = SPAN // CELL
FIGURES = tuple(f"c{number}" for number in range(CELLS))
POINTS = tuple(f"p{number}" for number in range(CELLS))
"""The names of the attributes."""


class Cell(NamedTuple):
    """start: its first second, Unix, a multiple of CELL. text: as figure_cells.py or point_cells.py writes it."""

    start: int
    text: str


def start_of(at: int) -> int:
    """When the cell of a second starts."""
    return at - at % CELL


def name_of(names: tuple[str, ...], start: int) -> str:
    """The attribute that holds the cell. names: FIGURES or POINTS."""
    return names[start % SPAN // CELL]


def mask_of(start: int, times: Iterable[int]) -> str:
    """The minutes that a cell holds, as a number with a bit for each; "" for all of them."""
    mask = sum(1 << (at - start) // MINUTE for at in times)
    return "" if mask == (1 << CELL_MINUTES) - 1 else str(mask)


@lru_cache(maxsize=1 << CELL_MINUTES)
def offsets(mask: str) -> tuple[int, ...]:
    """The minutes of a mask, as seconds after the cell's start."""
    if not mask:
        return tuple(range(0, CELL, MINUTE))
    return tuple(number * MINUTE for number in range(CELL_MINUTES) if int(mask) >> number & 1)


def sizes_of(masks: Sequence[str]) -> list[int]:
    """How many minutes each cell holds."""
    return [len(offsets(mask)) for mask in masks] if any(masks) else [CELL_MINUTES] * len(masks)


def times_of(cells: Sequence[Cell], masks: Sequence[str]) -> list[int]:
    """Every minute that cells hold: its first second, Unix. cells: ascending. masks: of each cell."""
    if cells and not any(masks) and cells[-1].start - cells[0].start == (len(cells) - 1) * CELL:
        return list(range(cells[0].start, cells[-1].start + CELL, MINUTE))  # nothing is missing, as is usual
    return [cell.start + offset for cell, mask in zip(cells, masks, strict=True) for offset in offsets(mask)]


def within(cells: Iterable[Cell], since: int, until: int, only: Callable[[Cell, Collection[int]], str]) -> list[Cell]:
    """Cells without the minutes before `since` and after `until`, both Unix seconds.

    only: returns the text of a cell with only some of its minutes, like `only` in figure_cells.py and point_cells.py.
    """
    kept = []
    for cell in cells:
        if since <= cell.start and cell.start + CELL - MINUTE <= until:
            kept.append(cell)
            continue
        times = times_of([cell], [cell.text.partition("+")[0]])
        if left := [at for at in times if since <= at <= until]:
            kept.append(cell if len(left) == len(times) else Cell(cell.start, only(cell, left)))
    return kept
