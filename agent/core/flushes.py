"""When finished records go to the dashboard: whole cells of Unix time, each server at its own moment."""

from __future__ import annotations

from typing import NamedTuple

from agent.core.limits import LARGEST_ID, MINUTE
from agent.core.records import BLOCK, FOREVER, Key, Which

USUAL_FLUSH = 300
"""Seconds, until the dashboard says how often."""

CELL, ITEM = 300, BLOCK
"""Seconds of Unix time that the dashboard writes together, and that it keeps in one item: two cells."""

SETTLED_SECONDS = 60
"""After a cell, until its last probes have an answer."""

SPREAD_SECONDS = 120
"""Over which the servers take turns."""

SINGLE_SETTLED_SECONDS, SINGLE_SPREAD_SECONDS = 15, 15
"""The same where single minutes are sent."""


class Flushes(NamedTuple):
    """cell: seconds that are sent together. settled: seconds after their end, and spread: over which they are sent."""

    cell: int
    settled: int
    spread: int

    def due(self, now: float, turn: float) -> int:
        """Records of minutes that start before this, in Unix seconds, are due.

        turn: the server's, from 0 to 1. With 1, what is due is due for all servers.
        """
        return int((now - self.settled - turn * self.spread) // self.cell) * self.cell


def flushes(seconds: float) -> Flushes:
    """What the dashboard's `flush`, or an operator's, means.

    Minutes are sent singly, or in cells that are never cut: what is written in parts costs the dashboard more.
    """
    if seconds <= MINUTE:
        return Flushes(MINUTE, SINGLE_SETTLED_SECONDS, SINGLE_SPREAD_SECONDS)
    return Flushes(ITEM if seconds >= ITEM else CELL, SETTLED_SECONDS, SPREAD_SECONDS)


def turn_of(source: int) -> float:
    """A turn of its own for each server that sends for itself."""
    return source % 1000 / 1000


def ahead(which: Which, now: float) -> Which:
    """The same, of minutes far ahead of the clock, which has been set back since: they would not be due for long."""
    return which._replace(after=Key(int(now) // BLOCK + 1, LARGEST_ID, 0, 0), before=FOREVER)
