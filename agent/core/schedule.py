"""When each probe is due."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from agent.core.clock import Clock, Jitter
from agent.core.limits import CATCH_UP_SECONDS, LATE_SECONDS, MAKE_UP_SECONDS, MINUTE

K = TypeVar("K")

EDGE_SECONDS = 2.0
"""Probes with an interval of whole minutes keep this far from the ends of a minute. Otherwise one that runs a little
late would count in the next minute.
"""


def part_of(*ids: int) -> float:
    """A number from 0 up to 1 that is always the same for these IDs, and as good as random."""
    digest = hashlib.sha256(" ".join(map(str, ids)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


@dataclass
class _Plan:
    """due: monotonic seconds of the next probe. interval: seconds between two. extra: whether the next probe is an
    additional one, outside the key's regular moments.
    """

    due: float
    interval: int
    extra: bool = False


class ProbeSchedule(Generic[K]):
    """Probes by key, each in its interval.

    Each key has moments of its own, which do not depend on when the process began. After a restart, probes keep their
    rhythm, so that a monitor with an interval of one minute still has a probe in every minute. Late probes are spread
    over a while, so that they do not all run at once. Keys must be comparable with each other.
    """

    def __init__(self, clock: Clock, jitter: Jitter, part: Callable[[K], float]) -> None:
        """part: where in the interval a key's moments are, from 0 up to 1."""
        self._clock = clock
        self._jitter = jitter
        self._part = part
        self._plans: dict[K, _Plan] = {}
        self._queue: list[tuple[float, K]] = []

    def plan(self, key: K, interval: int) -> None:
        """Probes this key every `interval` seconds from now on. The same interval again changes nothing."""
        before = self._plans.get(key)
        if before is None or before.interval != interval:
            self._plans[key] = _Plan(self._clock.monotonic() + self._wait(key, interval), interval)
            self._push(key)

    def make_up(self, key: K) -> None:
        """The last probe of this key did not happen. If its minute would otherwise have none, another follows soon."""
        plan, now = self._plans.get(key), self._clock.now()
        if plan is None or plan.extra:
            return
        following = now + plan.due - self._clock.monotonic()
        begin = now // MINUTE * MINUTE
        if begin <= following - plan.interval <= now and following >= begin + MINUTE:
            self._add(key, plan, min(MAKE_UP_SECONDS, max(0.0, begin + MINUTE - EDGE_SECONDS - now)))

    def drop(self, keys: Iterable[K]) -> None:
        """Stops probing these keys."""
        for key in keys:
            self._plans.pop(key, None)

    def run(self, start: Callable[[K, float], bool]) -> float:
        """Starts the probes that are due. Returns the seconds until the next one is due, infinity when there is none.

        start: is given a key and how many seconds late its probe is. It returns False when the probe cannot start now.
        Such a probe stays due, and does not count for the seconds that are returned.
        """
        now = self._clock.monotonic()
        waiting = []
        while self._queue and self._queue[0][0] <= now:
            due, key = heapq.heappop(self._queue)
            plan = self._plans.get(key)
            if plan is None or plan.due != due:
                continue
            if now - due > LATE_SECONDS:
                self._add(key, plan, min(plan.interval, CATCH_UP_SECONDS))
            elif start(key, now - due):
                if plan.extra:
                    plan.due, plan.extra = now + (self._wait(key, plan.interval) or plan.interval), False
                else:
                    plan.due = due + plan.interval
                self._push(key)
            else:
                waiting.append(key)
        following = self._queue[0][0] - now if self._queue else float("inf")
        for key in waiting:
            self._push(key)
        return max(0.0, following)

    def _wait(self, key: K, interval: int) -> float:
        """Seconds until the next moment of a key."""
        moment = self._part(key) * interval
        if interval % MINUTE == 0:
            minute, second = divmod(moment, MINUTE)
            moment = minute * MINUTE + EDGE_SECONDS + second * (1 - 2 * EDGE_SECONDS / MINUTE)
        return (moment - self._clock.now()) % interval

    def _add(self, key: K, plan: _Plan, most: float) -> None:
        plan.due, plan.extra = self._clock.monotonic() + self._jitter(most), True
        self._push(key)

    def _push(self, key: K) -> None:
        heapq.heappush(self._queue, (self._plans[key].due, key))
