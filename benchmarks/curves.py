"""How CPU, capacity, answers and memory grow with the servers and the monitors.

Each size has an embedded DynamoDB and a Lambda handler of its own, which starts anew: `python -m benchmarks.curves URL`
measures one in the process that it is.
"""

import gzip
import json
import random
import subprocess
import sys
import time
from base64 import b64decode
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import capacity, handler, sample_data
from benchmarks.table import Row
from chalicelib.api.compression import LEVEL

SERVERS = (10, 100, 1_000, 10_000)
MONITORS = (1, 10, 50)

LAMBDA_BYTES = 6 * 2**20
"""The most that Lambda returns. Beyond it an answer has to be a 413 at the least, and is to be served compressed."""

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
    """Of a request: its status for a client that takes gzip, and for one that does not; cpu in units; bytes of the
    answer as it is returned by Lambda, as it is read, and gzipped. memory: MB of the process at its largest.
    """

    status: int
    plain_status: int
    cpu: float
    returned: int
    read: int
    gzipped: int
    memory: float


def _of_servers(servers: int) -> list[Row]:
    with sample_data.dynamodb() as url, sample_data.patience():
        store = sample_data.new_store(url)
        sample_data.fill(store, servers=servers, now=int(time.time()))
        measured = _measure_apart(url, handler.DETAILS)
        reader = sample_data.open_store(url)
        first, warm = (capacity.fleet_read(reader) for _ in range(2))
    allowed = 413 if measured.read > LAMBDA_BYTES else 200
    what = f"details of {servers:,}"
    return [
        Row(f"{what}: for who takes gzip", measured.status, "status", allowed, 200),
        Row(f"{what}: for who does not", measured.plain_status, "status", allowed),
        Row(f"{what}: CPU, warm", measured.cpu, "units", original=ORIGINAL_DETAILS.get(servers, "")),
        Row(f"{what}: read, first", first, "RCU"),
        Row(f"{what}: read, warm", warm, "RCU"),
        Row(f"{what}: the answer", measured.read / 1000, "KB"),
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
    with sample_data.dynamodb() as url, sample_data.patience():
        now = int(time.time())
        store = sample_data.new_store(url)
        sample_data.fill(store, servers=10, monitors=monitors, now=now)
        measured = _measure_apart(url, handler.SERIES)
        read = capacity.read(store, lambda: store.series(1, now - sample_data.MINUTES_A_DAY * 60, now))
    what = f"a day of {monitors} monitor{'s' if monitors > 1 else ''}"
    return [
        Row(f"{what}: CPU, warm", measured.cpu, "units", original=ORIGINAL_SERIES.get(monitors, "")),
        Row(f"{what}: read", read, "RCU"),
        Row(f"{what}: the answer", measured.read / 1000, "KB"),
        Row(f"{what}: the answer, gzipped", measured.gzipped / 1000, "KB"),
        Row(f"{what}: the process's memory", measured.memory, "MB"),
    ]


def _measure_apart(url: str, event: dict[str, Any]) -> Measured:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.curves", url],
        input=json.dumps(event),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return Measured(**json.loads(done.stdout))


def _measure(url: str, event: dict[str, Any]) -> Measured:
    app = handler.handler(url)
    plain = event | {"headers": {"accept": "*/*"}}
    event = event | {"headers": {"accept": "*/*", "accept-encoding": "gzip"}}
    answer = app(event, None)
    memory = _largest_memory()
    body = answer["body"]
    content = gzip.decompress(b64decode(body)) if answer.get("isBase64Encoded") else body.encode()
    return Measured(
        status=answer["statusCode"],
        plain_status=app(plain, None)["statusCode"],
        cpu=handler.cpu(lambda: app(event, None)) / handler.unit(),
        returned=len(json.dumps(body)),
        read=len(content),
        gzipped=len(gzip.compress(content, LEVEL)),
        memory=memory,
    )


def _largest_memory() -> float:
    """MB that this process had at most, by Linux's account."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


if __name__ == "__main__":
    with sample_data.patience():
        print(json.dumps(asdict(_measure(sys.argv[1], json.load(sys.stdin)))))
