"""Measures how CPU, capacity units, answers and memory grow with the number of servers and monitors.

Each size has its own embedded DynamoDB and its own process for the Lambda handler, `python -m benchmarks.curves URL`.
"""

import gzip
import json
import random
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import events, handler, sample_data
from benchmarks.dashboard import ColdApp, content
from benchmarks.events import Event
from benchmarks.table import Row
from chalicelib.api.compression import LEVEL

SERVERS = (10, 100, 1_000, 10_000)
MONITORS = (1, 10, 50)

LAMBDA_BYTES = 6 * 2**20
"""The most that Lambda returns. A larger answer must be compressed, or be a 413."""

ORIGINAL_DETAILS = {1_000: "0.027-0.046", 10_000: "0.37"}
ORIGINAL_MEMORY = {1_000: "36-54", 10_000: "156-182"}
ORIGINAL_SERIES = {10: "0.41"}


def rows() -> list[Row]:
    random.seed(1)
    return [row for servers in SERVERS for row in _of_servers(servers)] + [
        row for monitors in MONITORS for row in _of_monitors(monitors)
    ]


@dataclass(frozen=True)
class Measured:
    """What a request costs in a process of its own.

    status: for a client that accepts gzip. plain_status: for one that does not. cpu: in units, warm. first, warm: read
    units. returned, body, gzipped: as in Cost. memory: MB of the process at its peak.
    """

    status: int
    plain_status: int
    cpu: float
    first: float
    warm: float
    returned: int
    body: int
    gzipped: int
    memory: float


def _of_servers(servers: int) -> list[Row]:
    measured = _measured(events.DETAILS, servers=servers)
    allowed = 413 if measured.body > LAMBDA_BYTES else 200
    what = f"details of {servers:,}"
    return [
        Row(f"{what}: status with gzip", measured.status, "status", allowed, 200),
        Row(f"{what}: status without gzip", measured.plain_status, "status", allowed),
        Row(f"{what}: CPU, warm", measured.cpu, "units", original=ORIGINAL_DETAILS.get(servers, "")),
        Row(f"{what}: read, first", measured.first, "RCU"),
        Row(f"{what}: read, warm", measured.warm, "RCU"),
        Row(f"{what}: the answer", measured.body / 1000, "KB"),
        Row(f"{what}: the answer, gzipped", measured.gzipped / 1000, "KB"),
        Row(
            f"{what}: as Lambda returns it, of at most {LAMBDA_BYTES / 1000:,.0f}",
            measured.returned / 1000,
            "KB",
            LAMBDA_BYTES / 1000,
        ),
        Row(f"{what}: the process's memory", measured.memory, "MB", original=ORIGINAL_MEMORY.get(servers, "")),
    ]


def _of_monitors(monitors: int) -> list[Row]:
    measured = _measured(events.MONITOR, servers=10, monitors=monitors)
    what = f"a day of {monitors} monitor{'s' if monitors > 1 else ''}"
    return [
        Row(f"{what}: CPU, warm", measured.cpu, "units", original=ORIGINAL_SERIES.get(monitors, "")),
        Row(f"{what}: read, warm", measured.warm, "RCU"),
        Row(f"{what}: the answer", measured.body / 1000, "KB"),
        Row(f"{what}: the answer, gzipped", measured.gzipped / 1000, "KB"),
        Row(f"{what}: the process's memory", measured.memory, "MB"),
    ]


def _measured(event: Event, *, servers: int, monitors: int = 0) -> Measured:
    """Measures a request in a new process, so that each fleet's memory is its own."""
    with sample_data.dynamodb() as url:
        sample_data.fill(sample_data.new_store(url), servers=servers, monitors=monitors, now=int(time.time()))
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.curves", url],
            input=json.dumps(event),
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    return Measured(**json.loads(done.stdout))


def _measure(url: str, event: Event) -> Measured:
    dashboard = ColdApp(url)
    answer = dashboard.send(event)
    memory = largest_memory()
    body = content(answer)
    cpu = handler.cpu(lambda: dashboard.ask(event))
    return Measured(
        status=answer["statusCode"],
        plain_status=dashboard.send({**event, "headers": events.PLAIN})["statusCode"],
        cpu=cpu,
        first=ColdApp(url).cost(event).read,
        warm=dashboard.cost(event).read,
        returned=len(json.dumps(answer["body"])),
        body=len(body),
        gzipped=len(gzip.compress(body, LEVEL, mtime=0)),
        memory=memory,
    )


def largest_memory() -> float:
    """Returns the peak memory of this process in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


if __name__ == "__main__":
    with sample_data.patience():
        print(json.dumps(asdict(_measure(sys.argv[1], json.load(sys.stdin)))))
