"""How a relay keeps to the interval while pages come and go: the real sender of states, in a time that is simulated."""

import asyncio
import random
from collections.abc import Iterable, Sequence
from typing import cast

import pytest

from agent.core.answers import Answer, Outcome
from agent.core.client import Report
from agent.relay.agents import Agents, ReportingServer
from agent.relay.answers import Answers
from agent.relay.clock import RelayClock
from agent.relay.dispatch import Dispatcher
from agent.relay.states import StateSender
from agent.relay.upstream import Upstream
from tests.agent.relay.running_relay import run

IDLE, LIVE = 60, 5


class Over(Exception):
    """Raised when the time that is simulated has passed."""


class World:
    """A dashboard of many processes, each of which knows what happened up to 15 s ago; and servers that always report.

    watched: from when to when a page is open. stored: when each server last reported. offline: when each server would
    look offline without another report.
    """

    def __init__(self, count: int, watched: Sequence[tuple[int, int]], throttled: float = 0.0) -> None:
        self.now = 0.0
        self.watched = watched
        self.throttled = throttled
        self.interval = 10.0
        self.own_interval: float | None = None
        self.paused = 0.0
        self.stored: dict[int, float] = {}
        self.offline: dict[int, float] = {}
        self.gaps: dict[int, float] = {}
        self.ids = list(range(1, count + 1))
        self._chance = random.Random(7)  # noqa: S311
        clock = RelayClock(lambda: self.now, lambda: self.now, self.sleep)
        self._states = StateSender(
            cast("Answers", self), cast("Agents", self), cast("Dispatcher", self), cast("Upstream", self), clock
        )

    def run(self, until: float) -> None:
        self._until = until

        async def work() -> None:
            with pytest.raises(Over):
                await self._states.run()

        run(work)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)
        # This runs for each simulated second, so it must be fast.
        if self.offline and min(self.offline.values()) < self.now:
            late = [id_ for id_, begin in self.offline.items() if begin < self.now]
            pytest.fail(f"servers {late} look offline at {self.now}")
        if self.now >= self._until:
            raise Over

    def is_live(self) -> bool:
        known = self.now - self._chance.random() * 15
        return any(begin <= known <= end + 60 for begin, end in self.watched)

    def pace(self, answer: Answer) -> float:
        return float(answer.interval)

    async def send(self, reports: Sequence[Report]) -> Answer:
        told = LIVE if self.is_live() else IDLE
        outcomes = []
        for report in reports:
            lost = self._chance.random() < self.throttled and report["id"] in self.stored
            if not lost:
                self.stored[report["id"]] = self.now
                self.offline[report["id"]] = self.now + max(3 * told, 30)
            outcomes.append(Outcome(report["id"], not_kept=("state",) if lost else ()))
        self.interval = float(told)
        return Answer(told, tuple(outcomes))

    def reporting(self) -> list[int]:
        return self.ids

    def waiting_newcomers(self) -> list[int]:
        return []

    def compose(self, ids: Iterable[int], _: float | None) -> list[tuple[ReportingServer, Report]]:
        return [(cast("ReportingServer", self), {"id": id_, "state": {}}) for id_ in ids]

    id = 0

    def recent(self, _: int) -> dict[str, float]:
        return {}

    def taken(self, *_: object) -> None:
        """Agents always have a new state."""


@pytest.mark.parametrize("count", [1, 50, 1000])
def test_no_server_looks_offline_when_pages_come_and_go(count: int) -> None:
    world = World(count, [(100, 180), (400, 401), (470, 471), (535, 900)])
    world.run(1500)
    assert len(world.stored) == count


@pytest.mark.parametrize("count", [1, 1000])
def test_states_that_are_not_kept_come_again_before_they_look_late(count: int) -> None:
    """The dashboard still has the state before, with the shorter interval that was told then."""
    world = World(count, [(100, 180), (400, 470)], throttled=0.1)
    world.run(1000)


def test_live_reports_begin_within_the_idle_interval_and_come_every_5_seconds() -> None:
    world = World(1000, [(100, 400)])
    world.run(100 + IDLE + 15 + LIVE)
    for _ in range(20):
        world.run(world.now + LIVE)
        assert world.now - min(world.stored.values()) <= 2 * LIVE
