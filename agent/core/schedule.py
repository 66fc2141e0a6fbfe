"""When each probe is due."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from agent.core.clock import Jitter
from agent.core.limits import CATCH_UP_SECONDS, LATE_SECONDS

K = TypeVar("K")


@dataclass
class _Plan:
    """due: monotonic seconds of the next probe. interval: seconds between two."""

    due: float
    interval: int


class ProbeSchedule(Generic[K]):
    """Probes by key, each in its interval, the first one after a random part of it.

    Keys can be compared with each other. Late probes are spread over a while instead of being made up for.
    """

    def __init__(self, monotonic: Callable[[], float], jitter: Jitter) -> None:
        self._monotonic = monotonic
        self._jitter = jitter
        self._plans: dict[K, _Plan] = {}
        self._queue: list[tuple[float, K]] = []

    def plan(self, key: K, interval: int) -> None:
        """From now on there is a probe of this key every so many seconds. The same interval again changes nothing."""
        before = self._plans.get(key)
        if before is None or before.interval != interval:
            self._plans[key] = _Plan(self._monotonic() + self._jitter(interval), interval)
            self._push(key)

    def drop(self, keys: Iterable[K]) -> None:
        """There are no more probes of these."""
        for key in keys:
            self._plans.pop(key, None)

    def run(self, start: Callable[[K, float], bool]) -> float:
        """Starts what is due. Returns the seconds until the next probe is, infinity when there is none.

        start: is given a key and how many seconds late it is. False means that it cannot start now: it stays due, and
        is not what the next probe is counted from.
        """
        now = self._monotonic()
        waiting = []
        while self._queue and self._queue[0][0] <= now:
            due, key = heapq.heappop(self._queue)
            plan = self._plans.get(key)
            if plan is None or plan.due != due:
                continue
            if now - due > LATE_SECONDS:
                plan.due = now + self._jitter(min(plan.interval, CATCH_UP_SECONDS))
                self._push(key)
            elif start(key, now - due):
                plan.due = due + plan.interval
                self._push(key)
            else:
                waiting.append(key)
        following = self._queue[0][0] - now if self._queue else float("inf")
        for key in waiting:
            self._push(key)
        return max(0.0, following)

    def _push(self, key: K) -> None:
        heapq.heappush(self._queue, (self._plans[key].due, key))
