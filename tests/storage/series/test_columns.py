"""The format of tiers: what is packed comes back as it was, in few bytes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.fleet.history import COLUMNS, Column, rounded
from chalicelib.fleet.rollup import DELAY_DIGITS, NO_FIGURES, Delays, Figures
from chalicelib.storage.series.columns import (
    coded,
    decoded,
    deflated,
    delays_from,
    delays_parts,
    figures_from,
    figures_parts,
    inflated,
)

START = 1_796_083_200
STEP = 600

times = st.lists(st.integers(0, 143), max_size=20, unique=True).map(
    lambda some: [START + one * STEP for one in sorted(some)]
)


def values(column: Column) -> st.SearchStrategy[float | None]:
    if column.decimals is not None:
        scale = 10**column.decimals
        return st.none() | st.integers(column.least * scale, 1000 * scale).map(lambda one: one / scale)
    return st.none() | st.integers(0, 2**70).map(lambda one: rounded(one, column.digits))


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    at = draw(times)
    columns = [draw(st.lists(values(column), min_size=len(at), max_size=len(at))) for column in COLUMNS]
    return Figures(at, draw(st.lists(st.integers(1, 10), min_size=len(at), max_size=len(at))), columns)


@st.composite
def delays(draw: st.DrawFn) -> Delays:
    at = draw(times.filter(bool))
    counts = st.lists(st.integers(0, 10**6), min_size=len(at), max_size=len(at))
    low, mid, high = zip(
        *(sorted(rounded(draw(st.integers(0, 3 * 10**7)), DELAY_DIGITS) for _ in range(3)) for _ in at), strict=True
    )
    return Delays(at, list(mid), list(low), list(high), draw(counts), draw(counts))


@settings(max_examples=50)
@given(figures())
def test_figures_come_back(some: Figures) -> None:
    found = figures_from(inflated(deflated(figures_parts(some, START, STEP))), START, STEP)
    assert found == (some if some.times else NO_FIGURES)


@settings(max_examples=50)
@given(st.dictionaries(st.integers(1, 10**6), delays(), max_size=4))
def test_delays_come_back(some: dict[int, Delays]) -> None:
    assert delays_from(inflated(deflated(delays_parts(some, START, STEP))), START, STEP) == some


@settings(max_examples=50)
@given(st.integers(0, 2**70), st.integers(0, 2**70), st.integers(1, 5))
def test_codes_keep_order_and_value(one: int, other: int, digits: int) -> None:
    one, other = rounded(one, digits), rounded(other, digits)
    assert decoded(coded(one, digits), digits) == one
    assert (coded(one, digits) < coded(other, digits)) == (one < other)


def test_code_that_knows_other_columns_reads_what_it_knows() -> None:
    """During a deployment, old and new code read each other's items."""
    some = Figures([START], [10], [[float(place)] for place in range(len(COLUMNS))])
    parts = figures_parts(some, START, STEP)
    assert figures_from([*parts, "17"], START, STEP) == some
    older = figures_from(parts[:-1], START, STEP)
    assert older.columns[:-1] == some.columns[:-1]
    assert older.columns[-1] == [None]


def test_twelve_hours_of_ten_minutes_fit_into_two_kilobytes() -> None:
    at = [START + place * STEP for place in range(72)]
    wave = [abs(36 - place) / 10 for place in range(72)]
    columns = [[round(one * 100) if column.decimals is None else one for one in wave] for column in COLUMNS]
    assert len(deflated(figures_parts(Figures(at, [10] * 72, columns), START, STEP))) < 2048
