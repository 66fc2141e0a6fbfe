"""What a relay that starts again knows of its agents."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.relay.running_relay import run, until
from tests.agent.relay.scripted_api import ScriptedApi, scripted_api
from tests.agent.relay.simulated_agent import SimulatedAgent
from tests.agent.relay.story import Story

AGENTS = (1, 2, 3)


class ScriptedStory(Story):
    """Against an API that does what the test says."""

    def __init__(self, api: ScriptedApi, folder: Path) -> None:
        super().__init__(api.url, folder)
        self.api = api


@pytest.fixture
def story(tmp_path: Path) -> Iterator[ScriptedStory]:
    with scripted_api(secrets={f"s{number}": number for number in AGENTS}) as api:
        yield ScriptedStory(api, tmp_path / "spool")


def test_agents_that_were_deleted_meanwhile_are_turned_away_soon(story: ScriptedStory) -> None:
    async def test() -> None:
        with story.relay() as first:
            agents = [asyncio.create_task(story.agent(f"s{number}")) for number in AGENTS]
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


def test_the_minute_of_an_agent_that_does_not_come_back_is_sent(story: ScriptedStory) -> None:
    async def test() -> None:
        with story.relay() as first:
            agent = asyncio.create_task(story.agent("s1"))
            await until(lambda: story.api.reports_of(1, "state"), 30)
            await story.live(20)
            first.kill()
        agent.cancel()
        await asyncio.gather(agent, return_exceptions=True)
        sent = len(story.api.reports_of(1, "minutes"))
        with story.relay():
            await until(lambda: len(story.api.reports_of(1, "minutes")) > sent, 60)

    run(test)


def test_what_a_relay_knows_of_agents_holds_no_secret(story: ScriptedStory) -> None:
    async def test() -> None:
        story.api.secrets["Secret0OfNumberOne"] = 1
        with story.relay() as process:
            async with SimulatedAgent(story.target, "Secret0OfNumberOne").session() as agent:
                await agent.state()
                await until((story.folder / "agents.json").exists, 30)
            process.terminate()
            process.wait(60)
        content = (story.folder / "agents.json").read_text()
        assert "Secret0" not in content
        assert (story.folder / "agents.json").stat().st_mode & 0o777 == 0o600

    run(test)
