"""Rolling up: minutes become ten-minutes, hours and days, which are kept for longer.

The finished halves of UTC days, periods, are rolled up one after the other. Ten-minutes and hours are made from
minutes, a day from the hours of its two periods. Sums and maxima are exact. A mean keeps the precision of a minute's,
and a delay three significant digits; a day's mean is rounded twice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import mul
from typing import NamedTuple, TypeVar, cast

from chalicelib.fleet.history import COLUMNS, Column, rounded
from chalicelib.fleet.limits import MINUTES_KEPT_SECONDS

PERIOD = 12 * 3600
DAY = 2 * PERIOD

WAIT = 20 * 60
"""Seconds from a period's end until it is rolled up. Minutes that arrive later than half of that leave a late mark."""

DELAY_DIGITS = 3
"""Significant digits of a delay."""

SLICE = 100
"""Servers that are rolled up together: those with the same ID // SLICE."""


class Busy(Exception):
    """Raised when another rollup is running."""


@dataclass
class RollupOutcome:
    """What a run did.

    periods: how many were finished. servers: how many were rolled up, each counted once for every period. removed:
    items of deleted servers. left: whether there is more to do.
    """

    periods: int = 0
    servers: int = 0
    removed: int = 0
    left: bool = False


class Tier(NamedTuple):
    """step: seconds in each row. kept: seconds for which rows are kept, at least."""

    step: int
    kept: int


TEN_MINUTES = Tier(600, 35 * DAY)
HOURS = Tier(3600, 400 * DAY)
DAYS = Tier(DAY, 5 * 365 * DAY)


class Figures(NamedTuple):
    """A server's figures, step by step.

    times: when each step starts, Unix seconds, ascending. minutes: how many minutes of it have data. columns: a list
    for each of COLUMNS, None where nothing was measured. All lists have the same length.
    """

    times: Sequence[int]
    minutes: Sequence[int]
    columns: Sequence[Sequence[float | None]]


class Delays(NamedTuple):
    """What one monitor measured from one server; each field has a value for every step.

    times: when the step starts, Unix seconds, ascending. mean, least, most: of the minutes' means, in microseconds; 0
    if every probe failed. up, down: numbers of probes.
    """

    times: Sequence[int]
    mean: Sequence[int]
    least: Sequence[int]
    most: Sequence[int]
    up: Sequence[int]
    down: Sequence[int]


NO_FIGURES = Figures((), (), ((),) * len(COLUMNS))
NO_DELAYS = Delays((), (), (), (), (), ())


def last_finished(now: float) -> int:
    """The newest period that can be rolled up."""
    return (int(now) - WAIT) // PERIOD - 1


def due(done: int | None, now: float) -> range:
    """The periods to roll up, oldest first. done: the newest one that was rolled up, None if none was.

    The minutes of earlier periods may be gone already.
    """
    oldest = (int(now) - MINUTES_KEPT_SECONDS) // PERIOD + 1
    return range(oldest if done is None else max(done + 1, oldest), last_finished(now) + 1)


def halves_of(day: int) -> tuple[int, int]:
    """The two periods of a day. day: days since 1970."""
    return 2 * day, 2 * day + 1


def slices(server_ids: Iterable[int]) -> Mapping[int, Sequence[int]]:
    """The servers by slice, both ascending."""
    found: dict[int, list[int]] = {}
    for id_ in sorted(server_ids):
        found.setdefault(id_ // SLICE, []).append(id_)
    return found


def figures_of(times: Sequence[int], columns: Iterable[str]) -> Figures:
    """Minutes from text. columns: the values of each of COLUMNS, separated by commas, "" where not measured."""
    numbers = [_numbers(column, text) for column, text in zip(COLUMNS, columns, strict=True)]
    return Figures(times, [1] * len(times), numbers)


def delays_of(times: Sequence[int], delays: Iterable[str], up: Iterable[str], down: Iterable[str]) -> Delays:
    """Minutes from text. delays: milliseconds."""
    mean = [round(1000 * delay) for delay in map(float, delays)]
    return Delays(times, mean, mean, mean, list(map(int, up)), list(map(int, down)))


def rolled(figures: Figures, step: int) -> Figures:
    """The figures in steps of `step` seconds: traffic and samples summed, maxima kept, means weighted by samples."""
    bounds = _bounds(figures.times, step)
    samples = figures.columns[0]
    columns = []
    for column, values in zip(COLUMNS, figures.columns, strict=True):
        over = _OVER[column.over]
        found = (over(values[low:high], samples[low:high]) for low, high in bounds)
        columns.append([None if value is None else _kept(column, value) for value in found])
    minutes = [sum(figures.minutes[low:high]) for low, high in bounds]
    return Figures(_starts(figures.times, bounds, step), minutes, columns)


def rolled_delays(delays: Delays, step: int) -> Delays:
    """The delays in steps of `step` seconds. Means are weighted by the probes that succeeded."""
    bounds = _bounds(delays.times, step)
    rows = [_delay(Delays(*(column[low:high] for column in delays))) for low, high in bounds]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []]
    return Delays(_starts(delays.times, bounds, step), *columns)


