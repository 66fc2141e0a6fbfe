"""Cycles: the periods in which a provider counts traffic, and bills.

A cycle is counted from its start by the clocks of the site's time zone: months and years always from the start's own
day, clamped to a month's last day, so a cycle from the 31st ends on February 28 and then on March 31.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from chalicelib.fleet.checks import check_choice, check_range
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.limits import CYCLE_INTERVAL_MOST
from chalicelib.fleet.wall_clock import (
    DAY_SECONDS,
    Wall,
    parse_wall_time,
    plus_days,
    plus_months,
    unix_time,
)

Unit = Literal["hour", "day", "week", "month", "year"]
UNITS: tuple[Unit, ...] = get_args(Unit)

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}
_ABOUT_SECONDS = {"hour": 3600, "day": DAY_SECONDS, "week": 7 * DAY_SECONDS, "month": 2_629_746, "year": 31_556_952}


@dataclass(frozen=True, slots=True)
class Cycle:
    """start: the wall-clock time at which one of the cycles starts, a whole hour: `2026-01-31T00:00`."""

    start: str
    interval: int = 1
    unit: Unit = "month"


def monthly(reset_day: int) -> Cycle:
    """The cycle that starts each month at 00:00 on this day, 1 to 31."""
    return Cycle(f"2000-01-{reset_day:02}T00:00")


def check(cycle: Cycle, field: str = "cycle") -> None:
    """Raises InvalidInput with the field's name, which begins with that of the cycle."""
    check_choice(f"{field}.unit", cycle.unit, UNITS)
    check_range(f"{field}.interval", cycle.interval, 1, CYCLE_INTERVAL_MOST)
    try:
        start = parse_wall_time(cycle.start, "UTC")
        whole = start.strftime("%Y-%m-%dT%H:00") == cycle.start and 2000 <= start.year < 2100
    except ValueError:
        whole = False
    if not whole:
        message = f'"{field}.start" must be a whole hour from 2000 to 2099, for example "2026-01-31T00:00".'
        raise InvalidInput(message, error="not_a_whole_hour", field=f"{field}.start")


def start_text(text: str, zone: str, field: str = "cycle") -> str:
    """A start as it is stored, from any date or time in ISO 8601; one with an offset is converted to `zone`.

    Minutes are dropped. Raises InvalidInput.
    """
    try:
        return parse_wall_time(text, zone).strftime("%Y-%m-%dT%H:00")
    except (ValueError, OverflowError):
        message = f'"{field}.start" must be a date and time, for example "2026-01-31T00:00".'
        raise InvalidInput(message, error="not_a_whole_hour", field=f"{field}.start") from None


def bounds(cycle: Cycle, now: float, zone: str) -> tuple[int, int]:
    """When the current cycle started, and when the next one starts, Unix seconds."""
    start = parse_wall_time(cycle.start, zone)
    length = _ABOUT_SECONDS[cycle.unit] * cycle.interval
    count = int((now - unix_time(start, zone)) // length)
    while _boundary(cycle, start, count, zone) > now:
        count -= 1
    while (following := _boundary(cycle, start, count + 1, zone)) <= now:
        count += 1
    return _boundary(cycle, start, count, zone), following


def _boundary(cycle: Cycle, start: Wall, count: int, zone: str) -> int:
    """When the `count`-th cycle after the start begins."""
    steps = count * cycle.interval
    if cycle.unit in _MONTHS:
        return unix_time(plus_months(start, steps * _MONTHS[cycle.unit]), zone)
    if cycle.unit in _DAYS:
        return unix_time(plus_days(start, steps * _DAYS[cycle.unit]), zone)
    return unix_time(start, zone) + steps * 3600
