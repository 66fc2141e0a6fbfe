"""Sending reports, and what follows from every answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.core.answers import Answer, NotTaken
from agent.core.client import Report
from agent.relay.agents import Agents
from agent.relay.dispatch import Dispatcher
from agent.relay.identities import Identities
from agent.relay.upstream import Upstream

DEFAULT_INTERVAL = 10.0
"""Between two states of a server, until the dashboard says how often."""


@dataclass
class Counts:
    """Requests, and the reports in them."""

    batches: int = 0
    batches_failed: int = 0
    reports: int = 0
    reports_failed: int = 0


class Answers:
    """Whatever is sent, its answer says how often to report, which secrets are right, and what to probe."""

    def __init__(
        self,
        upstream: Upstream,
        identities: Identities,
        agents: Agents,
        dispatcher: Dispatcher,
        least_interval: float = 0.0,
    ) -> None:
        """least_interval: seconds between two states of a server when the dashboard asks for less."""
        self.counts = Counts()
        self.interval = DEFAULT_INTERVAL
        """Seconds between two states of a server."""
        self._upstream = upstream
        self._identities = identities
        self._agents = agents
        self._dispatcher = dispatcher
        self._least_interval = least_interval

    async def send(self, reports: Sequence[Report]) -> Answer:
        """Raises NotTaken or TooLarge."""
        self.counts.batches += 1
        try:
            answer = await self._upstream.send(reports)
        except NotTaken:
            self.counts.batches_failed += 1
            raise
        self.counts.reports += len(reports)
        self.counts.reports_failed += sum(bool(outcome.error) for outcome in answer.outcomes)
        self.interval = max(float(answer.interval), self._least_interval)
        for report, outcome in zip(reports, answer.outcomes, strict=True):
            if self._identities.learn(report["secret"], outcome):
                self._agents.gone(report["secret"])
        senders = [outcome.server_id for outcome in answer.outcomes if outcome.server_id]
        self._dispatcher.assign(senders, answer.monitors)
        return answer
