"""Runs servers and agents in processes of their own, and measures them."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psutil

from benchmarks.relay import PROJECT

AGENTS_A_PROCESS = 1000

_PEERS = (sys.executable, "-m", "benchmarks.relay.peers")


@dataclass
class ServerProcess:
    """A server's process that agents can connect to. target: HOST:PORT."""

    target: str
    process: psutil.Process

    def cpu(self) -> float:
        """CPU seconds since it started."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> int:
        return int(self.process.memory_info().rss)


@dataclass
class AgentLoad:
    """A number of agents, in as many processes as they need, and what was measured.

    let_in: agents that were accepted within the 5 s that a real one waits. held: agents that had every state answered
    within 5 s, and sent at least nine of ten that were due. cpu_ms: the server's CPU time per state. agent_kb: the
    server's memory per agent.
    """

    server: ServerProcess
    agents: int
    processes: Sequence["subprocess.Popen[str]"] = ()
    memory: int = 0
    cpu: float = 0.0
    let_in: int = 0
    connect_seconds: float = 0.0
    held: int = 0
    cpu_ms: float = 0.0
    agent_kb: float = 0.0


@contextmanager
def bare() -> Iterator[ServerProcess]:
    """A grpc.aio server with the relay's settings that does next to nothing."""
    with _child([*_PEERS, "bare"]) as process:
        yield ServerProcess(_line(process), psutil.Process(process.pid))


@contextmanager
def relay(*options: str) -> Iterator[ServerProcess]:
    """The relay's real command, with an API that accepts everything."""
    with _child([*_PEERS, "api"]) as api, tempfile.TemporaryDirectory() as spool:
        command = [sys.executable, "-m", "agent.relay", "--api", _line(api), "--listen", "127.0.0.1:0"]
        with _child([*command, "--spool", spool, "--metrics", "off", *options]) as process:
            yield ServerProcess(_line(process), psutil.Process(process.pid))


@contextmanager
def going(server: ServerProcess, agents: int, period: float, seconds: float, over: float) -> Iterator[AgentLoad]:
    """Agents that are ready to start. over: the seconds over which they connect, 0 for all at once. period: seconds
    between two states. seconds: how long they report.
    """
    load = AgentLoad(server, agents, memory=server.memory())
    with ExitStack() as started:
        load.processes = [
            started.enter_context(
                _child([*_PEERS, "agents", server.target, str(some), str(first), str(period), str(seconds), str(over)])
            )
            for first, some in _shares(agents)
        ]
        for one in load.processes:
            assert _line(one) == "ready"
        yield load


def released(loads: Sequence[AgentLoad]) -> None:
    """Lets all agents connect and, once they are connected, report."""
    _go(loads)
    for load in loads:
        said = [json.loads(_line(one)) for one in load.processes]
        load.let_in = sum(one["let_in"] for one in said)
        load.connect_seconds = max(one["seconds"] for one in said)
    for load in loads:
        load.cpu = load.server.cpu()
    _go(loads)


def reported(load: AgentLoad) -> AgentLoad:
    """Waits for the agents to finish. Returns the load with the measurements filled in."""
    said = [json.loads(_line(one)) for one in load.processes]
    states = sum(one["states"] for one in said)
    load.held = sum(one["held"] for one in said)
    load.cpu_ms = 1000 * (load.server.cpu() - load.cpu) / states if states else 0.0
    load.agent_kb = (load.server.memory() - load.memory) / load.agents / 1024
    return load


def _shares(agents: int) -> Iterator[tuple[int, int]]:
    for first in range(0, agents, AGENTS_A_PROCESS):
        yield first + 1, min(AGENTS_A_PROCESS, agents - first)


def _go(loads: Sequence[AgentLoad]) -> None:
    for load in loads:
        for one in load.processes:
            assert one.stdin is not None
            one.stdin.write("\n")
            one.stdin.flush()


@contextmanager
def _child(command: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
