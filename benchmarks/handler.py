"""CPU of the Lambda handler for the most expensive requests, in a unit that is comparable between machines.

A unit is the CPU of DUMPS `json.dumps` of a list of 1,000 nested dicts, CHARACTERS each. DynamoDB is embedded, in
another process on loopback.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import cycle
from statistics import median
from typing import Any

from benchmarks import events, sample_data
from benchmarks.dashboard import ColdApp
from benchmarks.table import Row
from chalicelib.fleet.limits import REPORTS

SERVERS = 1000
MONITORS = 10
ROUNDS = 10
DUMPS, CHARACTERS = 20, 453_232
"""What a unit is."""

LEAST_MS = 200
"""Short requests are repeated until they have taken this long in total: ten runs of a millisecond vary too much."""


def rows() -> Iterator[Row]:
    with sample_data.dynamodb() as url:
        sample_data.fill(sample_data.new_store(url), servers=SERVERS, monitors=MONITORS, now=int(time.time()))
        dashboard = ColdApp(url)
        batches = cycle([events.states_of(range(1, REPORTS + 1)) for _ in range(ROUNDS)])
        requests: list[tuple[Row, Callable[[], object], int]] = [
            (
                _row(f"details of {SERVERS:,}, warm", 0.10, 0.030, "0.027-0.046"),
                lambda: dashboard.ask(events.DETAILS),
                1,
            ),
            (_row(f"list of {SERVERS:,}, warm", 0.06, 0.015, "0.011"), lambda: dashboard.ask(events.LIST), 1),
            (_row("details of one, warm", 0.02, 0.004, "0.0016"), lambda: dashboard.ask(events.DETAILS_OF_ONE), 1),
            (
                _row(f"monitor, {MONITORS} x 1,440 points", 0.15, 0.05, "0.41"),
                lambda: dashboard.ask(events.MONITOR),
                1,
            ),
            (Row("a public page's document, warm", 0, "units"), lambda: dashboard.ask(events.DOCUMENT), 1),
            (
                _row(f"a state report, in a batch of {REPORTS}", 0.003, 0.0010, "0.0016"),
                lambda: dashboard.ask(next(batches)),
                REPORTS,
            ),
        ]
        for row, request, parts in requests:
            yield replace(row, figure=cpu(request) / parts)


def _row(what: str, must: float, reach: float, original: str) -> Row:
    return Row(what, 0, "units", must, reach, original)


def cpu(request: Callable[[], object]) -> float:
    """Returns the units of this process's CPU for one request, by the medians of several.

    Requests and units are measured by turns, because the speed of machines drifts.
    """
    request()
    spent: list[float] = []
    dumped: list[float] = []
    while len(spent) < ROUNDS or sum(spent) < LEAST_MS:
        spent.append(_milliseconds(request))
        dumped.append(_milliseconds(_dump))
    return median(spent) / _unit(dumped)


def unit() -> float:
    """Returns the milliseconds of CPU of one unit."""
    return _unit([_milliseconds(_dump) for _ in range(DUMPS)])


def _unit(dumped: Sequence[float]) -> float:
    return median(dumped) * DUMPS * CHARACTERS / len(json.dumps(_servers()))


def _dump() -> object:
    return json.dumps(_servers())


@cache
def _servers() -> list[dict[str, Any]]:
    row = {"name": "server", "host": sample_data.HOST, "status": sample_data.state()}
    return [{"id": number, **row} for number in range(1000)]


def _milliseconds(action: Callable[[], object]) -> float:
    began = time.process_time()
    action()
    return (time.process_time() - began) * 1000
