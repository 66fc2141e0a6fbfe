"""Quiet hours: times of the week in which nothing is sent."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.limits import QUIET_WINDOWS
from chalicelib.fleet.wall_clock import plus_days, unix_time, wall_time

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class QuietWindow:
    """days: the weekdays on which it begins, 0 is Monday. begin, end: `22:00`, `07:00`. If `end` is not later than
    `begin`, the window ends on the next day.
    """

    days: tuple[int, ...]
    begin: str
    end: str


def check(windows: Sequence[QuietWindow]) -> None:
    """Raises InvalidInput."""
    if len(windows) > QUIET_WINDOWS:
        message = f'"quiet" has {len(windows)} entries; the limit is {QUIET_WINDOWS}.'
        raise InvalidInput(message, error="too_many_entries", field="quiet", limit=QUIET_WINDOWS)
    for window in windows:
        if not (_CLOCK.fullmatch(window.begin) and _CLOCK.fullmatch(window.end)):
            message = '"from" and "to" in "quiet" must be times such as "22:00".'
            raise InvalidInput(message, error="not_a_time_of_day", field="quiet")
        if not window.days or not set(window.days) <= set(range(7)):
            message = '"days" in "quiet" must be weekdays from 0 (Monday) to 6 (Sunday).'
            raise InvalidInput(message, error="not_a_weekday", field="quiet")


def quiet_until(windows: Iterable[QuietWindow], now: float, zone: str) -> int:
    """When the current quiet hours end, Unix seconds; 0 outside of them. Windows that meet count as one."""
    spans = sorted(span for window in windows for span in _spans(window, now, zone))
    end = 0
    for begin, until in spans:
        if begin <= max(now, end) and until > max(now, end):
            end = until
    return end


def _spans(window: QuietWindow, now: float, zone: str) -> Iterable[tuple[int, int]]:
    """Begin and end, in Unix seconds, of the window's occurrences from yesterday to a week from now."""
    today = wall_time(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    begin, end = (_minutes(text) for text in (window.begin, window.end))
    for offset in range(-1, 8):
        day = plus_days(today, offset)
        if day.weekday() in window.days:
            last = day if end > begin else plus_days(day, 1)
            first = day.replace(hour=begin // 60, minute=begin % 60)
            yield unix_time(first, zone), unix_time(last.replace(hour=end // 60, minute=end % 60), zone)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
