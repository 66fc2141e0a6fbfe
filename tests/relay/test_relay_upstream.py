"""Answers that no dashboard gives are not believed, and an API that is away is left alone for a while."""

import asyncio
import json
from typing import Any

import pytest
from running_relay import run
from scripted_api import ScriptedApi
from urllib3.util import parse_url

from agent.relay.clock import Clock
from agent.relay.upstream import Away, Monitor, Upstream, parse_answer


def answer(**result: Any) -> bytes:
    usual = {"interval": 10, "reports": [{"server_id": 1}], "monitors": []}
    return json.dumps({"code": 0, "result": {**usual, **result}}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"[" * 100_000,
        b'{"code": 0}',
        answer(interval="10"),
        answer(interval=True),
        answer(reports=[]),
        answer(reports=[{}]),
        answer(reports=[{"server_id": 0}]),
        answer(reports=[{"server_id": 1, "refused": [{}]}]),
        answer(monitors=[{"id": 1, "type": "icmp", "target": "x", "interval": 30}]),
        answer(monitors=["x"]),
    ],
)
def test_an_answer_that_no_dashboard_gives_counts_as_not_taken(content: bytes) -> None:
    with pytest.raises(Away):
        parse_answer(content, 1)


def test_a_monitor_that_no_agent_can_probe_is_left_out() -> None:
    good = {"id": 1, "type": "icmp", "target": "1.1.1.1", "interval": 30, "server_ids": [1]}
    command = {**good, "id": 2, "type": "command"}
    assert parse_answer(answer(monitors=[good, command]), 1).monitors == ((Monitor(1, "icmp", "1.1.1.1", 30), (1,)),)


def test_an_api_that_is_away_is_left_alone_longer_each_time(api: ScriptedApi) -> None:
    passed = 0.0
    clock = Clock(lambda: passed, lambda: passed)
    upstream = Upstream(parse_url(api.url), clock, jitter=lambda most: most)

    async def fail() -> float:
        nonlocal passed
        with pytest.raises(Away):
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
    upstream = Upstream(parse_url(api.url), Clock())
    api.status, api.headers["Location"] = 307, api.url + "/elsewhere"

    async def test() -> None:
        with pytest.raises(Away, match="HTTP 307"):
            await upstream.send([{"secret": "s1"}])
        upstream.close()

    run(test)
    assert len(api.requests) == 1
