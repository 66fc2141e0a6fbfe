"""The scheduled functions with as many servers as a dashboard holds, on the embedded DynamoDB.

Each runs in a process of its own: `python -m benchmarks.full_fleet watch|rollup SERVERS SECONDS URL`. The rollup
processes the second half of a day, so it also makes the day's items. It is started every ten minutes, with its job's
time limit, until nothing is left. Time passes as on Lambda: the time that a run's CPU work takes with the job's share
of a processor, plus a share of a round trip for each call.
"""

import json
import logging
import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from unittest import mock

from benchmarks import sample_data
from benchmarks.capacity import MONITORS
from benchmarks.cost import REPORT_SECONDS
from benchmarks.curves import largest_memory
from benchmarks.item_size import WRITE_UNIT as WRITE_UNIT_BYTES
from benchmarks.item_size import item_size, read_units, units
from benchmarks.lambda_clock import LambdaClock
from benchmarks.rollup import TODAY, YESTERDAY, busy_minutes, done_up_to
from benchmarks.table import Row
from benchmarks.watched_store import Parameters, Send, WatchedStore, opened
from chalicelib import scheduled
from chalicelib.fleet.availability import day_of
from chalicelib.fleet.limits import SERVERS
from chalicelib.fleet.pings import MINUTE
from chalicelib.fleet.prices import LAMBDA_GB_SECOND, READ_UNIT, WRITE_UNIT
from chalicelib.fleet.rollup import HOURS, PERIOD, TEN_MINUTES, WAIT, slices
from chalicelib.scheduled import ROLLUP, ROLLUP_SECONDS, WATCH, Job, Scheduled
from chalicelib.storage.items import Item, number
from chalicelib.storage.parallel import WRITERS
from chalicelib.storage.series import kinds, progress, recent
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.measures import DELAYS, FIGURES
from chalicelib.storage.series.tier_items import key_of

NOON = YESTERDAY + PERIOD
LOOK = TODAY - 2 * MINUTE
"""When the watch runs, so that availability includes every server."""

ROUND_TRIP_SECONDS = 0.028
"""Of a call to DynamoDB. `parallel.WRITERS` calls are made at once. Assumed; not measured on AWS."""

TEMPLATES = 5
FIRST_TEMPLATE = 1_000_001
"""Additional servers whose minutes the whole fleet shares: with a copy for each server, the embedded DynamoDB would
take gigabytes."""

TOO_MANY_RUNS = 40


@dataclass(frozen=True)
class Run:
    """One run of a job. slices: how many slices of the rollup it finished. seconds: its duration as on Lambda. cpu: CPU
    seconds on this machine. calls: the number of calls to DynamoDB. read, written: capacity units.
    """

    slices: int
    seconds: float
    cpu: float
    calls: int
    read: float
    written: float


@dataclass(frozen=True)
class Measured:
    """memory: MB of the process at its peak. rolled_up, available: for how many servers the rollup stored ten-minutes,
    and a whole day's availability."""

    runs: Sequence[Run]
    memory: float
    rolled_up: int = 0
    available: int = 0


