"""When states and points go upstream, and what follows from the answers."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from agent.point import Point
from agent.relay.clock import Clock, Jitter, some_seconds
from agent.relay.dispatch import Dispatcher
from agent.relay.fleet import Fleet, Server, batches
from agent.relay.identities import Identities
from agent.relay.spool import Spool, SpoolFailed, Waiting
from agent.relay.upstream import BATCH, Answer, Away, Report, TooLarge, Upstream

log = logging.getLogger("agent.relay")

TICK_SECONDS = 0.25
COLLECT_SECONDS = 5.0
"""How often finished minutes are looked for."""

NEWCOMER_SECONDS = 1.0
"""How long servers that were never reported wait for others before they are."""

REQUESTS_AT_ONCE = 4
POINTS_A_REQUEST = 2000
"""About 150 kB."""

LEAST_POINTS_A_REQUEST = 50
MOST_IN_MEMORY = 100_000
"""Points that are kept while the disk fails."""

DEFAULT_INTERVAL = 10

_T = TypeVar("_T")


@dataclass
class Counts:
    """What was sent, and what became of it. points_refused: by the dashboard's reason."""

    batches: int = 0
    batches_failed: int = 0
    reports: int = 0
    reports_failed: int = 0
    points: int = 0
    points_refused: dict[str, int] = field(default_factory=dict)


