"""The cost of history: writing minutes and points, and reading them as charts do."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace

from benchmarks import events, sample_data
from benchmarks.capacity import MONITORS, NOW, ROUND_TRIPS, filled
from benchmarks.dashboard import ColdApp
from benchmarks.handler import cpu
from benchmarks.table import Row

SERVERS = 20
HEAD_UNITS = 1
"""Read units of the head, which every route reads."""

FLUSHES = {5: (13, 12), 10: (7, 6)}
"""By the number of minutes sent at once, the budgets for write units per server-hour: must, and reach for."""

READS = {
    "the v0 route": (events.MONITOR, 15, 13),
    "history": (events.HISTORY, 16, 13),
    "pings": (events.PINGS, 16, 13),
}
"""Requests for a day, and their budgets for read units in addition to the head: must, and reach for."""


def rows() -> Iterator[Row]:
    yield from counted()
    yield from _cpu()


def counted() -> Iterator[Row]:
    """The rows whose figures are the same each time."""
    random.seed(1)
    with sample_data.dynamodb() as url:
        dashboard = filled(url, SERVERS, MONITORS)
        for number, (minutes, (must, reach)) in enumerate(FLUSHES.items()):
            what = f"a server-hour of minutes and {MONITORS} monitors' points, {minutes} minutes at a time"
            yield Row(what, hour_written(dashboard, 2 + number, minutes), "WCU", must, reach)
        yield Row("the same, cut anywhere, 5 minutes at a time", hour_written(dashboard, 9, 5, offset=2), "WCU")
        for what, (event, must, reach) in READS.items():
            dashboard.ask(event)
            read = dashboard.cost(event).read - HEAD_UNITS
            yield Row(f"a day of {MONITORS} monitors: {what}, beside the head", read, "RCU", must, reach)
            yield Row(f"a day: {what}: {ROUND_TRIPS}", dashboard.round_trips(event), "", 1, 1)


def hour_written(dashboard: ColdApp, server: int, minutes: int, *, offset: int = 0) -> float:
    """Write units of an hour's minutes and points of a server that sends this many minutes at once.

    offset: how many minutes after the start of a cell each request begins.
    """
    first = NOW // 3600 * 3600 - 3600 + offset * 60
    flushes = [range(start, start + minutes * 60, 60) for start in range(first, first + 3600, minutes * 60)]
    return sum(dashboard.cost(events.history_of(server, flush, MONITORS)).written for flush in flushes)


def _cpu() -> Iterator[Row]:
    with sample_data.dynamodb() as url:
        now = int(time.time())
        sample_data.fill(sample_data.new_store(url), servers=SERVERS, monitors=MONITORS, now=now)
        dashboard = ColdApp(url)
        for what, event, must, reach in (
            ("history, 16 x 1,440 values", events.HISTORY, 0.04, 0.03),
            (f"pings, {MONITORS} x 1,440 points with counts", events.PINGS, None, None),
        ):
            row = Row(f"CPU of the handler: {what}", 0, "units", must, reach)
            yield replace(row, figure=cpu(lambda event=event: dashboard.ask(event)))  # type: ignore[misc]
