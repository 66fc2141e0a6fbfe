"""Sends reports, and passes on what the dashboard's responses say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.core.answers import Answer, NotTaken
from agent.core.client import Report
from agent.relay.agents import Agents
from agent.relay.dispatch import Dispatcher
from agent.relay.identities import Identities
from agent.relay.upstream import BATCH, Upstream

DEFAULT_INTERVAL = 10.0
"""Seconds between two states of a server, until the dashboard asks for another interval."""


@dataclass
class RequestCounts:
    """Requests, and the reports in them."""

    batches: int = 0
    batches_failed: int = 0
    reports: int = 0
    reports_failed: int = 0


class Answers:
    """Every response says how often to report, which secrets are valid, and what to probe."""

    def __init__(
        self,
        upstream: Upstream,
        identities: Identities,
        agents: Agents,
        dispatcher: Dispatcher,
        least_interval: float = 0.0,
    ) -> None:
        """least_interval: the minimum of `interval`, in seconds, even if the dashboard asks for less."""
        self.counts = RequestCounts()
        self.interval = DEFAULT_INTERVAL
        """Seconds between two states of a server."""
        self.flush: int | None = None
        """Seconds between two sends of minutes, None while the dashboard does not accept minutes."""
        self.is_known = False
        """Whether an answer has set `interval` and `flush`."""
        self._asked = DEFAULT_INTERVAL
        self._upstream = upstream
        self._identities = identities
        self._agents = agents
        self._dispatcher = dispatcher
        self._least_interval = least_interval

    @property
    def own_interval(self) -> float | None:
        """The interval where it is not the one that the dashboard asked for."""
        return self.interval if self.interval != self._asked else None

    def pace(self, answer: Answer) -> float:
        """Seconds between two states of a server, after this answer."""
        return max(float(answer.interval), self._least_interval)

    async def send(self, reports: Sequence[Report]) -> Answer:
        """Sends at most BATCH reports. Raises NotTaken or TooLarge."""
        self.counts.batches += 1
        sent, order = self._in_order(reports)
        try:
            answer = await self._upstream.send(sent)
        except NotTaken:
            self.counts.batches_failed += 1
            raise
        self.is_known = True
        self._asked, self.flush = float(answer.interval), answer.flush
        self.interval = self.pace(answer)
        for report, outcome in zip(sent, answer.outcomes, strict=True):
            if self._identities.learn(report["secret"], outcome):
                self._agents.gone(report["secret"])
        senders = [outcome.server_id for outcome in answer.outcomes if outcome.server_id]
        self._dispatcher.assign(senders, answer.monitors)
        outcomes = tuple(answer.outcomes[place] for place in order)
        self.counts.reports += len(outcomes)
        self.counts.reports_failed += sum(bool(outcome.error) for outcome in outcomes)
        return replace(answer, outcomes=outcomes)

    def _in_order(self, reports: Sequence[Report]) -> tuple[list[Report], list[int]]:
        """The reports, led by one whose secret is known to be right, and the place of each of `reports` among them.

        The dashboard looks up the other secrets of a request only if its first one is right, so that strangers cost it
        little. If no secret of these reports is known to be right, an empty report with one that is goes first.
        """
        first = self._identities.newest(report["secret"] for report in reports)
        if first:
            leading = next(place for place, report in enumerate(reports) if report["secret"] == first)
            places = [leading, *(place for place in range(len(reports)) if place != leading)]
            return [reports[place] for place in places], sorted(range(len(reports)), key=places.__getitem__)
        known = self._identities.any_known() if 0 < len(reports) < BATCH else ""
        extra: list[Report] = [{"secret": known}] if known else []
        return [*extra, *reports], [place + len(extra) for place in range(len(reports))]
