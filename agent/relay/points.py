"""Points on their way: from finished minutes to the spool, and from there to the dashboard."""

import logging
from collections import Counter
from collections.abc import Sequence
from functools import partial

from agent.core.answers import NotTaken, TooLarge
from agent.core.client import Report
from agent.core.clock import Jitter, random_seconds
from agent.core.points import Point, records
from agent.core.records import Record
from agent.core.spool import START, Spool, Waiting
from agent.relay.agents import Agents
from agent.relay.answers import Answers
from agent.relay.clock import Clock
from agent.relay.dispatch import Dispatcher
from agent.relay.threads import in_a_thread
from agent.relay.upstream import BATCH, Upstream

log = logging.getLogger("agent.relay")

COLLECT_SECONDS = 5.0
"""How often finished minutes are looked for."""

POINTS_A_REQUEST = 2000
"""About 150 kB."""

LEAST_POINTS_A_REQUEST = 50


class Points:
    """Everything that was measured, until the dashboard has it.

    taken: points that the dashboard accepted. refused: those that it did not, by its reason.
    """

    def __init__(
        self,
        answers: Answers,
        agents: Agents,
        dispatcher: Dispatcher,
        spool: Spool,
        upstream: Upstream,
        clock: Clock,
        flush: float = 180.0,
        jitter: Jitter = random_seconds,
    ) -> None:
        """flush: seconds between two times that points are sent."""
        self.taken = 0
        self.refused: Counter[str] = Counter()
        self._answers = answers
        self._agents = agents
        self._dispatcher = dispatcher
        self._spool = spool
        self._upstream = upstream
        self._clock = clock
        self._flush = flush
        self._jitter = jitter
        self._limit = POINTS_A_REQUEST

    async def collect(self) -> None:
        """Puts finished minutes into the spool, until it is cancelled."""
        while True:
            await self._clock.sleep(COLLECT_SECONDS)
            self._dispatcher.forget(self._agents.servers)
            await self._keep(self._dispatcher.finished())

    async def run(self) -> None:
        """Sends what waits in the spool, until it is cancelled."""
        while True:
            await self._clock.sleep(self._flush * 0.75 + self._jitter(self._flush * 0.5))
            await self.send_all()

    async def send_all(self) -> None:
        """Sends every waiting point once, oldest first across all servers. Waits while the dashboard is away."""
        after = START
        while True:
            if pause := self._upstream.paused:
                await self._clock.sleep(pause + self._jitter(1.0))
            # One less than fit in a request, which may have to lead with a secret that is known to be right.
            waiting = await in_a_thread(partial(self._spool.pending, self._limit, after=after, sources=BATCH - 1))
            if not waiting:
                return
            try:
                await self._send(waiting)
            except TooLarge:
                if self._limit > LEAST_POINTS_A_REQUEST:
                    self._limit //= 2
                    continue
                log.error("the dashboard takes no request of this size", extra={"points": self._limit})
            except NotTaken:
                continue
            after = max(record.key for one in waiting for record in one.records)

    async def keep_the_rest(self) -> None:
        """Puts everything that was measured into the spool, unfinished minutes too. For the end."""
        await self._keep(self._dispatcher.rest())

    async def _send(self, waiting: Sequence[Waiting]) -> None:
        reports: list[Report] = [{"secret": one.secret, **one.content} for one in waiting]
        answer = await self._answers.send(reports)
        settled: list[Record] = []
        for one, outcome in zip(waiting, answer.outcomes, strict=True):
            if outcome.retry:
                continue
            settled += one.records
            if outcome.error:
                self.refused[outcome.error] += one.size
            else:
                self.refused.update(refused.error for refused in outcome.refused)
                self.taken += one.size - len(outcome.refused)
        self._spool.taken(settled)
        await in_a_thread(self._spool.write)

    async def _keep(self, points: Sequence[tuple[int, Point]]) -> None:
        by_server: dict[int, list[Point]] = {}
        secrets: dict[int, str] = {}
        for server_id, point in points:
            if server := self._agents.servers.get(server_id):
                by_server.setdefault(server_id, []).append(point)
                secrets[server_id] = server.secret
            else:
                self.refused["unknown_secret"] += 1
        made = [record for server_id, some in by_server.items() for record in records(server_id, some)]
        await in_a_thread(lambda: self._spool.add(made, secrets) if made else self._spool.write())
