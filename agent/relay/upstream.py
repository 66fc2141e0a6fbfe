"""Requests to the dashboard's API, in threads beside the relay's event loop."""

import asyncio
import logging
from collections.abc import Sequence

from agent.core.answers import Answer, NotTaken, TooLarge
from agent.core.back_off import BackOff
from agent.core.client import Client, Report
from agent.core.clock import Jitter, random_seconds
from agent.core.urls import Url
from agent.relay.clock import RelayClock
from agent.relay.threads import in_a_thread

log = logging.getLogger("agent.relay")

REQUESTS_AT_ONCE = 8

BATCH = 100
"""The most reports in one request."""


class Upstream:
    """One dashboard. After a failure, callers must wait for `paused` seconds before they send again."""

    def __init__(self, url: Url, clock: RelayClock, jitter: Jitter = random_seconds) -> None:
        self._client = Client(url, "nezha-relay")
        self._clock = clock
        self._back_off = BackOff(jitter)
        self._slots = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._paused_until = 0.0
        self._logged = ""
        self.away_since: float | None = None
        """Monotonic seconds since when every request has failed, None while the dashboard answers."""

    @property
    def paused(self) -> float:
        """Seconds for which nothing should be sent."""
        return max(0.0, self._paused_until - self._clock.monotonic())

    async def send(self, reports: Sequence[Report]) -> Answer:
        """Raises NotTaken or TooLarge."""
        async with self._slots:
            began = self._clock.monotonic()
            try:
                answer = await in_a_thread(lambda: self._client.send(reports))
            except TooLarge:
                raise
            except NotTaken as error:
                self._failed(began, error)
                raise
            self._succeeded()
            return answer

    def close(self) -> None:
        """Closes connections without waiting for answers."""
        self._client.close()

    def _succeeded(self) -> None:
        if self.away_since is not None:
            log.info("the dashboard accepts reports again")
        self._back_off.succeeded()
        self._paused_until, self.away_since, self._logged = 0.0, None, ""

    def _failed(self, began: float, error: NotTaken) -> None:
        now = self._clock.monotonic()
        self.away_since = now if self.away_since is None else self.away_since
        if error.kind != self._logged:
            self._logged = error.kind
            log.warning("the dashboard does not accept reports; retrying", extra={"reason": str(error)})
        # Of requests that failed at the same time, only the first one makes the pause longer.
        if began >= self._paused_until:
            self._paused_until = now + self._back_off.failed(error.retry_after)
