"""What limits the service at 10,000, 100,000 and 1,000,000 servers: the tables of docs/scale.md.

Capacity units are counted from the calls that the store really makes for a thousand servers, and grow with the servers
from there on, but for the head, whose size at each step is that of the item itself. For how long new tables refuse what
they are not split for yet is simulated (benchmarks/partitions.py).
"""

import gzip
import json
import random
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from benchmarks import capacity, sample_data
from benchmarks.capacity import FLUSH_MINUTES, MONITORS, NOW
from benchmarks.item_size import READ_UNIT, WRITE_UNIT, item_size
from benchmarks.partitions import NEW_PARTITIONS, READS, WRITES, Load, simulate
from chalicelib.api.compression import LEVEL
from chalicelib.api.v0.server_lists import details_json
from chalicelib.fleet.limits import REPORTS
from chalicelib.storage.head import GROUP_SIZE, moved_on
from chalicelib.storage.states import SLOTS

STEPS = (10_000, 100_000, 1_000_000)
COUNTED = 1_000
REPORT_SECONDS = 10
POLLS = 20
"""Answers with every server a second: a hundred programs that ask every five seconds."""

CHANGES = 9_999
"""How often each group of servers has changed: a version takes the more bytes the higher it is."""

PAGE = 1024 * 1024
"""Bytes of one answer to a Scan."""

SIMULATED_MINUTES = 120
SETTLED = 0.001
"""The share of refused units under which a table bears its load."""


@dataclass(frozen=True)
class Counted:
    """state, batch: write units of a state, alone and in a request full of neighbours. minute, flush: of the points of
    a server's minute, each written alone and five at once. states, first: read units of a server in a read of all, and
    in a process's first one, the states' included. answer, compressed: bytes of a server in details, as Lambda returns
    them: in a JSON text, and compressed in base64.
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


def tables(counted: Counted) -> Iterator[tuple[str, str]]:
    """The tables of docs/scale.md, each with its title."""
    yield "What a second brings", _table(_second(counted))
    yield "The head", _table(_HEAD)
    yield "An answer with every server", _table(_answer(counted))
    yield "The first hours of new tables", _table(_first_hours(counted))


def count() -> Counted:
    """Counted on an embedded DynamoDB; the same each time."""
    random.seed(1)
    with sample_data.dynamodb() as url:
        store = sample_data.new_store(url)
        sample_data.fill(store, servers=COUNTED, now=NOW)
        first, warm = capacity.fleet_read(store), capacity.fleet_read(store)
        answer = details_json(store.view().fleet.ordered, store.states(None))
        return Counted(
            state=capacity.states_written(store, range(1, 2)),
            batch=capacity.states_written(store, range(8, 8 + REPORTS)) / REPORTS,
            minute=capacity.points_written(store, 1, minutes=1),
            flush=capacity.points_written(store, 2, minutes=FLUSH_MINUTES),
            states=(warm - 1) / COUNTED,
            first=(first - 1) / COUNTED,
            answer=len(json.dumps(answer)) / COUNTED,
            compressed=len(b64encode(gzip.compress(answer.encode(), LEVEL, mtime=0))) / COUNTED,
        )


Rows = Mapping[str, Callable[[int], str]]
"""What a row is about, and its cell for so many servers."""


def _table(rows: Rows) -> str:
    lines = [("servers", *(f"{servers:,}" for servers in STEPS)), ("---",) * (1 + len(STEPS))]
    lines += [(what, *(cell(servers) for servers in STEPS)) for what, cell in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _second(counted: Counted) -> Rows:
    reports, minutes = 1 / REPORT_SECONDS, 1 / 60
    return {
        "requests, each agent by itself": lambda n: _number(n * reports),
        "requests through relays": lambda n: _number(n * reports / REPORTS),
        "write units of states, each by itself": lambda n: _number(n * reports * counted.state),
        "write units of states through relays": lambda n: _number(n * reports * counted.batch),
        "write units of pings, a minute at a time": lambda n: _number(n * minutes * counted.minute),
        f"write units of pings, {FLUSH_MINUTES} minutes at a time": lambda n: _number(n * minutes * counted.flush),
        "read units of the head": lambda n: _number(POLLS * _head_reads(n)),
        "read units of the states": lambda n: _number(POLLS * n * counted.states),
    }


_HEAD: Rows = {
    "bytes": lambda n: _number(_head_bytes(n)),
    "read units of a read": lambda n: _number(_head_reads(n)),
    "reads a second at most": lambda n: _number(READS // _head_reads(n)),
    "write units of a change": lambda n: _number(_head_writes(n)),
    "changes a second at most": lambda n: _number(WRITES / _head_writes(n)),
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
    """A transaction takes twice what its writes do."""
    return 2 * -(-_head_bytes(servers) // WRITE_UNIT)


def _answer(counted: Counted) -> Rows:
    return {
        "MiB as Lambda returns it": lambda n: _number(n * counted.answer / 2**20),
        "MiB compressed": lambda n: _number(n * counted.compressed / 2**20),
        "read units": lambda n: _number(_head_reads(n) + n * counted.states),
        "read units of a process's first": lambda n: _number(_head_reads(n) + n * counted.first),
        "pages of states, one after the other": lambda n: _number(-(-n * counted.states * 2 * READ_UNIT // PAGE)),
        "a second at most, by a new table of states": lambda n: _number(NEW_PARTITIONS * READS / (n * counted.states)),
    }


def _first_hours(counted: Counted) -> Rows:
    def states(n: int, units: float) -> dict[str, Load]:
        return {str(block): Load(writes=SLOTS * units / REPORT_SECONDS) for block in range(n // SLOTS)}

    def head(n: int, reads: int) -> dict[str, Load]:
        return {"-1": Load(reads=reads * _head_reads(n), read_size=_head_reads(n))}

    return {
        "states, each agent by itself": lambda n: _hours(states(n, counted.state)),
        "states through relays": lambda n: _hours(states(n, counted.batch)),
        "the head, 100 answers a second": lambda n: _hours(head(n, 100)),
        "the head, 2,000 answers a second": lambda n: _hours(head(n, 2000)),
    }


def _hours(loads: Mapping[str, Load]) -> str:
    minutes = simulate(loads, SIMULATED_MINUTES)
    refused = [minute.refused_share > SETTLED for minute in minutes]
    if not any(refused):
        return "none refused"
    first = f"{minutes[0].refused_share:.0%} refused"
    if refused[-1]:
        return f"{first}, for ever"
    settled = len(refused) - refused[::-1].index(True)
    return f"{first} at first, none after {settled} minutes and {minutes[settled].partitions} partitions"


def _number(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


if __name__ == "__main__":
    main()
