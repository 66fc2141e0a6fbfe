"""Cells: what is written comes back, whatever it is, and the same content always has the same text."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fleet.history import COLUMNS, Minute, minute
from chalicelib.fleet.pings import Point
from chalicelib.storage.packing import pack, unpack
from chalicelib.storage.series import figure_cells, point_cells
from chalicelib.storage.series.cells import CELL, FIGURES, POINTS, Cell, name_of, start_of, within

START = 1_795_444_500
TIMES = range(START, START + CELL, 60)

values = st.floats(-1e6, 2e19) | st.integers(-9, 2**64) | st.sampled_from((0, 1200, 3_297_000_000, 3_298_000_000))
figures = st.fixed_dictionaries(
    {"samples": st.integers(1, 70)}, optional={column.name: values for column in COLUMNS[1:]}
)
whole_cells = st.dictionaries(st.sampled_from(TIMES), figures, min_size=1).map(
    lambda found: {at: minute(at, measured) for at, measured in found.items()}
)
delays = st.sampled_from(("0", "12.5", "0.0000001", "1000", "123.45679"))
point_sets = st.dictionaries(
    st.tuples(st.integers(1, 6) | st.just(250), st.sampled_from(TIMES)),
    st.tuples(delays, st.integers(0, 3), st.integers(0, 3)),
    min_size=1,
).map(lambda found: {(id_, at): Point(id_, at, *values) for (id_, at), values in found.items()})


def stored(text: str) -> Cell:
    """As it comes back from storage."""
    return Cell(START, unpack(pack(text)))


@given(whole_cells)
def test_minutes_come_back_as_they_were_kept(minutes: Mapping[int, Minute]) -> None:
    cell = stored(figure_cells.text_of(START, minutes))
    found = figure_cells.minutes_of(cell)
    assert found == minutes
    assert figure_cells.text_of(START, found) == cell.text


@given(whole_cells)
def test_columns_hold_the_values_of_all_minutes(minutes: Mapping[int, Minute]) -> None:
    cell = stored(figure_cells.text_of(START, minutes))
    later = Cell(START + CELL, cell.text)
    times, columns = figure_cells.columns_of([cell, later])
    assert times == [*sorted(minutes), *(at + CELL for at in sorted(minutes))]
    for place, column in enumerate(columns):
        assert column.split(",") == [minutes[at].values[place] for at in sorted(minutes)] * 2


@given(point_sets)
def test_points_come_back_as_they_were_kept(points: Mapping[Any, Point]) -> None:
    cell = stored(point_cells.text_of(START, points))
    found = point_cells.points_of(cell)
    assert found == points
    assert point_cells.text_of(START, found) == cell.text


@given(point_sets, point_sets)
def test_columns_of_neighbouring_cells_hold_the_points_of_both(one: Mapping[Any, Point], other: Any) -> None:
    moved = {(id_, at + CELL): point for (id_, at), point in other.items()}
    cells = [
        stored(point_cells.text_of(START, one)),
        Cell(START + CELL, point_cells.text_of(START + CELL, moved)),
    ]
    expected: dict[int, list[tuple[int, str, str, str]]] = {}
    for (id_, at), point in sorted({**one, **moved}.items()):
        expected.setdefault(id_, []).append((at, point.delay, str(point.up), str(point.down)))
    columns = point_cells.columns_of(cells)
    assert {id_: list(zip(*fields, strict=True)) for id_, fields in columns.items()} == expected
    assert list(columns) == sorted(columns)
    without_counts = point_cells.columns_of(cells, counts=False)
    assert {id_: fields[:2] for id_, fields in without_counts.items()} == {
        id_: fields[:2] for id_, fields in columns.items()
    }


@given(whole_cells, point_sets, st.integers(START - 90, START + CELL + 90), st.integers(0, CELL + 90))
def test_cells_are_cut_to_the_second(minutes: Any, points: Any, since: int, seconds: int) -> None:
    until = since + seconds
    wanted = [at for at in TIMES if since <= at <= until]
    cells = within([stored(figure_cells.text_of(START, minutes))], since, until, figure_cells.only)
    assert [at for cell in cells for at in figure_cells.minutes_of(cell)] == [at for at in wanted if at in minutes]
    cells = within([stored(point_cells.text_of(START, points))], since, until, point_cells.only)
    found = {key: one for cell in cells for key, one in point_cells.points_of(cell).items()}
    assert found == {key: one for key, one in points.items() if key[1] in wanted}


def test_a_gap_between_whole_cells_stays_a_gap() -> None:
    starts = (START, START + CELL, START + 3 * CELL)
    times = [at for start in starts for at in range(start, start + CELL, 60)]
    minutes = {at: minute(at, {"samples": 60}) for at in TIMES}
    found, columns = figure_cells.columns_of([Cell(start, figure_cells.text_of(START, minutes)) for start in starts])
    assert (found, columns[0]) == (times, ",".join(["60"] * len(times)))
    points = {(1, at): Point(1, at, "12.5", 1, 0) for at in TIMES}
    cells = [Cell(start, point_cells.text_of(START, points)) for start in starts]
    assert point_cells.columns_of(cells)[1].times == times


def test_what_is_written_once_stands_for_every_minute_beside_a_cell_that_lists_its_values() -> None:
    times = TIMES[:3]
    minutes = {at: minute(at, {"samples": 60, "NetIn": 1200, "Temperature": -3}) for at in times}
    others = {
        at + CELL: minute(at + CELL, {"samples": 60 - place, "NetIn": 100 * (place + 1), "Temperature": place - 1})
        for place, at in enumerate(times)
    }
    columns = _joined_columns(figure_cells.text_of(START, minutes), figure_cells.text_of(START + CELL, others))
    assert [columns[place] for place in (0, 6, 14)] == [
        "60,60,60,60,59,58",
        "1200,1200,1200,100,200,300",
        "-3,-3,-3,-1,0,1",
    ]
    points = {(1, at): Point(1, at, "12.5", 2, 0) for at in times}
    more = {(1, at + CELL): Point(1, at + CELL, "12.5", place, place + 1) for place, at in enumerate(times)}
    cells = [
        Cell(START, point_cells.text_of(START, points)),
        Cell(START + CELL, point_cells.text_of(START + CELL, more)),
    ]
    counts = point_cells.columns_of(cells)[1]
    assert (counts.up, counts.down) == (["2", "2", "2", "0", "1", "2"], ["0", "0", "0", "1", "2", "3"])


def _joined_columns(*texts: str) -> list[str]:
    return figure_cells.columns_of([Cell(START + place * CELL, text) for place, text in enumerate(texts)])[1]


def test_equal_values_and_zeros_at_the_end_are_written_once() -> None:
    minutes = {at: minute(at, {"samples": 60, "CPU": 1.25, "MemUsed": 3_297_123_456 + 10**6 * at}) for at in TIMES}
    mask, samples, cpu, cpu_max, memory, *rest = figure_cells.text_of(START, minutes).split("+")
    assert (mask, samples, cpu, cpu_max, rest) == ("", "60", "1.25", "", [""] * 12)
    zeros, _, values = memory.partition("-")
    assert int(zeros) > 6
    assert all(len(value) <= 4 for value in values.split(","))


def test_a_cell_of_another_version_is_read() -> None:
    """One with fewer columns lacks their figures; further columns are not shown, but kept when minutes are added."""
    text = figure_cells.text_of(START, {START: minute(START, {"samples": 60, "GPU": 5})})
    fewer, more = text.rpartition("+")[0], f"{text}+7"
    assert figure_cells.minutes_of(Cell(START, fewer))[START].values[-1] == ""
    merged = {**figure_cells.minutes_of(Cell(START, more)), START + 60: minute(START + 60, {"samples": 60})}
    assert figure_cells.text_of(START, merged).endswith("+5,+7,")
    times, columns = figure_cells.columns_of([Cell(START, fewer), Cell(START + CELL, more)])
    assert (times, columns[-1]) == ([START, START + CELL], ",5")


def test_an_item_has_a_place_for_each_cell() -> None:
    first = START // 600 * 600
    assert [start_of(first + seconds) for seconds in (0, 299, 300, 599)] == [first, first, first + 300, first + 300]
    assert [name_of(FIGURES, first), name_of(POINTS, first + 300)] == ["c0", "p1"]
