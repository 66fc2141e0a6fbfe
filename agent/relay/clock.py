"""The relay's time: two clocks, how to wait, and for how long when many should not wait equally long."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """now: Unix seconds. monotonic: seconds that only go forward. sleep: waits so many of them."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


Jitter = Callable[[float], float]
"""Seconds from 0 to as many as it is given."""


def some_seconds(most: float) -> float:
    return random.SystemRandom().uniform(0, most)
