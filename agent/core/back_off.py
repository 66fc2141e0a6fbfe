"""How long to wait after failures."""

from __future__ import annotations

from agent.core.clock import Jitter, random_seconds
from agent.core.limits import LONGEST_BACK_OFF


class BackOff:
    """A random wait of at most 1, 2, 4 … 60 seconds after consecutive failures.

    The wait is random, so that agents that lost the dashboard together do not return together.
    """

    def __init__(self, jitter: Jitter = random_seconds) -> None:
        self._jitter = jitter
        self._failures = 0

    def failed(self, retry_after: float = 0.0) -> float:
        """The seconds to wait now. retry_after: the minimum, as the dashboard asked."""
        most = min(LONGEST_BACK_OFF, 2.0 ** min(self._failures, 10))
        self._failures += 1
        return retry_after + self._jitter(most)

    def succeeded(self) -> None:
        self._failures = 0