def joined(parts: Iterable[Figures]) -> Figures:
    """Consecutive parts, joined into one."""
    found = [part for part in parts if part.times]
    if not found:
        return NO_FIGURES
    columns = zip(*(part.columns for part in found), strict=True)
    times, minutes = (_chained(lists) for lists in zip(*(part[:2] for part in found), strict=True))
    return Figures(times, minutes, [_chained(column) for column in columns])


def joined_delays(parts: Iterable[Delays]) -> Delays:
    """Consecutive parts, joined into one."""
    return Delays(*(_chained(column) for column in zip(NO_DELAYS, *parts, strict=True)))


def completed(old: Delays, new: Delays) -> Delays:
    """Both merged, in the order of time. For a step that both have, the old one is kept."""
    known = set(old.times)
    rows = [*zip(*old, strict=True), *(row for row in zip(*new, strict=True) if row[0] not in known)]
    return Delays(*map(list, zip(*sorted(rows), strict=True))) if rows else NO_DELAYS


def delays_without(delays: Delays, span: int, starts: Collection[int]) -> Delays:
    """The delays without the steps in some spans. span: their length, seconds. starts: their starts, Unix seconds."""
    rows = [row for row in zip(*delays, strict=True) if row[0] - row[0] % span not in starts]
    return Delays(*map(list, zip(*rows, strict=True))) if rows else NO_DELAYS


def figures_within(figures: Figures, since: int, until: int) -> Figures:
    """The steps that start from `since` to `until`, Unix seconds."""
    low, high = bisect_left(figures.times, since), bisect_right(figures.times, until)
    if high - low == len(figures.times):
        return figures
    return Figures(figures.times[low:high], figures.minutes[low:high], [column[low:high] for column in figures.columns])


def delays_within(delays: Delays, since: int, until: int) -> Delays:
    """The steps that start from `since` to `until`, Unix seconds."""
    low, high = bisect_left(delays.times, since), bisect_right(delays.times, until)
    return delays if high - low == len(delays.times) else Delays(*(column[low:high] for column in delays))


def text_of(column: Column, values: Iterable[float | None]) -> list[str]:
    """Values as text, in the precision in which they are stored; "" where nothing was measured."""
    if column.decimals is None:
        return ["" if value is None else str(value) for value in values]
    return ["" if value is None else _trimmed(f"{value:.{column.decimals}f}") for value in values]


def milliseconds(delays: Iterable[int]) -> tuple[str, ...]:
    """Delays as text, in milliseconds. delays: microseconds."""
    return tuple(_trimmed(f"{delay / 1000:.3f}") for delay in delays)


Bounds = list[tuple[int, int]]
"""For each step, the place of its first row, and that of the next step's first row."""

Numbers = Sequence[float | None]
Value = TypeVar("Value")


def _bounds(times: Sequence[int], step: int) -> Bounds:
    steps = [at // step for at in times]
    lows = [place for place, one in enumerate(steps) if not place or one != steps[place - 1]]
    return list(zip(lows, [*lows[1:], len(times)], strict=True)) if lows else []


def _starts(times: Sequence[int], bounds: Bounds, step: int) -> list[int]:
    return [times[low] - times[low] % step for low, _ in bounds]


def _sum(values: Numbers, samples: Numbers) -> float | None:  # noqa: ARG001
    known = _known(values)
    return sum(known) if known else None


def _most(values: Numbers, samples: Numbers) -> float | None:  # noqa: ARG001
    return max(_known(values), default=None)


def _mean(values: Numbers, samples: Numbers) -> float | None:
    weights = _known(samples)
    known = _known(values)
    if len(known) < len(values):
        weights = [weight for weight, value in zip(weights, values, strict=True) if value is not None]
    return sum(map(mul, known, weights)) / sum(weights) if known else None


_OVER: Mapping[str, Callable[[Numbers, Numbers], float | None]] = {"sum": _sum, "max": _most, "mean": _mean}


def _known(values: Numbers) -> Sequence[float]:
    """The values that were measured. Usually all were, which `in` detects fastest."""
    return [value for value in values if value is not None] if None in values else cast("Sequence[float]", values)


def _kept(column: Column, value: float) -> float:
    if column.decimals is None:
        return rounded(round(value), column.digits)
    return round(value, column.decimals)


def _delay(steps: Delays) -> tuple[int, int, int, int, int]:
    """Mean, least, most, up and down of several steps together."""
    down = sum(steps.down)
    if not all(steps.up):
        reached = [place for place, up in enumerate(steps.up) if up]
        if not reached:
            return 0, 0, 0, 0, down
        steps = Delays(*([column[place] for place in reached] for column in steps))
    up = sum(steps.up)
    found = sum(map(mul, steps.mean, steps.up)) / up, min(steps.least), max(steps.most)
    mean, least, most = (rounded(round(delay), DELAY_DIGITS) for delay in found)
    return mean, least, most, up, down


def _numbers(column: Column, text: str) -> list[float | None]:
    number: Callable[[str], float] = int if column.decimals is None else float
    return [number(value) if value else None for value in text.split(",")]


def _chained(parts: Iterable[Sequence[Value]]) -> list[Value]:
    return list(chain.from_iterable(parts))


def _trimmed(text: str) -> str:
    """A decimal without the zeros at its end."""
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
