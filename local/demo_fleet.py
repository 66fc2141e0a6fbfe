"""The last hour and the last 30 days of the simulated servers, as the scheduled functions would have left them."""

from collections.abc import Callable, Mapping, Sequence

from chalicelib.fleet import monitor_sparks
from chalicelib.fleet.availability import MINUTE, MINUTES_A_DAY, Day, DayCount, shown_days
from chalicelib.fleet.monitor_sparks import MonitorSpark
from chalicelib.fleet.pings import Point
from chalicelib.fleet.sparks import STEP, Spark, shown_steps
from chalicelib.fleet.store import Store

ATTEMPTS = 5
"""Attempts to write a day. The scheduled function `watch` may write today's at the same time."""


def fill_hour(store: Store, servers: Mapping[int, int], spark: Callable[[int, int], Spark], now: int) -> None:
    """Fills in the servers' curves of the last hour. servers: the ID of each reporting server, by its number. spark:
    returns the figures for a server's number and the start of a step.
    """
    steps = range(shown_steps(now)[0], now - now % STEP, STEP)
    stored = store.sparks(steps)
    for step in steps:
        if step not in stored:
            store.write_sparks(step, {id_: spark(number, step) for number, id_ in servers.items()})


def fill_monitors_hour(
    store: Store, servers: Mapping[int, int], points: Callable[[int, int], Sequence[Point]], now: float
) -> None:
    """Fills in the monitors' curves. servers: as in `fill_hour`. points: returns the points for a server's number and
    the start of a minute.
    """
    for curve in monitor_sparks.CURVES.values():
        steps = monitor_sparks.shown_steps(now, curve)
        stored = store.monitor_sparks(steps, int(now) // MINUTE)
        for step in steps:
            if step not in stored:
                delays: dict[int, list[float]] = {}
                for one in (
                    one for number in servers for at in _parts(step, curve.step) for one in points(number, at) if one.up
                ):
                    delays.setdefault(one.monitor_id, []).append(float(one.delay))
                means = {id_: sum(found) / len(found) for id_, found in delays.items()}
                sparks = {id_: MonitorSpark(mean, mean) for id_, mean in means.items()}
                store.write_monitor_sparks(step, sparks, curve.step)


def _parts(step: int, seconds: int) -> range:
    """A sample of a step's minutes: the first one of a short step, or one in each quarter of a longer one."""
    return range(step, step + seconds, max(STEP, seconds // 4))


def fill_days(
    store: Store,
    servers: Mapping[int, int],
    monitors: Sequence[int],
    missing: Callable[[int, int], float],
    silent: Mapping[int, int],
    now: int,
) -> None:
    """Fills in the last 30 days. servers: as in `fill_hour`, plus those that have been silent for a number of minutes,
    which is in `silent` by number.

    monitors: IDs. missing: returns the share of a day without data, given a server's number or the negative ID of a
    monitor, and the day.
    """
    for day in shown_days(now):
        since, until = day * MINUTES_A_DAY, min(now // MINUTE + 1, (day + 1) * MINUTES_A_DAY)
        counted = {}
        for number in (*servers, *(-id_ for id_ in monitors)):
            heard = max(since, min(until, now // MINUTE + 1 - silent.get(number, 0)))
            up = int((heard - since) * (1 - missing(number, day)))
            counted[number] = DayCount(since, until, up, heard - 1)
        of_servers = {id_: counted[number] for number, id_ in servers.items()}
        _add(store, day, Day(min(until, now // MINUTE), of_servers, {id_: counted[-id_] for id_ in monitors}))


def _add(store: Store, day: int, simulated: Day) -> None:
    """Adds the simulated counts to a day, but keeps those that are there already."""
    for _ in range(ATTEMPTS):
        old = store.availability(range(day, day + 1)).get(day)
        known = old or Day(simulated.until, {}, {})
        new = Day(known.until, {**simulated.servers, **known.servers}, {**simulated.monitors, **known.monitors})
        if new == old or store.write_availability(day, new, old):
            return
