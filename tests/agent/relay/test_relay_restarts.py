"""A dashboard that is away, and a relay that is killed and stopped meanwhile: every minute arrives all the same."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.agent.relay.fast_relay import FastTime
from tests.agent.relay.running_relay import PROJECT, run, until
from tests.agent.relay.scripted_api import ScriptedApi, monitor, scripted_api
from tests.agent.relay.simulated_agent import SimulatedAgent

TIMES = 20.0
AGENTS = (1, 2, 3)
MONITORS = (1, 2)
START = 1_722_142_800
RETURN_SECONDS = 10
"""How long an agent waits before it comes back."""


class Story:
    """Some agents, and a relay in a directory that outlives it."""

    def __init__(self, api: ScriptedApi, folder: Path) -> None:
        self.api = api
        self.folder = folder
        self.time = FastTime(START, TIMES)
        self.clock = self.time.clock
        self.target = ""
        self.states = 0
        self.refused = 0

    @contextmanager
    def relay(self) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, "-m", "tests.agent.relay.fast_relay", self.api.url, str(self.folder)]
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

    async def agent(self, number: int) -> None:
        """One agent's life: a state every 2 s, and back after 10 s when it lost the relay."""
        while True:
            with suppress(grpc.aio.AioRpcError):
                async with SimulatedAgent(self.target, f"s{number}").session() as agent:
                    while not agent.stream_ended.is_set():
                        await agent.state()
                        self.states += 1
                        await self.clock.sleep(2)
            self.refused += 1
            await self.clock.sleep(RETURN_SECONDS)

    def live(self, seconds: float) -> Any:
        return self.clock.sleep(seconds)

    def minutes(self, number: int) -> dict[int, int]:
        """The samples of each minute of one server's history, as a dashboard keeps them."""
        kept: dict[int, int] = {}
        for report in self.api.reports_of(number, "minutes"):
            for minute in report["minutes"]:
                kept[minute["at"]] = max(minute["samples"], kept.get(minute["at"], 0))
        return kept

    def points(self, number: int) -> dict[tuple[int, int], int]:
        """The probes of each point, as a dashboard keeps them."""
        kept: dict[tuple[int, int], int] = {}
        for report in self.api.reports_of(number, "pings"):
            for point in report["pings"]:
                key = (point["monitor_id"], point["at"])
                kept[key] = max(point["up"] + point["down"], kept.get(key, 0))
        return kept


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with scripted_api(secrets={f"s{number}": number for number in AGENTS}, interval=10, flush=60) as api:
        api.monitors = [monitor(number, list(AGENTS), 10) for number in MONITORS]
        yield Story(api, tmp_path / "spool")


def test_no_minute_is_missing_after_kills_while_the_dashboard_is_away(story: Story) -> None:
    async def test() -> None:
        with story.relay() as first:
            agents = [asyncio.create_task(story.agent(number)) for number in AGENTS]
            await until(lambda: all(story.points(number) for number in AGENTS), 30)
            story.api.status = 503
            away_since = story.clock.now()
            await story.live(50)
            first.kill()
        with story.relay() as second:
            before = story.states
            await story.live(60)
            # Known agents are let in, although the dashboard never answered this process.
            assert story.states > before
            second.terminate()
            second.wait(20)
        with story.relay():
            await story.live(55)
            story.api.status = 200
            back_at = story.clock.now()
            await until(lambda: all(max(story.minutes(number)) >= back_at + 60 for number in AGENTS), 30)
            for one in agents:
                one.cancel()
            await asyncio.gather(*agents, return_exceptions=True)
        assert back_at - away_since >= 165
        for number in AGENTS:
            minutes, points = story.minutes(number), story.points(number)
            assert sorted(minutes) == list(range(min(minutes), max(minutes) + 60, 60))
            for id_ in MONITORS:
                series = sorted(at for monitor_id, at in points if monitor_id == id_)
                assert series[-1] >= back_at - 60
                assert series == list(range(series[0], series[-1] + 60, 60))
                assert all(points[id_, at] <= 7 for at in series)

    run(test)


def test_agents_that_were_deleted_meanwhile_are_turned_away_soon(story: Story) -> None:
    async def test() -> None:
        with story.relay() as first:
            agents = [asyncio.create_task(story.agent(number)) for number in AGENTS]
            await until(lambda: all(story.api.reports_of(number, "state") for number in AGENTS), 30)
            await story.live(20)
            first.kill()
        del story.api.secrets["s1"]
        with story.relay():
            refused = story.refused
            await until(lambda: story.refused > refused + 5, 30)
            reports = len(story.api.reports_of(2, "state"))
            await until(lambda: len(story.api.reports_of(2, "state")) > reports, 30)
            for one in agents:
                one.cancel()
            await asyncio.gather(*agents, return_exceptions=True)

    run(test)


def test_what_a_relay_knows_of_agents_holds_no_secret(story: Story) -> None:
    async def test() -> None:
        story.api.secrets["Secret0OfNumberOne"] = 1
        with story.relay() as process:
            async with SimulatedAgent(story.target, "Secret0OfNumberOne").session() as agent:
                await agent.state()
                await until((story.folder / "agents.json").exists, 30)
            process.terminate()
            process.wait(20)
        content = (story.folder / "agents.json").read_text()
        assert "Secret0" not in content
        assert (story.folder / "agents.json").stat().st_mode & 0o777 == 0o600

    run(test)
