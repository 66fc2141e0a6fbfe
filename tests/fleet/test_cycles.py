"""When traffic cycles begin and end."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fleet.cycles import UNITS, Cycle, bounds, check, monthly, start_text
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.wall_clock import parse_moment, unix_time, wall_time

NOW = 1795902120
"""2026-11-28T21:42Z, when the original's windows were measured."""


def utc(text: str) -> int:
    moment = parse_moment(text)
    assert moment is not None
    return moment


@pytest.mark.parametrize(
    ("cycle", "zone", "begin", "end"),
    [
        # What the original does with them, where it is right.
        (Cycle("2022-01-01T00:00"), "Asia/Shanghai", "2026-10-31T16:00Z", "2026-11-30T16:00Z"),
        (Cycle("2026-01-01T22:00", 1, "day"), "Asia/Shanghai", "2026-11-28T14:00Z", "2026-11-29T14:00Z"),
        (Cycle("2026-01-05T00:00", 2, "week"), "UTC", "2026-11-23T00:00Z", "2026-12-07T00:00Z"),
        (Cycle("2026-01-15T00:00", 3, "month"), "UTC", "2026-10-15T00:00Z", "2027-01-15T00:00Z"),
        (Cycle("2026-11-01T00:00", 5, "hour"), "UTC", "2026-11-28T17:00Z", "2026-11-28T22:00Z"),
        # Where it drifts past the end of a month.
        (Cycle("2026-01-31T00:00"), "UTC", "2026-10-31T00:00Z", "2026-11-30T00:00Z"),
        (Cycle("2025-08-29T12:00"), "UTC", "2026-10-29T12:00Z", "2026-11-29T12:00Z"),
        (Cycle("2024-02-29T00:00", 1, "year"), "UTC", "2026-02-28T00:00Z", "2027-02-28T00:00Z"),
        # A start in the future: the cycles before it.
        (Cycle("2027-03-10T00:00"), "UTC", "2026-11-10T00:00Z", "2026-12-10T00:00Z"),
        (monthly(31), "UTC", "2026-10-31T00:00Z", "2026-11-30T00:00Z"),
        (monthly(1), "America/New_York", "2026-11-01T04:00Z", "2026-12-01T05:00Z"),
    ],
)
def test_bounds(cycle: Cycle, zone: str, begin: str, end: str) -> None:
    assert bounds(cycle, NOW, zone) == (utc(begin), utc(end))


def test_a_cycle_from_the_31st_comes_back_to_it() -> None:
    ends = [bounds(Cycle("2026-01-31T00:00"), utc(f"2026-{month:02}-05T00:00Z"), "UTC")[1] for month in range(1, 7)]
    assert [wall_time(end, "UTC").day for end in ends] == [31, 28, 31, 30, 31, 30]


def test_a_day_is_a_day_of_the_clock_when_clocks_change() -> None:
    cycle = Cycle("2026-01-01T00:00", 1, "day")
    begin, end = bounds(cycle, utc("2026-03-29T12:00Z"), "Europe/Berlin")
    assert (begin, end) == (utc("2026-03-28T23:00Z"), utc("2026-03-29T22:00Z"))
    begin, end = bounds(cycle, utc("2026-10-25T12:00Z"), "Europe/Berlin")
    assert end - begin == 25 * 3600


@given(
    start=st.integers(946_684_800, 4_000_000_000),
    now=st.integers(946_684_800, 4_000_000_000),
    interval=st.integers(1, 1000),
    unit=st.sampled_from(UNITS),
    zone=st.sampled_from(
        ["UTC", "Asia/Shanghai", "America/St_Johns", "Europe/Berlin", "Pacific/Apia", "Asia/Kathmandu"]
    ),
)
def test_every_moment_is_in_exactly_one_cycle(start: Any, now: Any, interval: Any, unit: Any, zone: Any) -> None:
    cycle = Cycle(wall_time(start, zone).strftime("%Y-%m-%dT%H:00"), interval, unit)
    begin, end = bounds(cycle, now, zone)
    assert begin <= now < end
    assert bounds(cycle, begin, zone) == (begin, end)
    assert bounds(cycle, end - 1, zone) == (begin, end)
    assert bounds(cycle, end, zone)[0] == end


@given(at=st.integers(0, 4_000_000_000), zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns"]))
def test_a_wall_time_comes_back(at: Any, zone: Any) -> None:
    wall = wall_time(at, zone)
    assert unix_time(wall, zone) in (at, at - 3600)  # the first time, where clocks show it twice


@pytest.mark.parametrize(
    ("text", "zone", "start"),
    [
        ("2022-01-01T00:00:00+08:00", "Asia/Shanghai", "2022-01-01T00:00"),
        ("2022-01-01T00:00:00+08:00", "UTC", "2021-12-31T16:00"),
        ("2026-01-15T08:00:00.5+08:00", "UTC", "2026-01-15T00:00"),
        ("2026-01-05T00:00:00Z", "UTC", "2026-01-05T00:00"),
        ("2026-01-05", "Europe/Berlin", "2026-01-05T00:00"),
        ("2026-11-01T00:30", "Europe/Berlin", "2026-11-01T00:00"),
    ],
)
def test_start_text(text: str, zone: str, start: str) -> None:
    assert start_text(text, zone) == start


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "1", "2026-02-30T00:00"])
def test_start_text_refuses(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        start_text(text, "UTC")
    assert caught.value.field == "cycle.start"


@pytest.mark.parametrize(
    ("cycle", "field"),
    [
        (Cycle("2026-01-01T00:30"), "cycle.start"),
        (Cycle("1999-01-01T00:00"), "cycle.start"),
        (Cycle("x"), "cycle.start"),
        (Cycle("2026-01-01T00:00", 0), "cycle.interval"),
        (Cycle("2026-01-01T00:00", 1001), "cycle.interval"),
        (Cycle("2026-01-01T00:00", 1, "fortnight"), "cycle.unit"),  # type: ignore[arg-type]
    ],
)
def test_check_refuses(cycle: Cycle, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(cycle)
    assert caught.value.field == field
