"""Turns in a period of Unix time: they determine the second in which each request is sent.

Turns follow from the servers' IDs, so that relays take different turns without knowing of each other. Finished cells
are sent in even seconds and states in odd ones, so that a small table does not get both at once.
"""

from collections.abc import Sequence
from math import gcd

TURN_SECONDS = 2

STATES_AT = 1
"""Seconds from the beginning of a turn to when states are sent. Cells are sent at its beginning."""

GOLDEN = 0.618


def turn(servers: Sequence[int], most: int, turns: int) -> int:
    """Which turn a request of these servers has, from 0 to turns - 1.

    servers: their IDs, ascending. most: how many servers such requests have. Requests of neighbouring servers get turns
    that are far apart, and `turns` requests in a row all get different ones.
    """
    step = next(step for step in range(max(1, round(turns * GOLDEN)), turns + 2) if gcd(step, turns) == 1)
    return servers[0] // most * step % turns


def seconds_until(at: float, now: float, period: float) -> float:
    """Seconds from `now` (Unix seconds) to the next moment that is `at` seconds into a period; less than a period."""
    return (at - now) % period
