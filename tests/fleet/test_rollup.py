"""Rolling up, against a plain model."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.fleet import history
from chalicelib.fleet.history import COLUMNS
from chalicelib.fleet.rollup import (
    DAY,
    HOURS,
    NO_DELAYS,
    NO_FIGURES,
    PERIOD,
    SLICE,
    WAIT,
    Delays,
    delays_of,
    delays_within,
    due,
    figures_of,
    figures_within,
    joined,
    joined_delays,
    last_finished,
    milliseconds,
    rolled,
    rolled_delays,
    slices,
    text_of,
)

MIDNIGHT = 1_796_083_200
STEPS = (600, 3600, DAY)


def sent(at: int, samples: int, number: int) -> history.Minute:
    """A minute of a machine; number: any, what its figures derive from."""
    figures: dict[str, float] = {
        column.name: (number * (place + 7)) % (97 if column.decimals is None else 90) + (number % 100) / 100
        for place, column in enumerate(COLUMNS)
        if (number + place) % 5
    }
    for name in ("MemUsed", "NetIn", "NetInSpeedMax"):
        figures[name] = number**3 * 1_234_567
    return history.minute(at, {**figures, "samples": samples})


minutes = st.dictionaries(
    st.integers(0, 2 * DAY // 60 - 1), st.tuples(st.integers(1, 60), st.integers(0, 10_000)), max_size=60
).map(
    lambda found: [sent(MIDNIGHT + place * 60, *rest) for place, rest in sorted(found.items())]
)  # fmt: skip


def figures(some: list[history.Minute]) -> Any:
    if not some:
        return NO_FIGURES
    return figures_of([one.at for one in some], [",".join(column) for column in zip(*(one.values for one in some))])  # noqa: B905


def number(text: str) -> float:
    return float(text) if "." in text else int(text)


def plain(some: list[history.Minute], step: int) -> dict[int, dict[str, float | None]]:
    """Every step's figures, from its minutes one by one."""
    steps: dict[int, list[history.Minute]] = defaultdict(list)
    for one in some:
        steps[one.at // step * step].append(one)
    found: dict[int, dict[str, float | None]] = {}
    for at, together in steps.items():
        found[at] = {}
        for place, column in enumerate(COLUMNS):
            known = [(number(one.values[place]), one.samples) for one in together if one.values[place]]
            value: float | None = None
            if known and column.over == "sum":
                value = sum(value for value, _ in known)
            elif known and column.over == "max":
                value = max(value for value, _ in known)
            elif known:
                value = sum(value * weight for value, weight in known) / sum(weight for _, weight in known)
            found[at][column.name] = value
    return found


def error(column: history.Column, value: float) -> float:
    """What rounding once may change."""
    if column.decimals is not None:
        return 0.5 / float(10**column.decimals) + 1e-9
    return max(0.5, value * 5 / float(10**column.digits) if column.digits else 0)


@settings(max_examples=50)
@given(minutes, st.sampled_from(STEPS))
def test_figures_agree_with_a_plain_model(some: list[history.Minute], step: int) -> None:
    found = rolled(figures(some), step)
    expected = plain(some, step)
    assert list(found.times) == sorted(expected)
    for column, values in zip(COLUMNS, found.columns, strict=True):
        for at, value in zip(found.times, values, strict=True):
            wanted = expected[at][column.name]
            if wanted is None or column.over != "mean":
                assert value == wanted, column.name
            else:
                assert value == pytest.approx(wanted, rel=0, abs=error(column, wanted)), column.name


@settings(max_examples=50)
@given(minutes)
def test_bytes_and_samples_of_a_day_are_those_of_its_minutes(some: list[history.Minute]) -> None:
    hours = rolled(figures(some), HOURS.step)
    days = rolled(hours, DAY)
    assert sum(days.minutes) == len(some)
    for place, column in enumerate(COLUMNS):
        if column.over == "sum":
            of_minutes = sum(int(one.values[place]) for one in some if one.values[place])
            assert sum(value or 0 for value in days.columns[place]) == of_minutes


@settings(max_examples=50)
@given(minutes)
def test_a_mean_is_not_outside_of_its_minutes(some: list[history.Minute]) -> None:
    days = rolled(rolled(figures(some), HOURS.step), DAY)
    for place, column in enumerate(COLUMNS):
        known = [float(one.values[place]) for one in some if one.values[place]]
        for value in days.columns[place]:
            if value is not None and column.over == "mean":
                assert min(known) <= value <= max(known)


points = st.dictionaries(
    st.integers(0, 2 * DAY // 60 - 1),
    st.tuples(st.integers(1, 999_999), st.integers(0, 3), st.integers(0, 3)).filter(lambda one: one[1] + one[2] > 0),
    max_size=60,
)


def delays(some: dict[int, tuple[int, int, int]]) -> Delays:
    rows = [(MIDNIGHT + at * 60, delay if up else 0, up, down) for at, (delay, up, down) in sorted(some.items())]
    if not rows:
        return NO_DELAYS
    times, delay, up, down = zip(*rows, strict=True)
    return delays_of(times, [f"{one / 1000:.3f}" for one in delay], map(str, up), map(str, down))


@settings(max_examples=50)
@given(points, st.sampled_from(STEPS))
def test_delays_agree_with_a_plain_model(some: dict[int, tuple[int, int, int]], step: int) -> None:
    found = rolled_delays(delays(some), step)
    steps: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for place, one in some.items():
        steps[(MIDNIGHT + place * 60) // step * step].append(one)
    assert list(found.times) == sorted(steps)
    for at, *numbers in zip(*found, strict=True):
        good = [(delay, up) for delay, up, _ in steps[at] if up]
        ups = sum(up for _, up in good)
        mean = sum(delay * up for delay, up in good) / ups if ups else 0
        ends = [delay for delay, _ in good] or [0]
        assert numbers[:3] == pytest.approx([mean, min(ends), max(ends)], rel=0.005, abs=0.5)
        assert numbers[3:] == [ups, sum(down for _, _, down in steps[at])]
        assert numbers[1] <= numbers[0] <= numbers[2]


@settings(max_examples=50)
@given(minutes, points, st.integers(0, 2 * DAY))
def test_parts_join_to_the_whole(some: list[history.Minute], pinged: dict[int, tuple[int, int, int]], cut: int) -> None:
    whole, at = figures(some), MIDNIGHT + cut
    parts = joined([figures([one for one in some if one.at < at]), figures_within(whole, at, MIDNIGHT + 2 * DAY)])
    assert [list(parts.times), list(parts.minutes), *map(list, parts.columns)] == [
        list(whole.times),
        list(whole.minutes),
        *map(list, whole.columns),
    ]
    early = delays({place: one for place, one in pinged.items() if place * 60 < cut})
    assert [
        list(column) for column in joined_delays([early, delays_within(delays(pinged), at, MIDNIGHT + 2 * DAY)])
    ] == [list(column) for column in delays(pinged)]


def test_a_period_is_due_twenty_minutes_after_it_ended() -> None:
    noon = MIDNIGHT + PERIOD
    assert last_finished(noon + WAIT - 0.5) == MIDNIGHT // PERIOD - 1
    assert last_finished(noon + WAIT) == MIDNIGHT // PERIOD
    assert list(due(MIDNIGHT // PERIOD - 1, noon + WAIT)) == [MIDNIGHT // PERIOD]
    assert not due(MIDNIGHT // PERIOD, noon + WAIT)
    assert not due(MIDNIGHT // PERIOD + 5, noon + WAIT)


def test_what_was_not_rolled_up_is_due_as_long_as_its_minutes_are_kept() -> None:
    now = MIDNIGHT + 9 * DAY + WAIT
    periods = due(None, now)
    assert (periods[0] * PERIOD, len(periods)) == (MIDNIGHT + DAY + PERIOD, 15)
    assert due(MIDNIGHT // PERIOD, now) == periods
    assert list(due(periods[-2], now)) == [periods[-1]]


def test_slices_depend_on_the_ids_alone() -> None:
    assert slices([3 * SLICE, 1, 2 * SLICE - 1, SLICE, 2]) == {
        0: [1, 2],
        1: [SLICE, 2 * SLICE - 1],
        3: [3 * SLICE],
    }


def test_numbers_are_shown_as_short_as_they_are_kept() -> None:
    columns = {column.name: column for column in COLUMNS}
    assert text_of(columns["CPU"], [0.0, 12.5, 100.0, None]) == ["0", "12.5", "100", ""]
    assert text_of(columns["NetIn"], [12345678901234567890, None]) == ["12345678901234567890", ""]
    assert milliseconds([0, 123, 45_600, 1_000_000]) == ("0", "0.123", "45.6", "1000")
