"""Turns in a period of Unix time: the second in which each request is sent. Relays need not know of each other.

Relays that serve neighbouring servers, as `batches` cuts them, take different turns, because turns follow from IDs.
Finished cells go in even seconds and rounds of states in odd ones, so that they do not meet in a small table either.
"""

from collections.abc import Sequence
from math import gcd

TURN_SECONDS = 2

STATES_AT = 1
"""Where in a turn states go, in seconds; cells go at its beginning."""

GOLDEN = 0.618


def turn(servers: Sequence[int], most: int, turns: int) -> int:
    """Which of so many turns a request of these servers has, the first of them is 0.

    servers: ascending. most: how many such requests have. Requests of neighbours are far from each other, and as many
    in a row as there are turns have different ones.
    """
    step = next(step for step in range(max(1, round(turns * GOLDEN)), turns + 2) if gcd(step, turns) == 1)
    return servers[0] // most * step % turns


def seconds_until(at: float, now: float, period: float) -> float:
    """From now, Unix seconds, to the next time that is so many seconds into a period; less than a period."""
    return (at - now) % period
