"""Cells of points: for each monitor its delays, and how many probes succeeded and failed, in packed decimal text.

    mask + monitor IDs + delays + up + down + delays + up + down + …

IDs ascend, separated by commas; `3-7` is 3 to 7. Each of the other parts has a value for every minute of the mask, ""
where the monitor has no point. Counts that are all equal are written once; counts that are all 0 are not written.
Reading slices and joins text, and parses no number.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import compress, groupby
from typing import NamedTuple

from chalicelib.fleet.pings import Point
from chalicelib.storage.series.cells import Cell, mask_of, sizes_of, times_of

PARTS = 3
"""How many parts each monitor has."""

Key = tuple[int, int]
"""Monitor ID, and minute."""


class PointColumns(NamedTuple):
    """The points of one monitor. All of its fields have the same length. up, down: numbers of probes as text."""

    times: list[int]
    delays: list[str]
    up: list[str]
    down: list[str]


def text_of(start: int, points: Mapping[Key, Point]) -> str:
    """The text of a cell with these points."""
    times = sorted({at for _, at in points})
    ids = sorted({id_ for id_, _ in points})
    parts = [mask_of(start, times), _ids_text(ids)]
    for id_ in ids:
        found = [points.get((id_, at)) for at in times]
        parts.append(",".join(one.delay if one else "" for one in found))
        parts.append(_counts_text([str(one.up) if one else "" for one in found]))
        parts.append(_counts_text([str(one.down) if one else "" for one in found]))
    return "+".join(parts)


def points_of(cell: Cell) -> dict[Key, Point]:
    """The points in a cell."""
    return {
        (id_, at): Point(id_, at, delay, int(up), int(down))
        for id_, columns in columns_of([cell]).items()
        for at, delay, up, down in zip(*columns, strict=True)
    }


def columns_of(cells: Iterable[Cell], *, counts: bool = True) -> dict[int, PointColumns]:
    """The points in cells, which must be in the order of time, by monitor ID, ascending. counts: whether `up` and
    `down` are needed."""
    found: dict[int, PointColumns] = {}
    # Neighboring cells usually have the same monitors. Then the parts of one monitor are at equal distances in the list
    # of all parts, so that slices can replace a loop over the cells.
    for ids, alike in groupby(cells, key=_ids_of):
        run = list(alike)
        parts = "+".join([cell.text for cell in run]).split("+")
        width = 2 + PARTS * len(ids)
        masks = parts[::width]
        times = times_of(run, masks)
        sizes = sizes_of(masks)
        for place, id_ in enumerate(ids):
            columns = found.setdefault(id_, PointColumns([], [], [], []))
            delays, *others = (parts[2 + PARTS * place + part :: width] for part in range(PARTS))
            _extend(columns, times, delays, [_all_counts(other, sizes, len(times)) for other in others if counts])
    return dict(sorted(found.items()))


def only(cell: Cell, times: Collection[int]) -> str:
    """The text of the cell with only the minutes that are in `times`."""
    return text_of(cell.start, {key: one for key, one in points_of(cell).items() if key[1] in times})


def _extend(columns: PointColumns, times: list[int], cells: Iterable[str], counts: Iterable[list[str]]) -> None:
    """Adds a run of minutes. cells: the delays of each cell. counts: `up` and `down` of each minute, if needed."""
    delays = ",".join(cells).split(",")
    if "" in delays:  # the monitor has no point in some of the minutes
        present = [bool(delay) for delay in delays]
        times, delays = list(compress(times, present)), list(compress(delays, present))
        counts = [list(compress(texts, present)) for texts in counts]
    columns.times.extend(times)
    for column, texts in zip((columns.delays, columns.up, columns.down), (delays, *counts), strict=False):
        column.extend(texts)


def _counts_text(counts: Sequence[str]) -> str:
    """The text for the numbers of probes. counts: of each minute, "" where there is no point."""
    different = set(counts) - {""}
    if len(different) > 1:
        return ",".join(counts)
    (count,) = different
    return "" if count == "0" else count


def _all_counts(cells: Sequence[str], sizes: Sequence[int], total: int) -> list[str]:
    """The count of each minute. cells: each cell's text. sizes: how many minutes each has. total: how many all have."""
    first = cells[0]
    if "," not in first and cells.count(first) == len(cells):
        return [first or "0"] * total
    return ",".join(map(_counts, cells, sizes)).split(",")


def _counts(text: str, size: int) -> str:
    return text if "," in text else ",".join([text or "0"] * size)


def _ids_text(ids: Sequence[int]) -> str:
    """`1,3-7` for 1 and 3 to 7."""
    runs: list[list[int]] = []
    for id_ in ids:
        if runs and runs[-1][-1] + 1 == id_:
            runs[-1][1:] = [id_]
        else:
            runs.append([id_])
    return ",".join("-".join(map(str, run)) for run in runs)


def _ids_of(cell: Cell) -> tuple[int, ...]:
    return _ids(cell.text.split("+", 2)[1])


@lru_cache(maxsize=256)
def _ids(text: str) -> tuple[int, ...]:
    ids: list[int] = []
    for run in text.split(","):
        first, _, last = run.partition("-")
        ids.extend(range(int(first), int(last or first) + 1))
    return tuple(ids)