class Reports:
    """Everything that goes to the dashboard. least_interval: seconds between two states, when it asks for less.

    flush: seconds between two times that points are sent.
    """

    def __init__(
        self,
        upstream: Upstream,
        spool: Spool,
        clock: Clock,
        fleet: Fleet,
        *,
        least_interval: float = 0.0,
        flush: float = 180.0,
        jitter: Jitter = some_seconds,
    ) -> None:
        self.counts = Counts()
        self.interval = float(DEFAULT_INTERVAL)
        self.identities = Identities(upstream, clock, self.settle, fleet.gone)
        self.dispatcher = Dispatcher(clock, fleet.task)
        self._upstream = upstream
        self._spool = spool
        self._disk = ThreadPoolExecutor(1, "spool")
        self._clock = clock
        self._fleet = fleet
        self._least_interval = least_interval
        self._flush = flush
        self._jitter = jitter
        self._limit = POINTS_A_REQUEST
        self._unspooled: list[tuple[int, str, Point]] = []
        self._round: list[tuple[float, list[int]]] = []
        self._next_round = 0.0
        self._newcomers_at: float | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self.oldest: int | None = None
        """Unix seconds of the oldest waiting point's minute."""

    def settle(self, reports: Sequence[Report], answer: Answer) -> None:
        """What follows from every answer: cadence, secrets that are right or wrong, what is to be probed."""
        self.interval = max(float(answer.interval), self._least_interval)
        for report, outcome in zip(reports, answer.outcomes, strict=True):
            self.identities.learn(report["secret"], outcome)
        self.dispatcher.assign((outcome.server_id for outcome in answer.outcomes if outcome.server_id), answer.monitors)

    async def ask_cadence(self) -> None:
        """Reports nothing: a dashboard that is not there, or is none, is said before the first agent comes."""
        with suppress(Away, TooLarge):
            await self._send([])

    async def run_states(self) -> None:
        """Sends batches of states as they are due, until it is cancelled."""
        while True:
            await self._clock.sleep(TICK_SECONDS)
            for batch in self._due():
                while len(self._sending) >= REQUESTS_AT_ONCE:
                    await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
                self._send_soon(batch)

    async def run_points(self) -> None:
        """Sends what waits in the spool, until it is cancelled."""
        while True:
            await self._clock.sleep(self._flush * 0.75 + self._jitter(self._flush * 0.5))
            await self.send_points()

    async def run_minutes(self) -> None:
        """Puts finished minutes into the spool, until it is cancelled."""
        while True:
            await self._clock.sleep(COLLECT_SECONDS)
            self.dispatcher.forget(self._fleet.servers)
            await self._keep(self.dispatcher.finished())

    async def send_points(self) -> None:
        """Sends every waiting point once, by neighbouring servers; waits while the dashboard is away."""
        server_id = 0
        while True:
            if pause := self._upstream.paused:
                await self._clock.sleep(pause + self._jitter(1.0))
            try:
                waiting = await self._on_disk(partial(self._spool.after, server_id, BATCH, self._limit))
                if not waiting:
                    return
                await self._send_waiting(waiting)
            except SpoolFailed as error:
                log.error("the spool cannot be read", extra={"reason": str(error)})
                return
            except Away:
                continue
            except TooLarge:
                if self._limit > LEAST_POINTS_A_REQUEST:
                    self._limit //= 2
                    continue
                log.error("the dashboard takes no request of this size", extra={"points": self._limit})
            server_id = waiting[-1].server_id

    async def drain(self) -> None:
        """The newest states, and everything that was measured; what is not taken stays in the spool."""
        await self._keep(self.dispatcher.rest())
        for batch in batches(self._fleet.waiting(), BATCH):
            self._send_soon(batch)
        if self._sending:
            await asyncio.wait(self._sending)
        if not self._upstream.paused:
            await self.send_points()

    def close(self) -> None:
        self._disk.shutdown()
        self._spool.close()

    def _due(self) -> list[list[int]]:
        now = self._clock.monotonic()
        if self._upstream.paused:
            return []
        due = self._due_newcomers(now)
        if now >= self._next_round:
            planned = batches(self._fleet.waiting(), BATCH)
            step = self.interval / max(len(planned), 1)
            self._round = [(now + number * step, batch) for number, batch in enumerate(planned)]
            self._next_round = now + self.interval
        while self._round and self._round[0][0] <= now:
            due.append(self._round.pop(0)[1])
        return due

    def _due_newcomers(self, now: float) -> list[list[int]]:
        """A server shows up soon after its agent came, however long the interval is."""
        waiting = sorted(id_ for id_ in self._fleet.newcomers if self._fleet.servers[id_].state is not None)
        if not waiting:
            self._newcomers_at = None
            return []
        if self._newcomers_at is None:
            self._newcomers_at = now + NEWCOMER_SECONDS
        if now < self._newcomers_at:
            return []
        self._newcomers_at = None
        return batches(waiting, BATCH)

    def _send_soon(self, batch: Sequence[int]) -> None:
        task = asyncio.create_task(self._send_states(self._fleet.compose(batch)))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send_states(self, composed: Sequence[tuple[Server, Report]]) -> None:
        """States that are not taken are not sent again: a newer one is there soon."""
        if not composed:
            return
        try:
            answer = await self._send([report for _, report in composed])
        except Away:
            return
        except TooLarge:
            # A few hosts may be described at great length; the half without them is taken.
            middle = len(composed) // 2
            if middle:
                await self._send_states(composed[:middle])
                await self._send_states(composed[middle:])
            return
        for (server, report), outcome in zip(composed, answer.outcomes, strict=True):
            if not outcome.error:
                self._fleet.taken(server, report)

    async def _send_waiting(self, waiting: Sequence[Waiting]) -> None:
        reports: list[Report] = [
            {"secret": one.secret, "pings": [point._asdict() for point in one.points]} for one in waiting
        ]
        answer = await self._send(reports)
        settled: list[tuple[int, Point]] = []
        for one, outcome in zip(waiting, answer.outcomes, strict=True):
            if outcome.retry:
                continue
            settled += [(one.server_id, point) for point in one.points]
            if outcome.error:
                self._count_refused(outcome.error, len(one.points))
            else:
                for _, _, error in outcome.refused:
                    self._count_refused(error, 1)
                self.counts.points += len(one.points) - len(outcome.refused)
        await self._on_disk(lambda: self._spool.remove(settled))
        self.oldest = await self._on_disk(self._spool.oldest)

    async def _send(self, reports: Sequence[Report]) -> Answer:
        self.counts.batches += 1
        try:
            answer = await self._upstream.send(reports)
        except (Away, TooLarge):
            self.counts.batches_failed += 1
            raise
        self.counts.reports += len(reports)
        self.counts.reports_failed += sum(bool(outcome.error) for outcome in answer.outcomes)
        self.settle(reports, answer)
        return answer

    async def _keep(self, points: Sequence[tuple[int, Point]]) -> None:
        """A disk that fails is tried again with the next points."""
        for server_id, point in points:
            if server := self._fleet.servers.get(server_id):
                self._unspooled.append((server_id, server.secret, point))
            else:
                self._count_refused("unknown_secret", 1)
        kept, now = self._unspooled, self._clock.now()
        if not kept:
            return
        secrets = {server_id: secret for server_id, secret, _ in kept}
        spooled = [(server_id, point) for server_id, _, point in kept]
        try:
            await self._on_disk(lambda: self._spool.add(secrets.items(), spooled, now))
            self._unspooled = []
            self.oldest = await self._on_disk(self._spool.oldest)
        except SpoolFailed as error:
            log.error("the spool cannot be written", extra={"reason": str(error), "points": len(kept)})
            self._count_refused("disk", max(0, len(kept) - MOST_IN_MEMORY))
            self._unspooled = kept[-MOST_IN_MEMORY:]

    async def _on_disk(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)

    def _count_refused(self, error: str, count: int) -> None:
        if count:
            self.counts.points_refused[error] = self.counts.points_refused.get(error, 0) + count
