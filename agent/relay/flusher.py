"""Sends minutes and points from the spool to the dashboard."""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from agent.core.answers import NotTaken, Outcome, TooLarge
from agent.core.back_off import BackOff
from agent.core.client import Report
from agent.core.clock import Jitter, random_seconds
from agent.core.flushes import USUAL_FLUSH, Flushes, ahead, flushes
from agent.core.limits import MINUTES_A_REPORT
from agent.core.minutes import MINUTES
from agent.core.notices import Rarely
from agent.core.points import POINTS
from agent.core.records import EVERYTHING, Key, Record, Which
from agent.core.spool import Spool
from agent.core.waiting import Waiting
from agent.relay.answers import Answers
from agent.relay.clock import RelayClock
from agent.relay.dispatch import Dispatcher
from agent.relay.recorder import Recorder
from agent.relay.threads import in_a_thread
from agent.relay.turns import TURN_SECONDS, seconds_until, turn
from agent.relay.upstream import BATCH, Upstream

log = logging.getLogger("agent.relay")

TICK_SECONDS = 1.0
TICK_AT = 0.25
"""Where in each second of Unix time a tick is, so that the dashboard writes a request in the second in which it is due.
"""

RECORDS_A_REQUEST = MINUTES_A_REPORT - 40
"""Points and minutes: at most 460 kB, and never too many minutes for one report."""

LEAST_RECORDS_A_REQUEST = 50

SERVERS_A_FLUSH = 20
"""How many servers' cells go in one request. A table with 12 write units a second can take that many in every turn."""


class _Sent(NamedTuple):
    """What became of a request. settled: how many reports need not be sent again."""

    settled: int
    is_throttled: bool


