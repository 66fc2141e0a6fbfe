"""An API that is away is left alone for a while, and redirects are not followed."""

import asyncio

import pytest

from agent.core.answers import NotTaken
from agent.core.urls import parse_url
from agent.relay.clock import RelayClock
from agent.relay.upstream import Upstream
from tests.agent.relay.running_relay import run
from tests.agent.relay.scripted_api import ScriptedApi


def test_an_api_that_is_away_is_left_alone_longer_each_time(api: ScriptedApi) -> None:
    passed = 0.0
    clock = RelayClock(lambda: passed, lambda: passed)
    upstream = Upstream(parse_url(api.url), clock, jitter=lambda most: most)

    async def fail() -> float:
        nonlocal passed
        with pytest.raises(NotTaken):
            await upstream.send([{"secret": "s1"}])
        pause = upstream.paused
        passed += pause
        return pause

    async def test() -> None:
        nonlocal passed
        api.status = 503
        assert [await fail() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
        api.headers["Retry-After"] = "30"
        assert await fail() == 90
        api.status = 200
        await upstream.send([{"secret": "s1"}])
        assert (upstream.paused, upstream.away_since) == (0, None)
        await asyncio.sleep(0)
        upstream.close()

    run(test)


def test_a_redirect_is_not_followed(api: ScriptedApi) -> None:
    upstream = Upstream(parse_url(api.url), RelayClock())
    api.status, api.headers["Location"] = 307, api.url + "/elsewhere"

    async def test() -> None:
        with pytest.raises(NotTaken, match="HTTP 307"):
            await upstream.send([{"secret": "s1"}])
        upstream.close()

    run(test)
    assert len(api.requests) == 1
