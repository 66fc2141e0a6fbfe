"""Cells of figures: a column for each of `fleet.history.COLUMNS`, one after the other, in packed decimal text.

    mask + samples + CPU + CPUMax + …

A column is its values, separated by commas, "" for one that was not measured. If all are equal, the value is written
once. If all end in zeros, the number of zeros is written in front: `6-3297,3298` is 3297000000 and 3298000000. Reading
joins and repeats text, and parses no number.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest

from chalicelib.fleet.history import COLUMNS, Minute
from chalicelib.fleet.limits import UINT64
from chalicelib.storage.series.cells import Cell, mask_of, sizes_of, times_of

WIDTH = 1 + len(COLUMNS)


def text_of(start: int, minutes: Mapping[int, Minute]) -> str:
    """The text of a cell with these minutes. minutes: by their time."""
    times = sorted(minutes)
    columns = zip_longest(*(minutes[at].values for at in times), fillvalue="")
    return "+".join([mask_of(start, times), *map(_column, columns)])


def minutes_of(cell: Cell) -> dict[int, Minute]:
    """The minutes in a cell, by their time, including values that only a newer version knows.

    So a version that does not know a figure keeps it when it merges minutes, for example during a deployment.
    """
    mask, *columns = cell.text.split("+")
    columns += [""] * (len(COLUMNS) - len(columns))
    times = times_of([cell], [mask])
    rows = zip(*(_values(column, len(times)).split(",") for column in columns), strict=True)
    return {at: Minute(at, values) for at, values in zip(times, rows, strict=True)}


def columns_of(cells: Sequence[Cell]) -> tuple[list[int], list[str]]:
    """The minutes in cells, which must be in the order of time: their times, and for each of COLUMNS a text with its
    comma-separated values, "" for one that was not measured."""
    if not cells:
        return [], [""] * len(COLUMNS)
    if {cell.text.count("+") for cell in cells} == {WIDTH - 1}:
        parts = "+".join([cell.text for cell in cells]).split("+")
    else:
        parts = [part for cell in cells for part in _parts(cell.text)]
    masks = parts[::WIDTH]
    times, counts = times_of(cells, masks), sizes_of(masks)
    return times, [_joined(parts[place::WIDTH], counts, len(times)) for place in range(1, WIDTH)]


def only(cell: Cell, times: Collection[int]) -> str:
    """The text of the cell with only the minutes that are in `times`."""
    return text_of(cell.start, {at: one for at, one in minutes_of(cell).items() if at in times})


def _parts(text: str) -> list[str]:
    """The mask and the columns. A cell of another version may have fewer or more columns than COLUMNS."""
    parts = text.split("+")
    return parts if len(parts) == WIDTH else [*parts, *[""] * WIDTH][:WIDTH]


def _column(values: Sequence[str]) -> str:
    values = values[:1] if values.count(values[0]) == len(values) else values
    zeros = min(len(value) - len(value.rstrip("0")) for value in values) if _end_in_zeros(values) else 0
    if not zeros:
        return ",".join(values)
    return f"{zeros}-{','.join(value[:-zeros] for value in values)}"


def _end_in_zeros(values: Sequence[str]) -> bool:
    """Whether all are whole numbers above 0 that end in zeros, which can then be counted."""
    return all(value[-2:] == "00" and value.isdigit() for value in values)


def _joined(parts: Sequence[str], counts: Sequence[int], total: int) -> str:
    """The values of a column of several cells. counts: how many minutes each cell has. total: how many all have."""
    joined = ",".join(parts)
    if "-" in joined:
        return _joined_numbers(parts, counts)
    if joined.count(",") == total - 1:
        return joined  # every value is written by itself
    if not joined.strip(","):
        return "," * (total - 1)
    return ",".join(
        [part if "," in part else f"{part}," * (n - 1) + part for part, n in zip(parts, counts, strict=True)]
    )


def _joined_numbers(parts: Sequence[str], counts: Sequence[int]) -> str:
    """The same for a column with counted zeros or negative numbers, with as few function calls as possible."""
    texts = []
    for part, count in zip(parts, counts, strict=True):
        if "," not in part:
            texts.append(_repeated(part, count))
        elif ending := _COUNTED.get(part[:2]):
            texts.append(f"{part[2:]},".replace(",", ending))
        else:
            texts.append(f"{_values(part, count)},")
    return "".join(texts)[:-1]


@lru_cache(maxsize=512)
def _repeated(value: str, count: int) -> str:
    """The text for a value that is the same in all minutes of a cell. Often the cell before has the same value."""
    return f"{_values(value, count)},"


def _values(column: str, count: int) -> str:
    """The values of a column, `count` of them, separated by commas."""
    zeros, counted, rest = column.partition("-")
    if counted and zeros in _ENDINGS:  # otherwise it is the sign of a number
        ending = _ENDINGS[zeros]
        column = rest.replace(",", f"{ending},") + ending
    return column if "," in column else f"{column}," * (count - 1) + column


_ENDINGS = {str(zeros): "0" * zeros for zeros in range(1, len(str(UINT64)))}
_COUNTED = {f"{zeros}-": f"{ending}," for zeros, ending in _ENDINGS.items()}
"""What replaces each comma of a column, by how the column begins. Columns whose count of zeros has two digits are left
to `_values`."""
