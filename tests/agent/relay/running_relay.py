"""Relays for tests: on loopback, with a directory of the test's own, and a clock that may run faster."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from agent.core.urls import parse_url
from agent.relay.clock import RelayClock
from agent.relay.options import Endpoint, Options
from agent.relay.relay import ListenError, Relay
from tests.support.dashboard import Clock as DashboardClock

PROJECT = Path(__file__).resolve().parents[3]


def fast_clock(times: float, start: float | None = None) -> RelayClock:
    """Runs so many times as fast as the real one, from `start` in Unix seconds."""
    began = time.monotonic()
    first = time.time() if start is None else start

    def passed() -> float:
        return (time.monotonic() - began) * times

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / times)

    return RelayClock(lambda: first + passed(), passed, sleep)


class Following(DashboardClock):
    """A dashboard's clock that shows a relay's time."""

    def __init__(self, clock: RelayClock) -> None:
        self._clock = clock

    def __call__(self) -> float:
        return self._clock.now()


@asynccontextmanager
async def relay(url: str, spool: Path, clock: RelayClock | None = None, **options: Any) -> AsyncIterator[Relay]:
    """A relay that agents can connect to; drained afterwards unless the test stopped it."""
    usual = {"listen": Endpoint("127.0.0.1", 0), "metrics": None, "spool": spool, "drain": 0.0, "flush": 1.0}
    running = Relay(Options(api=parse_url(url), **{**usual, **options}), clock or RelayClock())
    try:
        await running.start()
    except ListenError:
        running.close()
        raise
    try:
        yield running
    finally:
        await running.stop()


@contextmanager
def started(url: str, spool: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A relay's process, and what it printed when it was ready."""
    command = [sys.executable, "-m", "agent.relay", "--api", url, "--listen", "127.0.0.1:0", "--spool", str(spool)]
    with subprocess.Popen(
        [*command, "--metrics", "127.0.0.1:0", "--drain", "0", *options],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stderr is not None
            ready = json.loads(child.stderr.readline())
            assert child.stdout.readline() == f"{ready['listen']}\n"
            yield child, ready
        finally:
            child.kill()


async def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What the condition gives once it is true; it may wait for the network."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not (found := await loop.run_in_executor(None, condition)):
        assert loop.time() < deadline, "it did not happen"
        await asyncio.sleep(0.05)
    return found


def run(test: Callable[[], Awaitable[None]]) -> None:
    """A test's own event loop."""

    async def main() -> None:
        await test()

    asyncio.run(main())
