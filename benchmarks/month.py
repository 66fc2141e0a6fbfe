"""What fleets cost in 30 days: arithmetic from counted units and AWS's list prices (benchmarks/prices.py)."""

import random

from benchmarks import capacity, fleet
from benchmarks import prices as price
from benchmarks.table import Row
from chalicelib.fleet.limits import REPORTS

REPORT_SECONDS = 10
READ_SECONDS = 5
"""How often a program asks for the details of every server."""

MEMORY_GB = 0.5
REPORT_RUN_SECONDS = 0.010
BATCH_RUN_SECONDS = 0.050
ANSWER_RUN_SECONDS = 0.020
ANSWER_RUN_SECONDS_A_THOUSAND = 0.100
"""How long Lambda runs for a request: assumed, until somebody has measured it on AWS."""

SERVERS = (10, 100, 1_000, 10_000)
COUNTED = 1_000


def rows() -> list[Row]:
    random.seed(1)
    with fleet.dynamodb() as url:
        store = fleet.new_store(url)
        fleet.fill(store, servers=COUNTED, monitors=capacity.MONITORS, now=capacity.NOW)
        capacity.fleet_read(store)
        read = capacity.fleet_read(store)
        batch = capacity.states_written(store, range(1, 1 + REPORTS))
        points = capacity.points_written(store, 2, minutes=capacity.FLUSH_MINUTES)
    return [
        row
        for servers in SERVERS
        for row in (
            Row(f"{servers:,} servers, each by itself, no program reads", _alone(servers, points), "$"),
            Row(f"{servers:,} servers, through relays, no program reads", _relayed(servers, batch, points), "$"),
            Row(f"a program that reads {servers:,} servers every {READ_SECONDS} s", _reader(servers, read), "$"),
        )
    ]


def _alone(servers: int, points: float) -> float:
    reports = servers * price.MONTH_SECONDS / REPORT_SECONDS
    return reports * (_request(REPORT_RUN_SECONDS) + price.WRITE_UNIT) + _points(servers, points)


def _relayed(servers: int, batch: float, points: float) -> float:
    """In requests of 100 states, or of all of a smaller fleet."""
    reports = min(servers, REPORTS)
    requests = servers / reports * price.MONTH_SECONDS / REPORT_SECONDS
    return requests * (_request(BATCH_RUN_SECONDS) + batch * reports / REPORTS * price.WRITE_UNIT) + _points(
        servers, points
    )


def _points(servers: int, written: float) -> float:
    """Of ten monitors, with the reads that writing takes: as many units as are written, at most."""
    return servers * price.MONTH_SECONDS / 60 * written * (price.WRITE_UNIT + price.READ_UNIT)


def _reader(servers: int, read: float) -> float:
    """Without the traffic, which depends on whether the reader takes compressed answers."""
    run = ANSWER_RUN_SECONDS + ANSWER_RUN_SECONDS_A_THOUSAND * servers / 1000
    units = 1 + (read - 1) * servers / COUNTED
    return price.MONTH_SECONDS / READ_SECONDS * (_request(run) + units * price.READ_UNIT)


def _request(run_seconds: float) -> float:
    lambda_run = run_seconds * MEMORY_GB * price.LAMBDA_GB_SECOND
    return price.REST_REQUEST + price.LAMBDA_REQUEST + lambda_run
