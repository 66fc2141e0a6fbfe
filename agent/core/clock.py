"""The clocks of a host, and random waits."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """now: Unix seconds. monotonic: seconds that only go forward."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic


LEAP_SECONDS = 3600
"""A clock that leaps ahead by more than this may be wrong. It is trusted again after the new time has lasted this long.
"""


class TrustedTime:
    """Unix seconds for dropping old data: a clock that is wrong for a while must not make all data look old."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = clock.now() - clock.monotonic()
        self._leapt_at: float | None = None

    def now(self) -> float:
        monotonic = self._clock.monotonic()
        offset = self._clock.now() - monotonic
        if offset - self._offset <= LEAP_SECONDS:
            self._leapt_at = None
        elif self._leapt_at is None:
            self._leapt_at = monotonic
        if self._leapt_at is None or monotonic - self._leapt_at >= LEAP_SECONDS:
            self._offset, self._leapt_at = offset, None
        return self._offset + monotonic


Jitter = Callable[[float], float]
"""Returns a number of seconds between 0 and its argument."""


def random_seconds(most: float) -> float:
    """The usual Jitter: every number is equally likely."""
    return random.SystemRandom().uniform(0, most)
