"""The cost of rolling up minutes and points, and of reading the results."""

import random
import time
from collections.abc import Iterator
from statistics import fmean

from benchmarks import events, sample_data
from benchmarks.capacity import MONITORS, ROUND_TRIPS
from benchmarks.dashboard import ColdApp
from benchmarks.handler import unit
from benchmarks.history import HEAD_UNITS
from benchmarks.item_size import consumed
from benchmarks.table import Row
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.history import Recorded, minute
from chalicelib.fleet.pings import MINUTE, Point, point
from chalicelib.fleet.prices import LAMBDA_GB_SECOND, READ_UNIT, WRITE_UNIT
from chalicelib.fleet.rollup import DAY, DAYS, HOURS, PERIOD, SLICE, TEN_MINUTES, WAIT, Figures
from chalicelib.scheduled import ROLLUP
from chalicelib.storage.series import progress, recent
from chalicelib.storage.series.measures import DELAYS, FIGURES, Monitors

FLEET = 1000
DOLLARS = "$ a month"
FEW, MORE = 1, 3
"""Numbers of servers that are rolled up. The difference is the cost of two servers, without the cost of a slice."""

TODAY = 1_794_787_200
"""A day in the middle of a month, when the items of days are half full."""
YESTERDAY = TODAY - DAY

BASES = (0.3, 1.9, 8.7, 14.0, 36.0, 52.0, 91.0, 148.0, 181.0, 236.0)
"""Latency of each monitor in milliseconds."""

MOMENTS = (0.1, 11.9)
"""Hours after a rollup at which ranges are read: the longer ago it was, the more minutes they read."""

RANGES = {
    "7d": ((12, 8), (12, 8)),
    "30d": ((12, 8), (13, 9)),
    "1y": ((11, 7), (14, 11)),
}
"""By range, the budgets for read units in addition to the head, of figures and of points: must, and reach for."""

UNIT_MILLISECONDS = 105
"""Milliseconds of a unit on the reference machine, which is assumed to be as fast as a whole processor on Lambda."""

PROCESSOR_MEGABYTES = 1769
"""With this much memory, a function has one processor."""


def rows() -> Iterator[Row]:
    counts = list(counted())
    yield from counts
    units = _processor()
    yield Row(f"CPU of rolling up a server-day with {MONITORS} monitors", units, "units")
    seconds = units * UNIT_MILLISECONDS / 1000 * PROCESSOR_MEGABYTES / ROLLUP.memory
    of_lambda = 30 * FLEET * seconds * ROLLUP.memory / 1024 * LAMBDA_GB_SECOND
    of_tables = next(row.figure for row in counts if row.unit == DOLLARS)
    what = f"rolling up {FLEET:,} servers with {MONITORS} monitors, with Lambda"
    yield Row(what, of_tables + of_lambda, DOLLARS, 0.50, 0.40)


def counted() -> Iterator[Row]:
    """The rows whose figures are the same each time."""
    random.seed(1)
    with sample_data.dynamodb() as url:
        (few_read, few_written), (read, written) = (_rolled_up(url, servers) for servers in (FEW, MORE))
        each_read, each_written = (read - few_read) / (MORE - FEW), (written - few_written) / (MORE - FEW)
        yield Row(f"rolling up a server-day with {MONITORS} monitors", each_read, "RCU")
        yield Row("the same", each_written, "WCU")
        slices = FLEET // SLICE
        all_read = FLEET * each_read + slices * (few_read - FEW * each_read)
        all_written = FLEET * each_written + slices * (few_written - FEW * each_written)
        dollars = 30 * (all_read * READ_UNIT + all_written * WRITE_UNIT)
        what = f"rolling up {FLEET:,} servers with {MONITORS} monitors, without Lambda"
        yield Row(what, dollars, DOLLARS, 0.46)
        yield from _ranges(url)


def _rolled_up(url: str, servers: int) -> tuple[float, float]:
    """Read and write units of the two runs of a day."""
    store = _with_yesterday(url, servers)
    for server in range(1, servers + 1):
        figures, monitors = _measured(store, server)
        _fill_days(store, server, figures, monitors, 14)
    with consumed(store) as used:
        _roll_up_yesterday(store)
    return used.read, used.written


