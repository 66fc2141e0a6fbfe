"""A year of history of simulated servers, as reports and the rollup would have left it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from chalicelib.fleet import rollup
from chalicelib.fleet.history import COLUMNS, Minute, Recorded
from chalicelib.fleet.pings import MINUTE, Point
from chalicelib.fleet.rollup import (
    DAY,
    DAYS,
    HOURS,
    PERIOD,
    TEN_MINUTES,
    Delays,
    Figures,
    delays_within,
    figures_within,
    rolled,
    rolled_delays,
)
from chalicelib.storage import DynamoStore

SHOWN = {TEN_MINUTES: 8, HOURS: 31, DAYS: 366}
"""How many days of each tier are filled in."""

EVERY = {TEN_MINUTES: TEN_MINUTES.step, HOURS: HOURS.step, DAYS: 6 * HOURS.step}
"""The seconds between two simulated minutes, as far back as there is only this tier and longer ones."""


class Simulated(NamedTuple):
    """minute, points: what a server measures, given its number and the start of a minute. last: when it last reported,
    in Unix seconds.
    """

    minute: Callable[[int, int], Minute]
    points: Callable[[int, int], Sequence[Point]]
    last: Callable[[int], int]


class PastRow(NamedTuple):
    """minutes: how many minutes this row stands for."""

    minutes: int
    minute: Minute
    points: Sequence[Point]


def fill_year(
    store: DynamoStore, servers: Mapping[int, int], simulated: Simulated, now: int
) -> Iterator[tuple[int, int]]:
    """Fills in one server after the other. Yields its number and the start of its last minute. servers: IDs by number.

    Minutes begin with yesterday, so that a rollup finds whole days. A server that already has a history is not changed.
    """
    since = now - now % DAY - DAY
    for number, id_ in servers.items():
        until = simulated.last(number) // MINUTE * MINUTE
        if not store.backfill.delay_hours(id_):
            rows = [
                PastRow(seconds // MINUTE, simulated.minute(number, at), simulated.points(number, at))
                for at, seconds in _times(since, until)
            ]
            _write(store, id_, rows, since, (rollup.last_finished(now) + 1) * PERIOD)
        yield number, until - MINUTE


def _write(store: DynamoStore, server_id: int, rows: Sequence[PastRow], since: int, end: int) -> None:
    """since: from when on minutes are written. end: until when there are tiers."""
    recent = [row for row in rows if row.minute.at >= since]
    points = [point for row in recent for point in row.points]
    store.backfill.put_minutes(server_id, Recorded([row.minute for row in recent], points))
    figures, monitors = _figures(rows), _delays(rows)
    for tier, days in SHOWN.items():
        span = (end // DAY - days) * DAY, (end - end % DAY if tier == DAYS else end) - 1
        shown = {id_: delays_within(delays, *span) for id_, delays in monitors.items()}
        store.backfill.put_tier(
            tier,
            server_id,
            rolled(figures_within(figures, *span), tier.step),
            {id_: rolled_delays(delays, tier.step) for id_, delays in shown.items()},
        )


def _times(since: int, until: int) -> Iterator[tuple[int, int]]:
    """Yields minutes to simulate, and how many seconds each stands for. since: from then on, every minute is
    simulated.
    """
    edges = [since // DAY * DAY - days * DAY for days in reversed(SHOWN.values())]
    for tier, first, last in zip(reversed(SHOWN), edges, [*edges[1:], since], strict=True):
        yield from ((at, EVERY[tier]) for at in range(first, last, EVERY[tier]))
    yield from ((at, MINUTE) for at in range(since, until, MINUTE))


def _figures(rows: Sequence[PastRow]) -> Figures:
    texts = [",".join(values) for values in zip(*(row.minute.values for row in rows), strict=True)]
    figures = rollup.figures_of([row.minute.at for row in rows], texts)
    minutes = [row.minutes for row in rows]
    columns = [
        [value * count if value is not None else None for value, count in zip(values, minutes, strict=True)]
        if column.over == "sum"
        else values
        for column, values in zip(COLUMNS, figures.columns, strict=True)
    ]
    return Figures(figures.times, minutes, columns)


def _delays(rows: Sequence[PastRow]) -> dict[int, Delays]:
    """The delays of all rows by monitor ID."""
    found: dict[int, list[tuple[int, ...]]] = {}
    for row in rows:
        for one in row.points:
            mean = round(float(one.delay) * 1000)
            counts = one.up * row.minutes, one.down * row.minutes
            found.setdefault(one.monitor_id, []).append((one.at, mean, mean, mean, *counts))
    return {id_: Delays(*map(list, zip(*some, strict=True))) for id_, some in sorted(found.items())}
