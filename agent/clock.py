"""The two clocks of a host."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """now: Unix seconds. monotonic: seconds that only go forward."""

    now: Callable[[], float]
    monotonic: Callable[[], float]