def _with_yesterday(url: str, servers: int) -> WatchedStore:
    """A store with servers whose minutes of yesterday are not rolled up yet."""
    store = sample_data.new_store(url, _prefix(servers))
    sample_data.fill(store, servers=servers, monitors=0, now=TODAY)
    for server in range(1, servers + 1):
        store.backfill.put_minutes(server, busy_minutes(range(YESTERDAY, TODAY, MINUTE)))
    done_up_to(store, YESTERDAY // PERIOD - 1)
    return store


def _roll_up_yesterday(store: WatchedStore) -> None:
    for now in (YESTERDAY + PERIOD + WAIT, TODAY + WAIT):
        store.roll_up(now, 600)


def _ranges(url: str) -> Iterator[Row]:
    """The cost of reading ranges of server 1, whose previous day is rolled up."""
    prefix = _prefix(FEW)
    store = sample_data.open_store(url, prefix)
    figures, monitors = _measured(store, 1)
    _fill_days(store, 1, figures, monitors, 366)
    for tier, days in ((TEN_MINUTES, 7), (HOURS, 31)):
        for ago in range(1, days + 1):
            shifted = _shifted(FIGURES.rolled(figures, tier.step), DELAYS.rolled(monitors, tier.step), -ago * DAY)
            store.backfill.put_tier(tier, 1, *shifted)
    dashboard = ColdApp(url, prefix, now=TODAY)
    used: dict[tuple[str, str], list[float]] = {}
    recorded = TODAY
    for half in (TODAY, TODAY + PERIOD):
        store.roll_up(half + WAIT, 600)
        for hours in MOMENTS:
            now = int(half + WAIT + hours * 3600)
            store.backfill.put_minutes(1, busy_minutes(range(recorded, now - now % 600, MINUTE)))
            recorded, dashboard.now = now - now % 600, now
            for name in RANGES:
                for what in ("history", "ping"):
                    cost = dashboard.cost(events.ranged(what, name)).read
                    used.setdefault((what, name), []).append(cost)
    for place, what in enumerate(("history", "ping")):
        for name, budgets in RANGES.items():
            must, reach = budgets[place]
            mean = fmean(used[what, name]) - HEAD_UNITS
            yield Row(f"{what} of {name}, beside the head, mean over a day", mean, "RCU", must, reach)
            trips = dashboard.round_trips(events.ranged(what, name))
            yield Row(f"{what} of {name}: {ROUND_TRIPS}", trips, "", 1, 1)


def _processor() -> float:
    """CPU units of rolling up a server-day."""
    with sample_data.dynamodb() as url:
        store = _with_yesterday(url, MORE)
        began = time.process_time()
        _roll_up_yesterday(store)
        return (time.process_time() - began) * 1000 / unit() / MORE


def done_up_to(store: WatchedStore, period: int) -> None:
    """Marks everything up to this period as rolled up."""
    progress.begin(store.database, 0)
    progress.move(store.database, 0, 0, progress.to_period(period))
    progress.end(store.database, 0)


def _prefix(servers: int) -> str:
    return f"benchmark-rollup-{servers}-"


def busy_minutes(times: range) -> Recorded:
    """Minutes and points of a busy web server, each minute with two probes of each monitor."""
    minutes = [minute(at, sample_data.minute_figures(at)) for at in times]
    return Recorded(minutes, [_point(id_, at) for at in times for id_ in range(1, MONITORS + 1)])


def _point(monitor_id: int, at: int) -> Point:
    """A steady latency with few outliers; one probe in 250 is lost."""
    base = BASES[monitor_id % len(BASES)]
    spike = random.expovariate(1 / 8) if random.random() < 0.05 else 0
    lost = sum(random.random() < 0.004 for _ in range(2))
    return point(monitor_id, at, base * (1 + abs(random.gauss(0, 0.02))) + spike if lost < 2 else 0, 2 - lost, lost)


def _measured(store: WatchedStore, server: int) -> tuple[Figures, Monitors]:
    """A server's minutes and points of yesterday."""
    found = recent.read(store.database, server, YESTERDAY, TODAY - 1)
    return FIGURES.minutes(found), DELAYS.minutes(found)


def _fill_days(store: WatchedStore, server: int, figures: Figures, monitors: Monitors, days: int) -> None:
    """Fills in the days before yesterday with copies of yesterday."""
    day = FIGURES.rolled(figures, DAYS.step), DELAYS.rolled(monitors, DAYS.step)
    parts = [_shifted(*day, -ago * DAY) for ago in range(days, 0, -1)]
    store.backfill.put_tier(
        DAYS, server, FIGURES.joined(part for part, _ in parts), DELAYS.joined(part for _, part in parts)
    )


def _shifted(figures: Figures, monitors: Monitors, seconds: int) -> tuple[Figures, Monitors]:
    moved = figures._replace(times=[at + seconds for at in figures.times])
    return moved, {id_: one._replace(times=[at + seconds for at in one.times]) for id_, one in monitors.items()}
