"""From v0 agents through a relay to a real dashboard's history, which is complete although everything was away."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.relay.clock import RelayClock
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import monitors
from chalicelib.fleet.monitors import Monitor
from tests.agent.relay.running_relay import Following, run, until
from tests.agent.relay.story import Story
from tests.agent.relay.unreliable import Unreliable, unreliable
from tests.support.dashboard import Dashboard, serve


class RealStory(Story):
    """Against a dashboard that fails every request while `api.share` is 1."""

    def __init__(self, dashboard: Dashboard, api: Unreliable, folder: Path) -> None:
        super().__init__(api.url, folder)
        self.dashboard = dashboard
        self.api = api

    def api_has(self, server_id: int) -> bool:
        """Whether a state of the server arrived."""
        return any(number == server_id and "state" in report for number, report in self.api.taken)


@pytest.fixture
def story(store: WatchedStore, tmp_path: Path) -> Iterator[RealStory]:
    clock = RelayClock(lambda: one.clock.now())
    with serve(store, Following(clock)) as dashboard, unreliable(dashboard.url) as api:
        one = RealStory(dashboard, api, tmp_path / "spool")
        yield one


def test_history_is_complete_although_the_dashboard_was_away_and_the_relay_killed(story: RealStory) -> None:
    monitor_id = monitors.create(story.dashboard.store, Monitor(0, "web", "tcp", "192.0.2.1:443", 10))
    servers = dict(story.dashboard.server(f"s{number}") for number in range(3))

    async def test() -> None:
        with story.relay() as first:
            agents = [asyncio.create_task(story.agent(secret)) for secret in servers.values()]
            await until(lambda: all(story.api_has(server.id) for server in servers), 60)
            first_minute = story.clock.now() // 60 * 60
            story.api.share = 1.0
            away_since = story.clock.now()
            await story.live(50)
            first.kill()
        with story.relay() as second:
            before = story.states
            await story.live(60)
            # Known agents are let in, although the dashboard never answered this process.
            assert story.states > before
            second.terminate()
            second.wait(30)
        with story.relay() as third:
            await story.live(60)
            story.api.share = 0.0
            back_at = story.clock.now()
            await story.live(60)
            # It sends what waits when it stops.
            await until(lambda: _has_answered(story, back_at), 30)
            for one in agents:
                one.cancel()
            await asyncio.gather(*agents, return_exceptions=True)
            third.terminate()
            third.wait(30)
        assert back_at - away_since >= 165
        token = story.dashboard.token()
        for server in servers:
            shown = story.dashboard.get(f"/api/history/{server.id}?range=1h", token).result
            assert shown["at"][0] <= first_minute
            assert shown["at"] == list(range(shown["at"][0], shown["at"][-1] + 60, 60))
            assert shown["at"][-1] >= back_at - 60
            assert all(0 < samples <= 60 for samples in shown["samples"])
            assert min(shown["mem_used"]) > 0
            (series,) = [one for one in _pings(story, server.id, token) if one["monitor_id"] == monitor_id]
            assert series["minutes"] == list(range(series["minutes"][0], series["minutes"][-1] + 1))
            assert series["minutes"][0] * 60 <= first_minute + 60
            assert series["minutes"][-1] * 60 >= back_at - 60

    run(test)


def _pings(story: RealStory, server_id: int, token: str) -> Any:
    return story.dashboard.get(f"/api/ping/{server_id}?range=1h", token).result


def _has_answered(story: RealStory, since: float) -> bool:
    return any(report["at"] >= since for report in story.api.states())
