"""Quiet hours, also across midnight and changes of the clock."""

from typing import Any

import pytest

from chalicelib.fleet.alerts.quiet import QuietWindow, check, quiet_until
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.wall_clock import parse_wall_time, unix_time

NIGHT = QuietWindow(tuple(range(7)), "22:00", "07:00")
WEEKEND = QuietWindow((5, 6), "00:00", "00:00")


def at(text: str, zone: str = "Europe/Berlin") -> int:
    return unix_time(parse_wall_time(text, zone), zone)


@pytest.mark.parametrize(
    ("windows", "now", "until"),
    [
        ([NIGHT], "2026-11-23T21:59", None),
        ([NIGHT], "2026-11-23T22:00", "2026-11-24T07:00"),
        ([NIGHT], "2026-11-24T06:59", "2026-11-24T07:00"),
        ([NIGHT], "2026-11-24T07:00", None),
        ([QuietWindow((0,), "22:00", "07:00")], "2026-11-24T03:00", "2026-11-24T07:00"),  # it began on Monday
        ([QuietWindow((0,), "22:00", "07:00")], "2026-11-23T03:00", None),
        ([QuietWindow((0,), "09:00", "10:00")], "2026-11-23T09:30", "2026-11-23T10:00"),
        ([WEEKEND], "2026-11-28T12:00", "2026-11-30T00:00"),  # two days that meet are one
        ([NIGHT, WEEKEND], "2026-11-27T23:00", "2026-11-30T07:00"),
        ([NIGHT, QuietWindow((1,), "06:00", "09:00")], "2026-11-24T05:00", "2026-11-24T09:00"),
        ([NIGHT], "2026-03-29T04:00", "2026-03-29T07:00"),  # clocks were set forward in this night
        ([], "2026-11-24T03:00", None),
    ],
)
def test_quiet_until(windows: list[Any], now: str, until: str | None) -> None:
    assert quiet_until(windows, at(now), "Europe/Berlin") == (at(until) if until else 0)


@pytest.mark.parametrize(
    ("window", "error"),
    [
        (QuietWindow((0,), "24:00", "07:00"), "not_a_time_of_day"),
        (QuietWindow((0,), "22:00", "7:00"), "not_a_time_of_day"),
        (QuietWindow((0,), "22:60", "07:00"), "not_a_time_of_day"),
        (QuietWindow((), "22:00", "07:00"), "not_a_weekday"),
        (QuietWindow((7,), "22:00", "07:00"), "not_a_weekday"),
    ],
)
def test_check_refuses(window: QuietWindow, error: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check([window])
    assert (caught.value.error, caught.value.field) == (error, "quiet")
