"""Sends servers' states to the dashboard, each when it is due."""

import asyncio
from collections.abc import Sequence

from agent.core.answers import NotTaken, TooLarge
from agent.core.client import Report
from agent.relay.agents import Agents, ReportingServer, batches
from agent.relay.answers import Answers
from agent.relay.clock import RelayClock
from agent.relay.dispatch import Dispatcher
from agent.relay.turns import STATES_AT, TURN_SECONDS, seconds_until, turn
from agent.relay.upstream import BATCH, Upstream

TICK_SECONDS = 0.25

NEWCOMER_SECONDS = 1.0
"""How long a server that was never reported waits for others, so that they share a request."""

REQUESTS_AT_ONCE = 4

SERVERS_IN_TURN = BATCH // 8 * 8
"""As many as whole blocks of neighbours fit in a batch."""


class StateSender:
    """Sends each server's newest state as often as the dashboard asks, in batches that are spread over that time."""

    def __init__(
        self, answers: Answers, agents: Agents, dispatcher: Dispatcher, upstream: Upstream, clock: RelayClock
    ) -> None:
        self._answers = answers
        self._agents = agents
        self._dispatcher = dispatcher
        self._upstream = upstream
        self._clock = clock
        self._round: list[tuple[float, list[int]]] = []
        self._began = float("-inf")
        self._interval = self._before = answers.interval
        """`_interval`: seconds from the beginning of this round to the next one. `_before`: the same for the previous
        round.
        """
        self._newcomers_at: float | None = None
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Sends batches as they are due, until it is cancelled."""
        while True:
            await self._clock.sleep(TICK_SECONDS)
            for batch in self._due():
                while len(self._sending) >= REQUESTS_AT_ONCE:
                    await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
                self._send_soon(batch)

    async def send_all(self) -> None:
        """Sends what there is now, once."""
        for batch in batches(self._agents.waiting(), BATCH):
            self._send_soon(batch)
        if self._sending:
            await asyncio.wait(self._sending)

    def _due(self) -> list[list[int]]:
        now = self._clock.monotonic()
        if self._upstream.paused:
            return []
        due = self._due_newcomers(now)
        if now >= self._began + self._interval:
            self._plan_round(now)
        while self._round and self._round[0][0] <= now:
            due.append(self._round.pop(0)[1])
        return due

    def _plan_round(self, now: float) -> None:
        """Plans a round of batches. If the interval grew, this round is still sent at the old pace, as the dashboard
        expects it by then.
        """
        self._before, self._interval = self._interval, self._answers.interval
        # An agent that sent a state a moment ago will have sent the next one when its turn comes.
        planned = batches(self._agents.reporting(), BATCH)
        pace = min(self._before, self._interval)
        turns = int(self._interval // TURN_SECONDS)
        if self._before == self._interval and len(planned) <= turns:
            # Else each round would begin a little later in Unix time, until it misses a batch's turn.
            due = self._began + self._interval
            begins = due if now - due < 1 else now
            unix = self._clock.now() - (now - begins)
            ats = [turn(batch, SERVERS_IN_TURN, turns) * TURN_SECONDS + STATES_AT for batch in planned]
            times = [begins + seconds_until(at, unix, self._interval) for at in ats]
        else:
            begins = now
            times = [now + number * pace / len(planned) for number in range(len(planned))]
        self._round = sorted(zip(times, planned, strict=True))
        self._began = begins

    def _due_newcomers(self, now: float) -> list[list[int]]:
        """Batches of new servers, so that a server appears soon after its agent connected, however long the interval
        is.
        """
        waiting = self._agents.waiting_newcomers()
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
        composed = self._agents.compose(batch, self._answers.own_interval)
        for server, report in composed:
            report["state"] = {**report["state"], **self._dispatcher.recent(server.id)}
        task = asyncio.create_task(self._send(composed))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, composed: Sequence[tuple[ReportingServer, Report]]) -> None:
        """Sends one batch. States that are not taken are not sent again, as newer ones soon replace them."""
        if not composed:
            return
        try:
            answer = await self._answers.send([report for _, report in composed])
        except TooLarge:
            # A few hosts may have very long descriptions. The half without them will be accepted.
            middle = len(composed) // 2
            if middle:
                await self._send(composed[:middle])
                await self._send(composed[middle:])
            return
        except NotTaken:
            return
        # The batches of a round may be told different intervals. For a state that was not kept, the dashboard still has
        # the previous one, with the interval that was told then.
        kept = all("state" not in outcome.not_kept for outcome in answer.outcomes)
        self._interval = min(self._interval, self._answers.pace(answer), self._interval if kept else self._before)
        for (server, report), outcome in zip(composed, answer.outcomes, strict=True):
            if not outcome.error:
                self._agents.taken(server, report, outcome)
