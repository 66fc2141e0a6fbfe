"""Turns: requests of neighbouring servers never meet in a second, whatever relays they come from."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, cast

import pytest

from agent.core.answers import Answer, Outcome
from agent.core.client import Report
from agent.relay import nezha_pb2 as pb
from agent.relay.agents import Agents, batches
from agent.relay.states import StateSender
from agent.relay.turns import seconds_until, turn
from benchmarks.relays_in_time import SimulatedTime


@pytest.mark.parametrize("turns", [1, 2, 7, 13, 30, 60])
def test_as_many_neighbours_as_there_are_turns_have_one_each(turns: int) -> None:
    for first in (0, 1, 999):
        taken = [turn([20 * number + 3], 20, turns) for number in range(first, first + turns)]
        assert sorted(taken) == list(range(turns))


def test_few_batches_are_far_from_each_other() -> None:
    """The eleven of a thousand servers within 30 turns: those of a fleet are not in a row, whose credit they use up."""
    taken = sorted(turn(batch, 96, 30) for batch in batches(range(1, 1001), 100))
    assert len(taken) == 11
    assert all(later - earlier >= 2 for earlier, later in itertools.pairwise(taken))


@pytest.mark.parametrize(
    ("at", "now", "period", "seconds"), [(1, 0, 60, 1), (1, 1, 60, 0), (1, 2, 60, 59), (0.25, 7.75, 1, 0.5)]
)
def test_seconds_until_a_turn(at: float, now: float, period: float, seconds: float) -> None:
    assert seconds_until(at, now, period) == seconds


class Dashboard:
    """Answers reports of states. came: when each server's did, by its secret."""

    def __init__(self, time: SimulatedTime) -> None:
        self.time = time
        self.interval = 60.0
        self.own_interval: float | None = None
        self.paused = 0.0
        self.came: dict[str, list[float]] = defaultdict(list)

    def pace(self, answer: Answer) -> float:
        return float(answer.interval)

    def recent(self, _: int) -> dict[str, float]:
        return {}

    async def send(self, reports: Sequence[Report]) -> Answer:
        for report in reports:
            self.came[report["secret"]].append(self.time.now)
        return Answer(60, tuple(Outcome(int(one["secret"])) for one in reports), flush=300)


@pytest.mark.parametrize("begin", [0.25, 1.5, 2.25, 3.0, 3.5, 4.25, 5.0, 30.0])
def test_every_server_reports_once_in_each_interval_whenever_rounds_begin(begin: float) -> None:
    """Their agents send a state every four seconds, so that right after a turn there is nothing to send."""
    time = SimulatedTime(1_795_443_600 + begin)
    dashboard = Dashboard(time)
    agents = Agents(time.clock)
    servers = range(1, 50)
    part = cast("Any", dashboard)
    states = StateSender(part, agents, part, part, time.clock)
    message = pb.State(cpu=1.5).SerializeToString()

    async def agent() -> None:
        await time.clock.sleep(1.5)
        while True:
            for one in servers:
                agents.state(one, str(one), message)
            await time.clock.sleep(4)

    async def work() -> None:
        tasks = [asyncio.create_task(agent()), asyncio.create_task(states.run())]
        await time.run(time.now + 600, lambda _: None)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(work())
    assert len(dashboard.came) == len(servers)
    for came in dashboard.came.values():
        gaps = [later - earlier for earlier, later in itertools.pairwise(came[2:])]
        assert len(gaps) >= 6
        assert all(59 <= gap <= 61 for gap in gaps), gaps
        assert {int(at) % 2 for at in came[2:]} == {1}
