"""Values from SQLite columns, which can hold anything regardless of their type."""

import math
import re
from datetime import datetime

_GO_TIME = re.compile(r"(?P<time>[-\d]+ [:.\d]+) (?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>\d\d)( \S+)*")
"""A time as Go prints it: `2024-05-01 10:00:00.5 +0800 CST m=+0.1`."""

SECONDS_MOST, MILLISECONDS_MOST = 10**11, 10**14
"""A number below the first is a time in seconds, one below the second a time in milliseconds."""


class Odd(Exception):
    """Raised for a value that cannot be used. The text says why, and begins like "it has …" or "its …"."""


def text_of(value: object) -> str:
    """The value as text; "" for NULL."""
    if value is None:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def whole_of(value: object) -> int | None:
    """A whole number, also from text; None for anything else."""
    number = number_of(value)
    return int(number) if number is not None and number == int(number) else None


def number_of(value: object) -> float | None:
    """A finite number, also from text; None for anything else. Whole numbers keep all their digits."""
    if isinstance(value, int):
        return value
    try:
        number = value if isinstance(value, float) else float(text_of(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def seconds_of(value: object) -> int:
    """Unix seconds of a time: text as the original or Go writes it, in any time zone, or a number. Raises Odd."""
    if isinstance(value, int | float):
        return _seconds_of_number(value)
    text = text_of(value)
    if not text:
        raise Odd("it has no time")
    if match := _GO_TIME.fullmatch(text):
        text = "{time}{sign}{hours}:{minutes}".format_map(match.groupdict())
    try:
        time_ = datetime.fromisoformat(text)
    except ValueError:
        raise Odd("its time cannot be read") from None
    if not time_.tzinfo:
        raise Odd("its time has no time zone")
    return int(time_.timestamp())


def _seconds_of_number(value: float) -> int:
    if not 0 < value < MILLISECONDS_MOST:
        raise Odd("its time cannot be read")
    return int(value if value < SECONDS_MOST else value / 1000)