def rows(servers: int = SERVERS, seconds: float = ROLLUP_SECONDS) -> Iterator[Row]:
    """Measures both functions. seconds: how long a run of the rollup may begin new work."""
    random.seed(1)
    with sample_data.dynamodb() as url:
        store = sample_data.new_store(url)
        sample_data.fill(store, servers=servers, now=LOOK)
        _store_history(store, servers)
        done_up_to(store, YESTERDAY // PERIOD)
        yield from _of_the_watch(servers, _measured("watch", servers, seconds, url))
        yield from _of_the_rollup(servers, _measured("rollup", servers, seconds, url))


def _of_the_watch(servers: int, found: Measured) -> Iterator[Row]:
    first, warm = found.runs
    what = f"the watch of {servers:,}"
    yield Row(f"{what}: its first run, as on Lambda", first.seconds, "s", WATCH.seconds)
    yield Row(f"{what}: a run, warm", warm.seconds, "s", WATCH.seconds)
    yield Row(f"{what}: CPU of a run, warm", warm.cpu, "s")
    yield Row(f"{what}: a run, warm", warm.read, "RCU")
    yield Row(f"{what}: a run, warm", warm.written, "WCU")
    yield Row(f"{what}: memory", found.memory, "MB", WATCH.memory)


def _of_the_rollup(servers: int, found: Measured) -> Iterator[Row]:
    runs, work = found.runs, sum(run.slices for run in found.runs)
    what = f"rolling up half a day of {servers:,} with {MONITORS} monitors"
    yield Row(f"{what}: runs, ten minutes apart", len(runs), "")
    for place, run in enumerate(runs, 1):
        yield Row(f"  slices that run {place} finished", run.slices, "")
    yield Row("  the longest run, as on Lambda", max(run.seconds for run in runs), "s", ROLLUP.seconds)
    yield Row("  CPU of a slice on this machine", sum(run.cpu for run in runs) / work, "s")
    yield Row("  calls of DynamoDB for a slice", sum(run.calls for run in runs) / work, "")
    read, written = sum(run.read for run in runs), sum(run.written for run in runs)
    yield Row("  read of all", read, "RCU")
    yield Row("  written of all", written, "WCU")
    dollars = read * READ_UNIT + written * WRITE_UNIT
    dollars += sum(run.seconds for run in runs) * ROLLUP.memory / 1024 * LAMBDA_GB_SECOND
    yield Row("  all of it", dollars, "$")
    yield Row("  memory", found.memory, "MB", ROLLUP.memory)
    yield Row("  servers whose half day is stored", found.rolled_up, "", servers, at_least=True)
    yield Row("  servers whose day counts as available", found.available, "", servers, at_least=True)


def _measured(job: str, servers: int, seconds: float, url: str) -> Measured:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.full_fleet", job, str(servers), str(seconds), url],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found = json.loads(done.stdout)
    return Measured(**{**found, "runs": [Run(**run) for run in found["runs"]]})


def _watch(url: str) -> Measured:
    process = Process(url, WATCH)
    return Measured([process.run(now) for now in (LOOK - MINUTE, LOOK)], largest_memory())


def _roll_up(url: str, servers: int) -> Measured:
    process = Process(url, ROLLUP)
    store = process.store
    all_slices, period = list(slices(range(1, servers + 1))), NOON // PERIOD
    runs: list[Run] = []
    finished = 0
    with store.calls.around(_of_a_template):
        while finished < len(all_slices):
            assert len(runs) < TOO_MANY_RUNS
            run = process.run(TODAY + WAIT + len(runs) * ROLLUP.minutes * MINUTE)
            found = progress.read(store.database)
            before = finished
            finished = sum(found.done == period or one < found.next_slice for one in all_slices)
            runs.append(replace(run, slices=finished - before))
    memory = largest_memory()
    keys = [key_of(id_, FIGURES.places[TEN_MINUTES] + period) for id_ in range(1, servers + 1)]
    day = store.availability(range(day_of(NOON), day_of(NOON) + 1))[day_of(NOON)]
    whole = sum(one.share == 1 for one in day.servers.values())
    return Measured(runs, memory, len(store.database.batch_get(SeriesItem, keys)), whole)


class Process:
    """A function's process: runs a job, and counts what that takes."""

    def __init__(self, url: str, job: Job) -> None:
        self._job = job
        self.clock = LambdaClock(job.memory)
        self.store = opened(url, sample_data.PREFIX, self.clock)
        self._now = 0.0
        self._scheduled = Scheduled(self.store, REPORT_SECONDS, lambda: self._now)
        self._lock = threading.Lock()
        self._calls, self._read, self._written = 0, 0.0, 0.0

    def run(self, now: float) -> Run:
        self._now = now
        self._calls, self._read, self._written = 0, 0.0, 0.0
        began, cpu = self.clock.monotonic(), self.clock.cpu()
        with self.store.calls.around(self._count):
            self._scheduled.run(self._job)
        seconds, used = self.clock.monotonic() - began, self.clock.cpu() - cpu
        return Run(0, seconds, used, self._calls, self._read, self._written)

    def _count(self, send: Send, operation: str, parameters: Parameters) -> Parameters:
        answer = send(operation, parameters)
        with self.clock.stopped():
            read = sum(read_units(operation, parameters, answer).values())
            written = self._written_units(operation, parameters)
        with self._lock:
            self._calls, self._read, self._written = self._calls + 1, self._read + read, self._written + written
        self.clock.skip(ROUND_TRIP_SECONDS / WRITERS)
        return answer

    def _written_units(self, operation: str, parameters: Parameters) -> float:
        """Counts by the size of items after a write: none of these writes makes an item smaller."""
        items: list[Item] = []
        match operation:
            case "PutItem":
                items = [parameters["Item"]]
            case "BatchWriteItem":
                requests = [one for some in parameters["RequestItems"].values() for one in some]
                items = [one["PutRequest"]["Item"] for one in requests]
            case "UpdateItem":
                key = {"TableName": parameters["TableName"], "Key": parameters["Key"], "ConsistentRead": True}
                items = [self.store.transport.call("GetItem", key).get("Item", {})]
        return sum(units(item_size(item), WRITE_UNIT_BYTES) for item in items)


def _of_a_template(send: Send, operation: str, parameters: Parameters) -> Parameters:
    """Reads the minutes of a template instead of a server's own."""
    values = parameters.get("ExpressionAttributeValues", {})
    if operation == "Query" and int(values[":0"]["N"]) != kinds.FLEET and int(values[":1"]["N"]) < kinds.LATE:
        template = number(FIRST_TEMPLATE + int(values[":0"]["N"]) % TEMPLATES)
        parameters = {**parameters, "ExpressionAttributeValues": {**values, ":0": template}}
    return send(operation, parameters)


def _store_history(store: WatchedStore, servers: int) -> None:
    """Stores minutes of the templates, and the hours of each server for the half day before, as a rollup would have."""
    for id_ in range(FIRST_TEMPLATE, FIRST_TEMPLATE + TEMPLATES):
        store.backfill.put_minutes(id_, busy_minutes(range(YESTERDAY, TODAY, MINUTE)))
    found = recent.read(store.database, FIRST_TEMPLATE, YESTERDAY, NOON - 1)
    figures = FIGURES.rolled(FIGURES.minutes(found), HOURS.step)
    monitors = DELAYS.rolled(DELAYS.minutes(found), HOURS.step)
    for id_ in range(1, servers + 1):
        store.backfill.put_tier(HOURS, id_, figures, monitors)


def main(job: str, servers: str, seconds: str, url: str) -> None:
    random.seed(1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")  # how far it is, on standard error
    with sample_data.patience(), mock.patch.object(scheduled, "ROLLUP_SECONDS", float(seconds)):
        found = _watch(url) if job == "watch" else _roll_up(url, int(servers))
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main(*sys.argv[1:])
