"""Quiet hours on the command line: `mon-fri 22:00-07:00, sat 23:00-09:00`."""

import argparse
import re

from chalicelib.fleet.alerts.quiet import QuietWindow

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EXAMPLE = "mon-fri 22:00-07:00, sat 23:00-09:00"

_DAY = "|".join(DAYS)
_WINDOW = re.compile(rf"(?:(daily)|({_DAY})(?:-({_DAY}))?)\s+([\d:]+)-([\d:]+)")


def windows_in(text: str) -> tuple[QuietWindow, ...]:
    """Parses quiet hours; "" means none. Raises ArgumentTypeError, which argparse prints. The times are validated
    later, with all settings.
    """
    return tuple(_window(part.strip()) for part in text.lower().split(",") if part.strip())


def _window(text: str) -> QuietWindow:
    found = _WINDOW.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a weekly time; use for example quiet='{EXAMPLE}'")
    daily, first, last, begin, end = found.groups()
    if daily:
        return QuietWindow(tuple(range(7)), begin, end)
    start = DAYS.index(first)
    count = (DAYS.index(last or first) - start) % 7 + 1
    return QuietWindow(tuple(sorted((start + one) % 7 for one in range(count))), begin, end)


def text_of(windows: tuple[QuietWindow, ...]) -> str:
    """The text that `windows_in` parses into these windows."""
    return ", ".join(f"{days} {one.begin}-{one.end}" for one in windows for days in _days(one.days))


def _days(days: tuple[int, ...]) -> list[str]:
    """Consecutive days as ranges: `mon-fri`."""
    if len(set(days)) == 7:
        return ["daily"]
    runs: list[list[int]] = []
    for day in sorted(set(days)):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [DAYS[run[0]] + (f"-{DAYS[run[-1]]}" if len(run) > 1 else "") for run in runs]
