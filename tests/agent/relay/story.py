"""Agents, and a relay in a directory that outlives it, in a time that runs faster."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc

from tests.agent.relay.fast_relay import FastTime
from tests.agent.relay.running_relay import PROJECT
from tests.agent.relay.simulated_agent import SimulatedAgent

TIMES = 15.0
START = 1_722_142_800
RETURN_SECONDS = 10
"""How long an agent waits before it comes back."""


class Story:
    """Some agents, and a relay in a directory that outlives it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.time = FastTime(START, TIMES)
        self.clock = self.time.clock
        self.target = ""
        self.states = 0
        self.refused = 0

    @contextmanager
    def relay(self) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, "-m", "tests.agent.relay.fast_relay", self.url, str(self.folder)]
        with subprocess.Popen(
            [*command, str(TIMES), repr(self.time.now())], cwd=PROJECT, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            self.target, began = process.stdout.readline().split()
            self.time.began = float(began)
            try:
                yield process
            finally:
                process.kill()
                process.wait()
                # A process takes long to start at this speed.
                self.time.stop()

    async def agent(self, secret: str) -> None:
        """One agent's life: a state every 2 s, and back after 10 s when it lost the relay."""
        while True:
            with suppress(grpc.aio.AioRpcError):
                async with SimulatedAgent(self.target, secret).session() as agent:
                    while not agent.stream_ended.is_set():
                        await agent.state()
                        self.states += 1
                        await self.clock.sleep(2)
            self.refused += 1
            await self.clock.sleep(RETURN_SECONDS)

    def live(self, seconds: float) -> Any:
        return self.clock.sleep(seconds)