class Flusher:
    """Sends the finished cells of a few servers at a time, each in its turn. After an outage, the oldest go first.

    taken: points and minutes that the dashboard accepted. refused: those that it did not, by its reason.
    """

    def __init__(
        self,
        answers: Answers,
        recorder: Recorder,
        dispatcher: Dispatcher,
        spool: Spool,
        upstream: Upstream,
        clock: RelayClock,
        flush: float | None = None,
        jitter: Jitter = random_seconds,
    ) -> None:
        """flush: seconds, as the operator set it; None to do what the dashboard asks."""
        self.taken = 0
        self.refused: Counter[str] = Counter()
        self._answers = answers
        self._recorder = recorder
        self._dispatcher = dispatcher
        self._spool = spool
        self._upstream = upstream
        self._clock = clock
        self._flush = flush
        self._jitter = jitter
        self._back_off = BackOff(jitter)
        self._rarely = Rarely(clock.monotonic)
        self._urgent: list[int] = []
        """Servers whose probes began to fail or to work."""
        self._limit = RECORDS_A_REQUEST
        self._skip = EVERYTHING.after
        """The last key that failed a moment ago. Sending continues after it, so that it does not hold up the rest."""
        self._flushed: dict[int, int] = {}
        """For each server, Unix seconds: the minutes that start before then were sent."""

    async def run(self) -> None:
        """Sends what is due, until it is cancelled."""
        while True:
            await self._clock.sleep(seconds_until(TICK_AT, self._clock.now(), TICK_SECONDS) or TICK_SECONDS)
            while not self._upstream.paused and await self._step():
                pass

    async def send_all(self) -> None:
        """Sends everything that waits, once. Waits while the dashboard is away."""
        which = self._which()
        while True:
            if pause := self._upstream.paused:
                await self._clock.sleep(pause + self._jitter(1.0))
            waiting = await self._pending(which)
            if not waiting:
                return
            if await self._send(waiting) is not None:
                which = which._replace(after=_last(waiting))

    async def _step(self) -> bool:
        """One request. Returns whether more may be due."""
        if not self._answers.is_known:
            await self._ask()
        waiting = await self._news() or await self._next()
        if not waiting:
            return False
        sent = await self._send(waiting)
        if sent is None:
            return True
        if sent.settled:
            self._back_off.succeeded()
        # What is throttled is tried again before anything younger. What fails otherwise must not hold up the rest.
        is_stuck = not sent.settled and not sent.is_throttled
        self._skip = _last(waiting) if is_stuck else EVERYTHING.after
        if sent.settled < len(waiting):
            await self._clock.sleep(self._back_off.failed())
        return True

    async def _ask(self) -> None:
        """Sends no reports, to learn when and what to send. A wrong URL is thus logged before the first agent
        connects.
        """
        with suppress(NotTaken):
            await self._answers.send([])

    async def _news(self) -> list[Waiting]:
        """Everything that waits of the next servers whose probes began to fail or to work, including the running
        minute.
        """
        if changed := self._dispatcher.changes.due():
            await self._recorder.keep_running(changed)
            self._urgent += changed
        servers, self._urgent = self._urgent[:SERVERS_A_FLUSH], self._urgent[SERVERS_A_FLUSH:]
        return await self._pending(self._which(sources=servers)) if servers else []

    async def _next(self) -> list[Waiting]:
        """What is due: first what every server should have sent by now, oldest first, then the cells of the servers
        whose turn it is.
        """
        now, when = self._clock.now(), flushes(self._flush or self._answers.flush or USUAL_FLUSH)
        oldest, late = self._spool.oldest, self._which(before=when.due(now, 1))
        if oldest is None or not self._answers.is_known:
            return []
        if oldest < late.before and (waiting := await self._pending(late._replace(after=self._skip))):
            return waiting
        if due := await self._in_turn(when, now):
            return await self._pending(due)
        return await self._pending(ahead(self._which(), now)) if oldest > now else []

    async def _in_turn(self, when: Flushes, now: float) -> Which | None:
        """What the next servers whose turn has come have to send, None when there are none."""
        newest = when.due(now, 0)
        if all(before >= newest for before in self._flushed.values()) and self._flushed:
            return None
        servers = await in_a_thread(self._spool.sources)
        groups = [servers[start : start + SERVERS_A_FLUSH] for start in range(0, len(servers), SERVERS_A_FLUSH)]
        self._flushed = {server_id: self._flushed.get(server_id, 0) for server_id in servers}
        turns = max(1, when.spread // TURN_SECONDS)
        for group in groups:
            due = when.due(now, turn(group, SERVERS_A_FLUSH, turns) / turns)
            if chosen := [server_id for server_id in group if self._flushed[server_id] < due]:
                self._flushed |= dict.fromkeys(chosen, due)
                return self._which(due, chosen)
        return None

    def _which(self, before: int = EVERYTHING.before, sources: Collection[int] | None = None) -> Which:
        """Selects records to send. Minutes wait until the dashboard is known to accept them."""
        return Which(before, sources, (POINTS.code,) if self._answers.flush is None else None)

    async def _pending(self, which: Which) -> list[Waiting]:
        # One less than fits in a request, which may have to begin with a secret that is known to be right. A report is
        # taken as a whole or not at all, so each has no more than the ten minutes that the dashboard writes at once.
        return await in_a_thread(partial(self._spool.pending, self._limit, which, sources=BATCH - 1, blocks=1))

    async def _send(self, waiting: Sequence[Waiting]) -> _Sent | None:
        """Sends one request. Returns None when it was not taken."""
        reports: list[Report] = [{"secret": one.secret, **one.content} for one in waiting]
        try:
            answer = await self._answers.send(reports)
        except TooLarge:
            if self._limit > LEAST_RECORDS_A_REQUEST:
                self._limit //= 2
                return None
            log.error("the dashboard rejects requests of this size", extra={"records": self._limit})
            return _Sent(0, is_throttled=False)
        except NotTaken:
            return None
        settled: list[Record] = []
        for one, outcome in zip(waiting, answer.outcomes, strict=True):
            if outcome.retry:
                continue
            # A dashboard that sends no `flush` does not know minutes, and ignored them.
            settled += [record for record in one.records if answer.flush or record.kind != MINUTES.code]
            if outcome.error:
                self.refused[outcome.error] += one.size
            else:
                self.taken += one.size - self._refuse(outcome)
        self._spool.taken(settled)
        await in_a_thread(self._spool.write)
        again = [outcome.error for outcome in answer.outcomes if outcome.retry]
        return _Sent(len(waiting) - len(again), is_throttled="throttled" in again)

    def _refuse(self, outcome: Outcome) -> int:
        """Counts the points and minutes that were rejected from an accepted report, and returns how many. They are
        dropped, as they would be rejected again.
        """
        reasons = [(one.error, one.message) for one in outcome.refused]
        reasons += [(one.error, one.message) for one in outcome.refused_minutes]
        for error, message in reasons:
            self.refused[error] += 1
            if self._rarely.is_due(error):
                log.warning("the dashboard rejects minutes or points; they are dropped", extra={"reason": message})
        return len(reasons)


def _last(waiting: Sequence[Waiting]) -> Key:
    return max(record.key for one in waiting for record in one.records)
