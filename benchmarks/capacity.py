"""Capacity units and round trips of DynamoDB for the routes that are called most, counted by DynamoDB's rules."""

import random
import time
from collections.abc import Iterator, Sequence
from unittest import mock

from benchmarks import events, sample_data
from benchmarks.dashboard import ColdApp
from benchmarks.events import Event
from benchmarks.table import Row
from chalicelib.fleet.cycle_totals import CycleCount
from chalicelib.fleet.limits import REPORTS

SERVERS = 1000
SMALL_FLEETS = {20: (3, 2.5), 40: (4, 3.5)}
"""By number of servers, the budgets for read units of the list or details of all of them: must, and reach for."""

MONITORS = 10
FLUSH_MINUTES = 5
"""How many minutes of points a sender collects to send them at once."""

NOW = 1_795_444_200
ROUND_TRIPS = "round trips one after the other, warm"


def rows() -> Iterator[Row]:
    random.seed(1)
    with sample_data.dynamodb() as url:
        for servers, (must, reach) in SMALL_FLEETS.items():
            dashboard = filled(url, servers)
            for event in (events.LIST, events.DETAILS):
                read(dashboard, event)
            warm = max(read(dashboard, event) for event in (events.LIST, events.DETAILS))
            yield Row(f"list or details of {servers}, warm", warm, "RCU", must, reach)
        dashboard = filled(url, SERVERS, MONITORS)
        yield from _of_a_large_fleet(dashboard, url)
        yield from _of_reports(dashboard)


def filled(url: str, servers: int, monitors: int = 0) -> ColdApp:
    """A dashboard with an empty memory and tables of its own, whose servers reported just now."""
    prefix = f"benchmark-{servers}-"
    sample_data.fill(sample_data.new_store(url, prefix), servers=servers, monitors=monitors, now=NOW)
    return ColdApp(url, prefix, now=NOW + 1)


def read(dashboard: ColdApp, event: Event) -> float:
    """Read units of a request."""
    return dashboard.cost(event).read


def _of_a_large_fleet(dashboard: ColdApp, url: str) -> Iterator[Row]:
    whole_fleet = f"list or details of {SERVERS:,}"
    yield Row(f"{whole_fleet}, first", read(dashboard, events.DETAILS), "RCU", 160, 70)
    asked = {"list": events.LIST, "details": events.DETAILS, "summary": events.SUMMARY, "monitor": events.MONITOR}
    dashboard.ask(events.MONITOR)  # from now on the process knows the monitors
    dashboard.ask(events.SUMMARY)  # and, for a minute, the traffic that plans have used
    dashboard.ask(events.DOCUMENT)
    yield Row(f"a public page's document of {SERVERS:,}, warm", read(dashboard, events.DOCUMENT), "RCU", 2, 1)
    yield Row(f"document: {ROUND_TRIPS}", dashboard.round_trips(events.DOCUMENT), "", 1, 1)
    warm = {what: read(dashboard, event) for what, event in asked.items()}
    yield Row(f"{whole_fleet}, warm", max(warm["list"], warm["details"]), "RCU", 12, 11)
    yield Row(f"summary of {SERVERS:,}, warm", warm["summary"], "RCU", 12, 11)
    yield Row("details of one, warm", read(dashboard, events.DETAILS_OF_ONE), "RCU", 2)
    yield from _of_plans(dashboard, url)
    for what, event in asked.items():
        yield Row(f"{what}: {ROUND_TRIPS}", dashboard.round_trips(event), "", 1, 1)
    host = {"secret": sample_data.secret(500), "host": {**sample_data.HOST, "PlatformVersion": "13.1"}}
    ColdApp(url, f"benchmark-{SERVERS}-", now=NOW + 2).ask(events.report([host]))
    changed = read(dashboard, events.DETAILS)
    yield Row(f"{whole_fleet}, warm, after one host changed", changed, "RCU", 40, 25)


def _of_plans(dashboard: ColdApp, url: str) -> Iterator[Row]:
    """The cost of the traffic in plans' cycles, if every server has a plan. A process reads it once a minute."""
    chance = random.Random(1)
    moved = [(chance.randrange(2**41), chance.randrange(2**39)) for _ in range(2 * SERVERS)]
    counted = {id_: CycleCount(NOW, NOW - 10**6, moved[id_ - 1], moved[-id_]) for id_ in range(1, SERVERS + 1)}
    sample_data.open_store(url, f"benchmark-{SERVERS}-").traffic.write_counted(counted)
    now = time.monotonic() + 61
    with mock.patch.object(time, "monotonic", return_value=now):
        first, warm = read(dashboard, events.SUMMARY), read(dashboard, events.SUMMARY)
    yield Row(f"summary of {SERVERS:,} with plans, once a minute", first, "RCU", 15, 14)
    yield Row(f"summary of {SERVERS:,} with plans, warm", warm, "RCU", 12, 11)


def _of_reports(dashboard: ColdApp) -> Iterator[Row]:
    yield Row("a state, sent alone", state_written(dashboard, range(7, 8)), "WCU", 1)
    # Batches that begin at a block's first, fifth and last server.
    batches = [state_written(dashboard, range(first, first + REPORTS)) for first in (1, 5, 8)]
    yield Row(f"a state, {REPORTS} neighbours in a request", max(batches), "WCU", 0.25, 0.13)
    yield Row(
        "a report, for finding its secret and its monitors, warm",
        report_read(dashboard, agents=100, seconds=60, turns=10),
        "RCU",
        0.1,
    )
    alone, flushed = (minute_written(dashboard, 1 + minutes, minutes) / MONITORS for minutes in (1, FLUSH_MINUTES))
    yield Row("a ping point, a minute at a time", alone, "WCU", 0.10, 0.02)
    yield Row(f"a ping point, {FLUSH_MINUTES} minutes at a time", flushed, "WCU", 0.10, 0.02)


def state_written(dashboard: ColdApp, servers: Sequence[int]) -> float:
    """Write units per state, for one request with a later state of each of these servers."""
    assert dashboard.now is not None
    dashboard.now += 10
    return dashboard.cost(events.states_of(servers)).written / len(servers)


def minute_written(dashboard: ColdApp, server: int, minutes: int) -> float:
    """Write units of a server's points, per minute of an hour, if this many minutes are sent at once."""
    hour = range(NOW // 3600 * 3600 - 3600, NOW // 3600 * 3600, 60)
    flushes = [hour[start : start + minutes] for start in range(0, 60, minutes)]
    return sum(dashboard.cost(events.points_of(server, flush, MONITORS)).written for flush in flushes) / 60


def report_read(dashboard: ColdApp, *, agents: int, seconds: float, turns: int) -> float:
    """Read units per report, if each of these agents sends `turns` separate reports, evenly spread over `seconds`."""
    begun = int(time.monotonic())
    now = float(begun)

    def monotonic() -> float:
        return now

    requests = [events.states_of([number]) for number in range(1, agents + 1)] * turns
    units = 0.0
    with mock.patch.object(time, "monotonic", monotonic):
        dashboard.ask(events.states_of(range(1, agents + 1)))
        for number, request in enumerate(requests, 1):
            # Rounded, as rounding errors would otherwise matter at the end of each quarter of a minute.
            now = begun + round(number * seconds / len(requests), 3)
            units += read(dashboard, request)
    return units / len(requests)
