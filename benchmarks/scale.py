"""Prints the tables of docs/scale.md: what limits the dashboard at 10,000, 100,000 and 1,000,000 servers.

Capacity units are counted for requests to a dashboard of a thousand servers and scaled up, except for the head, whose
size is calculated at each step. How long new tables throttle before DynamoDB splits them is simulated
(benchmarks/partitions.py).
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from benchmarks import capacity, events, sample_data
from benchmarks.capacity import FLUSH_MINUTES, MONITORS
from benchmarks.item_size import READ_UNIT, WRITE_UNIT, item_size
from benchmarks.partitions import NEW_PARTITIONS, READS, WRITES, KeyLoad, simulate
from chalicelib.fleet.limits import REPORTS
from chalicelib.storage.head import GROUP_SIZE, moved_on
from chalicelib.storage.states import SLOTS

STEPS = (10_000, 100_000, 1_000_000)
COUNTED = 1_000
REPORT_SECONDS = 10
POLLS = 20
"""Requests for all servers per second: a hundred programs that each send one every five seconds."""

CHANGES = 9_999
"""How often each group of servers has changed. Higher versions take more bytes."""

PAGE = 1024 * 1024
"""Bytes of one answer to a Scan."""

BASE64 = 4 / 3
"""Characters for each byte."""

SIMULATED_MINUTES = 120
SETTLED = 0.001
"""Below this share of throttled units, a table counts as able to take its load."""


@dataclass(frozen=True)
class ScaleUnits:
    """state, batch: write units of a state, sent alone and in a full request of neighbours. minute, flush: write units
    of the points of a server's minute, sent alone and five minutes at once. states, first: read units per server for
    the details of all, warm and in a new process. answer, compressed: bytes per server in details as Lambda returns
    them, as JSON text and compressed in base64.
    """

    state: float
    batch: float
    minute: float
    flush: float
    states: float
    first: float
    answer: float
    compressed: float


def main() -> None:
    for title, table in tables(count()):
        print(f"## {title}\n\n{table}\n")


def tables(counted: ScaleUnits) -> Iterator[tuple[str, str]]:
    """The tables of docs/scale.md, each with its title."""
    yield "Load per second", _table(_second(counted))
    yield "The head", _table(_HEAD)
    yield "An answer with every server", _table(_answer(counted))
    yield "The first hours of new tables", _table(_first_hours(counted))


def count() -> ScaleUnits:
    """Counts on an embedded DynamoDB. The result is the same each time."""
    random.seed(1)
    with sample_data.dynamodb() as url:
        dashboard = capacity.filled(url, COUNTED, MONITORS)
        first, warm = dashboard.cost(events.DETAILS), dashboard.cost(events.DETAILS)
        return ScaleUnits(
            state=capacity.state_written(dashboard, range(1, 2)),
            batch=capacity.state_written(dashboard, range(8, 8 + REPORTS)),
            minute=capacity.minute_written(dashboard, 2, 1),
            flush=capacity.minute_written(dashboard, 3, FLUSH_MINUTES),
            states=(warm.read - 1) / COUNTED,
            first=(first.read - 1) / COUNTED,
            answer=warm.returned / COUNTED,
            compressed=warm.gzipped * BASE64 / COUNTED,
        )


Rows = Mapping[str, Callable[[int], str]]
"""A row's first cell, and the cell for a number of servers."""


def _table(rows: Rows) -> str:
    lines = [("servers", *(f"{servers:,}" for servers in STEPS)), ("---",) * (1 + len(STEPS))]
    lines += [(what, *(cell(servers) for servers in STEPS)) for what, cell in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _second(counted: ScaleUnits) -> Rows:
    reports, minutes = 1 / REPORT_SECONDS, 1 / 60
    return {
        "requests, agents report directly": lambda n: _number(n * reports),
        "requests, through relays": lambda n: _number(n * reports / REPORTS),
        "write units of states, directly": lambda n: _number(n * reports * counted.state),
        "write units of states, through relays": lambda n: _number(n * reports * counted.batch),
        "write units of pings, a minute at a time": lambda n: _number(n * minutes * counted.minute),
        f"write units of pings, {FLUSH_MINUTES} minutes at a time": lambda n: _number(n * minutes * counted.flush),
        "read units of the head": lambda n: _number(POLLS * _head_reads(n)),
        "read units of the states": lambda n: _number(POLLS * n * counted.states),
    }


@cache
def _head_bytes(servers: int) -> int:
    ids = range(1, servers + 1)
    changed = {"N": str(CHANGES - 1)}
    before = {f"v{group}": changed for group in range(servers // GROUP_SIZE + 1)}
    return item_size(moved_on(before, {}, ids, range(1, MONITORS + 1)))


def _head_reads(servers: int) -> int:
    return -(-_head_bytes(servers) // READ_UNIT)


def _head_writes(servers: int) -> int:
    """A write in a transaction costs twice as much."""
    return 2 * -(-_head_bytes(servers) // WRITE_UNIT)


_HEAD: Rows = {
    "bytes": lambda n: _number(_head_bytes(n)),
    "read units of a read": lambda n: _number(_head_reads(n)),
    "maximum reads a second": lambda n: _number(READS // _head_reads(n)),
    "write units of a change": lambda n: _number(_head_writes(n)),
    "maximum changes a second": lambda n: _number(WRITES / _head_writes(n)),
}


def _answer(counted: ScaleUnits) -> Rows:
    return {
        "MiB as Lambda returns it": lambda n: _number(n * counted.answer / 2**20),
        "MiB compressed": lambda n: _number(n * counted.compressed / 2**20),
        "read units": lambda n: _number(_head_reads(n) + n * counted.states),
        "read units of a process's first request": lambda n: _number(_head_reads(n) + n * counted.first),
        "pages of states, read in sequence": lambda n: _number(-(-n * counted.states * 2 * READ_UNIT // PAGE)),
        "maximum a second, with a new table of states": lambda n: _number(
            NEW_PARTITIONS * READS / (n * counted.states)
        ),
    }


def _first_hours(counted: ScaleUnits) -> Rows:
    def states(n: int, units: float) -> dict[str, KeyLoad]:
        return dict.fromkeys(map(str, range(n // SLOTS)), KeyLoad(writes=SLOTS * units / REPORT_SECONDS))

    def head(n: int, reads: int) -> dict[str, KeyLoad]:
        return {"-1": KeyLoad(reads=reads * _head_reads(n), read_size=_head_reads(n))}

    return {
        "states, agents report directly": lambda n: _hours(states(n, counted.state)),
        "states through relays": lambda n: _hours(states(n, counted.batch)),
        "the head, 100 requests a second": lambda n: _hours(head(n, 100)),
        "the head, 2,000 requests a second": lambda n: _hours(head(n, 2000)),
    }


def _hours(loads: Mapping[str, KeyLoad]) -> str:
    minutes = simulate(loads, SIMULATED_MINUTES)
    refused = [minute.refused_share > SETTLED for minute in minutes]
    if not any(refused):
        return "none throttled"
    first = f"{minutes[0].refused_share:.0%} throttled"
    if refused[-1]:
        return f"{first} permanently"
    settled = len(refused) - refused[::-1].index(True)
    return f"{first} at first, none after {settled} minutes and {minutes[settled].partitions} partitions"


def _number(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


if __name__ == "__main__":
    main()
