"""Relays in simulated time: the real senders of states and cells, each with a real spool.

The dashboard is a function that answers a list of reports, and knows when it came.
"""

import asyncio
import heapq
import random
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import cast

from agent.core import minutes, points
from agent.core.answers import Answer, NotTaken
from agent.core.client import Report
from agent.core.points import Point
from agent.core.records import Record
from agent.core.spool import Spool
from agent.relay.agents import Agents, ReportingServer
from agent.relay.answers import Answers
from agent.relay.clock import RelayClock
from agent.relay.dispatch import Dispatcher
from agent.relay.flusher import Flusher
from agent.relay.recorder import Recorder
from agent.relay.states import StateSender
from agent.relay.upstream import Upstream

Dashboard = Callable[[float, Sequence[Report]], Answer]
"""Answers reports that arrive at a Unix time, or raises NotTaken. A report's secret is its server's ID as text."""


LOOKS = 10

PAUSE_SECONDS = 2.0
"""How long a relay waits after a request that the dashboard did not take."""


class SimulatedTime:
    """A clock for many tasks. When all of them sleep, it skips to the moment when the first of them wakes."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.clock = RelayClock(lambda: self.now, lambda: self.now, self._sleep)
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()

    async def run(self, until: float, every_minute: Callable[[int], None]) -> None:
        """Runs until this Unix time. every_minute: called at the end of each minute, with the Unix time of its
        start.
        """
        minute = int(self.now) // 60 * 60
        while True:
            for look in count():
                if len(asyncio.all_tasks()) - 1 == len(self._sleepers):
                    break
                await asyncio.sleep(0 if look < LOOKS else 0.0005)  # some wait for a thread that uses the spool
            at, _, sleeper = heapq.heappop(self._sleepers)
            if at > until:
                return
            while minute + 60 <= at:
                every_minute(minute)
                minute += 60
            self.now = max(self.now, at)
            if not sleeper.done():
                sleeper.set_result(None)

    async def _sleep(self, seconds: float) -> None:
        sleeper = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._number), sleeper))
        await sleeper


class SimulatedRelay:
    """One relay with these servers, whose agents always have a new state. flush: seconds, as the dashboard asked."""

    def __init__(
        self,
        time: SimulatedTime,
        folder: Path,
        servers: Sequence[int],
        dashboard: Dashboard,
        *,
        monitor: int = 1,
        measured_until: float = float("inf"),
    ) -> None:
        """monitor: the ID of the monitor that has points. measured_until: Unix seconds after which nothing is
        measured.
        """
        self.servers = servers
        self.interval = 60.0
        self.flush: int | None = 300
        self.is_known = True
        self.own_interval: float | None = None
        self.id = 0
        self._monitor = monitor
        self._measured_until = measured_until
        self._paused_until = 0.0
        self._time = time
        self._dashboard = dashboard
        clock, chance = time.clock, random.Random(servers[0])
        self.spool = Spool(folder, 10**9, clock)
        dispatcher = Dispatcher(clock, lambda _server_id, _task: None)
        answers, upstream = cast("Answers", self), cast("Upstream", self)
        self.states = StateSender(answers, cast("Agents", self), dispatcher, upstream, clock)
        self.flusher = Flusher(
            *(answers, cast("Recorder", self), dispatcher, self.spool, upstream, clock),
            jitter=lambda most: chance.random() * most,
        )

    def measure(self, at: int) -> None:
        """Puts the minute that began at `at` into the spool."""
        if at < self._measured_until:
            records = [record for one in self.servers for record in recorded(one, at, self._monitor)]
            self.spool.add(records, {one: str(one) for one in self.servers})

    @property
    def paused(self) -> float:
        return max(0.0, self._paused_until - self._time.now)

    async def send(self, reports: Sequence[Report]) -> Answer:
        try:
            answer = self._dashboard(self._time.now, reports)
        except NotTaken:
            self._paused_until = self._time.now + PAUSE_SECONDS
            raise
        self.interval, self.flush = float(answer.interval), answer.flush
        return answer

    def pace(self, answer: Answer) -> float:
        return float(answer.interval)

    def reporting(self) -> Sequence[int]:
        return self.servers

    def waiting_newcomers(self) -> Sequence[int]:
        return ()

    def compose(self, ids: Iterable[int], _: float | None) -> list[tuple[ReportingServer, Report]]:
        return [(cast("ReportingServer", self), {"secret": str(id_), "state": {}}) for id_ in ids]

    def recent(self, _: int) -> dict[str, float]:
        return {}

    def taken(self, *_: object) -> None:
        """Agents always have a new state."""

    async def keep_running(self, _: object) -> None:
        """No probe begins to fail."""


def recorded(server_id: int, at: int, monitor: int) -> list[Record]:
    """A minute and one monitor's point. Points of more monitors would go into the same write."""
    return [
        *minutes.records(server_id, [{"at": at, "samples": 60, "CPU": 1.5}]),
        *points.records(server_id, [Point(monitor, at, 12.5, 2, 0)]),
    ]


def run(time: SimulatedTime, relays: Sequence[SimulatedRelay], seconds: float, *, states: bool = True) -> None:
    """Runs the relays for this many seconds. states: whether they send states, not only cells."""

    async def work() -> None:
        parts = [part for one in relays for part in ((one.states, one.flusher) if states else (one.flusher,))]
        tasks = [asyncio.create_task(part.run()) for part in parts]

        def measured(at: int) -> None:
            for one in relays:
                one.measure(at)

        await time.run(time.now + seconds, measured)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(work())
    for one in relays:
        one.spool.close()
