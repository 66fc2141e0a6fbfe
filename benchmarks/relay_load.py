"""What the relay costs, beside a bare grpc.aio server in the same run: `python benchmarks/relay_load.py [SCENARIO …]`.

cost       200 and 1,000 agents that report every second: CPU per state, memory per agent
hold       1,500 agents at a report a second, 5,000 at one in 4 s: the share of a core, lost states, latency
reconnect  1,000 and 3,000 agents that come in the same instant: refused or too late, and seconds until the last
dollars    API requests per agent-hour and dollars per server-month at 10, 30 and 60 s cadence; nothing is run
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import urllib3

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from agent.relay.fleet import batches  # noqa: E402
from agent.relay.upstream import BATCH  # noqa: E402

PEERS = [sys.executable, str(PROJECT / "benchmarks/relay_peers.py")]
AGENTS_A_PROCESS = 1000

FLUSH = 180
MONITORS = 5
REQUEST_DOLLARS = (3.50 + 0.20) / 1e6
"""API Gateway (REST) and Lambda, us-east-1."""

GIGABYTE_SECOND_DOLLARS = 0.0000166667
LAMBDA_GIGABYTES = 0.5
LAMBDA_SECONDS = 0.06
"""A batch of 100."""

WRITE_DOLLARS = 0.625 / 1e6
WRITES_A_STATE = 0.13
WRITES_A_POINT = 0.05


@dataclass
class Server:
    """A server's process that agents can connect to."""

    target: str
    process: psutil.Process
    api_port: int = 0

    def cpu(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> int:
        return int(self.process.memory_info().rss)


@contextmanager
def child(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@contextmanager
def bare() -> Iterator[Server]:
    with child([*PEERS, "bare"]) as process:
        yield Server(f"127.0.0.1:{int(line(process))}", psutil.Process(process.pid))


@contextmanager
def relay() -> Iterator[Server]:
    with child([*PEERS, "api"]) as api, tempfile.TemporaryDirectory() as spool:
        port = int(line(api))
        command = [sys.executable, "-m", "agent.relay", "--api", f"http://127.0.0.1:{port}", "--listen", "127.0.0.1:0"]
        with subprocess.Popen(
            [*command, "--spool", spool, "--metrics", "off"], cwd=PROJECT, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stderr is not None
                yield Server(json.loads(process.stderr.readline())["listen"], psutil.Process(process.pid), port)
            finally:
                process.kill()


def load(server: Server, count: int, period: float, seconds: float, over: float = 0.0) -> dict[str, Any]:
    """So many agents in as many processes as they need; what was measured, summed or the worst.

    over: seconds over which they connect, 0 for the same instant.
    """
    base = server.memory()
    with _many(server.target, count, period, seconds, over) as processes:
        connected = [json.loads(line(one)) for one in processes]
        memory, cpu, began = server.memory(), server.cpu(), time.monotonic()
        _go(processes)
        reported = [json.loads(line(one)) for one in processes] if seconds else []
        cpu, passed = server.cpu() - cpu, time.monotonic() - began
        after = server.memory()
    states = sum(one["states"] for one in reported)
    return {
        "refused or late": sum(one["refused"] for one in connected),
        "seconds to connect": max(one["connected"] for one in connected),
        "kB an agent": (memory - base) / count / 1024,
        "kB an agent after": (after - base) / count / 1024,
        "states": states,
        "failed": sum(one["failed"] for one in reported),
        "ms CPU a state": 1000 * cpu / states if states else 0.0,
        "cores": cpu / passed if seconds else 0.0,
        "p99 ms": max((one["p99_ms"] for one in reported), default=0.0),
    }


@contextmanager
def _many(target: str, count: int, period: float, seconds: float, over: float) -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    try:
        for first in range(0, count, AGENTS_A_PROCESS):
            some = min(AGENTS_A_PROCESS, count - first)
            arguments = ["agents", target, str(some), str(first + 1), str(period), str(seconds), str(over)]
            processes.append(
                subprocess.Popen(
                    [*PEERS, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT
                )
            )
        yield processes
    finally:
        for one in processes:
            one.kill()
            one.communicate()


def _go(processes: Sequence[subprocess.Popen[str]]) -> None:
    for one in processes:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()


def cost() -> None:
    for count in (200, 1000):
        for kind in (bare, relay):
            with kind() as server:
                show(f"{kind.__name__}, {count} agents, 1 s", load(server, count, 1.0, 20.0))


def hold() -> None:
    for count, period in ((1500, 1.0), (5000, 4.0)):
        with relay() as server:
            show(f"relay, {count} agents, {period:g} s", load(server, count, period, 30.0, over=count / 400))


def reconnect() -> None:
    for count in (1000, 3000):
        for kind in (bare, relay):
            with kind() as server:
                measured = load(server, count, 1.0, 0.0)
                wanted = ("refused or late", "seconds to connect")
                show(f"{kind.__name__}, {count} agents at once", {name: measured[name] for name in wanted})
                if server.api_port:
                    counts = urllib3.request("GET", f"http://127.0.0.1:{server.api_port}/").json()
                    show("  requests for their secrets", {"": counts["checks"]})


def dollars() -> None:
    servers = 1000
    requests = len(batches(range(1, servers + 1), BATCH))
    month = 730
    for interval in (10, 30, 60):
        hourly = (requests * 3600 / interval + servers / BATCH * 3600 / FLUSH) / servers
        compute = LAMBDA_GIGABYTES * LAMBDA_SECONDS * GIGABYTE_SECOND_DOLLARS
        states, points = 3600 / interval * WRITES_A_STATE, 60 * MONITORS * WRITES_A_POINT
        show(
            f"{servers} agents, {interval} s, {MONITORS} monitors",
            {
                "requests an agent-hour": hourly,
                "dollars a server-month, requests": month * hourly * (REQUEST_DOLLARS + compute),
                "states": month * states * WRITE_DOLLARS,
                "points": month * points * WRITE_DOLLARS,
            },
        )


def show(what: str, figures: dict[str, Any]) -> None:
    print(f"{what}: " + ", ".join(f"{name} {value:.4g}".strip() for name, value in figures.items()), flush=True)


SCENARIOS = {"cost": cost, "hold": hold, "reconnect": reconnect, "dollars": dollars}

if __name__ == "__main__":
    for scenario in sys.argv[1:] or SCENARIOS:
        SCENARIOS[scenario]()
