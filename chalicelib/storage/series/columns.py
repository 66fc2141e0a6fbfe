"""Columns of whole numbers as text, for data that is written once and read as a whole.

    times;minutes;samples;CPU;…             of figures
    ID;times;least;mean;most;up;down;…      of delays, seven parts for each monitor

Each column is its first number and then differences, separated by commas; an empty one has no values. The times count
steps from a start. A mean delay is written as its distance from the least, and the most as its distance from the mean,
because these are small. Code that knows fewer columns of figures ignores the last ones, and code that knows more treats
them as empty.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, pairwise

from chalicelib.fleet.history import COLUMNS, Column
from chalicelib.fleet.rollup import DELAY_DIGITS, NO_FIGURES, Delays, Figures

PARTS = 7
RAW = -15
"""zlib's window bits for deflate without header and checksum."""


def figures_parts(figures: Figures, start: int, step: int) -> list[str]:
    """The figures as columns of text. start: Unix seconds."""
    codes = [_codes(column, values) for column, values in zip(COLUMNS, figures.columns, strict=True)]
    columns = [deltas(values) if any(values) else "" for values in codes]
    return [_times_text(figures.times, start, step), deltas(figures.minutes), *columns]


def figures_from(parts: Sequence[str], start: int, step: int) -> Figures:
    """The figures that `figures_parts` was given."""
    times_text, minutes, *texts = parts
    if not times_text:
        return NO_FIGURES
    times = _times(times_text, start, step)
    texts = (texts + [""] * len(COLUMNS))[: len(COLUMNS)]
    columns = [_values(column, text, len(times)) for column, text in zip(COLUMNS, texts, strict=True)]
    return Figures(times, numbers(minutes), columns)


def delays_parts(monitors: Mapping[int, Delays], start: int, step: int) -> list[str]:
    """The delays as columns of text. monitors: by ID. start: Unix seconds."""
    parts = []
    for id_, delays in monitors.items():
        least, mean, most = map(_coded, (delays.least, delays.mean, delays.most))
        above = [one - low for one, low in zip(mean, least, strict=True)]
        below = [high - one for high, one in zip(most, mean, strict=True)]
        parts += [str(id_), _times_text(delays.times, start, step), deltas(least), _plain(above), _plain(below)]
        parts += [deltas(delays.up), deltas(delays.down)]
    return parts


def delays_from(parts: Sequence[str], start: int, step: int) -> dict[int, Delays]:
    """The delays that `delays_parts` was given."""
    return {
        int(parts[first]): _delays(parts[first + 1 : first + PARTS], start, step)
        for first in range(0, len(parts) - PARTS + 1, PARTS)
    }


def coded(value: int, digits: int) -> int:
    """A small code for a number with at most `digits` significant digits. Greater values have greater codes."""
    if value < 10**digits:
        return value
    power = len(str(value)) - digits
    code: int = power * 9 * 10 ** (digits - 1) + value // 10**power
    return code


def decoded(code: int, digits: int) -> int:
    """The value of a code."""
    if code < 10**digits:
        return code
    each: int = 9 * 10 ** (digits - 1)
    power, rest = divmod(code - 10 ** (digits - 1), each)
    value: int = (rest + 10 ** (digits - 1)) * 10**power
    return value


def deltas(values: Iterable[int]) -> str:
    """The first number and then differences, as text."""
    return ",".join([str(new - old) for old, new in pairwise([0, *values])])


def numbers(text: str) -> list[int]:
    """The numbers that `deltas` was given."""
    return list(accumulate(map(int, text.split(",")))) if text else []


def deflated(parts: Iterable[str]) -> bytes:
    """The parts as deflated text. They must not contain semicolons."""
    packer = zlib.compressobj(9, zlib.DEFLATED, RAW)
    return packer.compress(";".join(parts).encode("ascii")) + packer.flush()


def inflated(packed: bytes) -> list[str]:
    """The parts that `deflated` was given."""
    return zlib.decompress(packed, RAW).decode("ascii").split(";")


def _delays(parts: Sequence[str], start: int, step: int) -> Delays:
    least = numbers(parts[1])
    mean = [low + above for low, above in zip(least, _plain_numbers(parts[2]), strict=True)]
    most = [one + above for one, above in zip(mean, _plain_numbers(parts[3]), strict=True)]
    times, up, down = _times(parts[0], start, step), numbers(parts[4]), numbers(parts[5])
    return Delays(times, _decoded(mean), _decoded(least), _decoded(most), up, down)


def _coded(delays: Iterable[int]) -> list[int]:
    return [coded(delay, DELAY_DIGITS) for delay in delays]


def _decoded(codes: Iterable[int]) -> list[int]:
    return [decoded(code, DELAY_DIGITS) for code in codes]


def _plain(values: Iterable[int]) -> str:
    return ",".join(map(str, values))


def _plain_numbers(text: str) -> list[int]:
    return list(map(int, text.split(",")))


def _times_text(times: Iterable[int], start: int, step: int) -> str:
    return deltas((at - start) // step for at in times)


def _times(text: str, start: int, step: int) -> list[int]:
    return [start + count * step for count in numbers(text)]


def _codes(column: Column, values: Iterable[float | None]) -> list[int]:
    """The codes of a column. 0 stands for a value that was not measured, so codes from 0 on are one higher."""
    code_of = _code_of(column)
    codes = (None if value is None else code_of(value) for value in values)
    return [0 if code is None else code + (code >= 0) for code in codes]


def _values(column: Column, text: str, count: int) -> list[float | None]:
    codes = numbers(text) or [0] * count
    value_of = _value_of(column)
    return [value_of(code - (code > 0)) if code else None for code in codes]


def _code_of(column: Column) -> Callable[[float], int]:
    if column.decimals is not None:
        scale = 10**column.decimals
        return lambda value: round(value * scale)
    if column.digits:
        return lambda value: coded(int(value), column.digits)
    return int


def _value_of(column: Column) -> Callable[[int], float]:
    if column.decimals is not None:
        scale = 10**column.decimals
        return lambda code: code / scale
    if column.digits:
        return lambda code: decoded(code, column.digits)
    return int
