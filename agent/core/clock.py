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


Jitter = Callable[[float], float]
"""Returns a number of seconds between 0 and its argument."""


def random_seconds(most: float) -> float:
    """The usual Jitter: every number is equally likely."""
    return random.SystemRandom().uniform(0, most)
