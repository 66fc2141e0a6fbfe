"""When finished records go to the dashboard: whole cells of Unix time, each server at its own moment."""

from __future__ import annotations

from typing import NamedTuple

from agent.core.limits import LARGEST_ID, MINUTE
from agent.core.records import BLOCK, FOREVER, Key, Which

USUAL_FLUSH = 300
"""Seconds between two sends, until the dashboard asks for another interval."""

CELL, ITEM = 300, BLOCK
"""Seconds of Unix time: CELL is what the dashboard writes together, ITEM (two cells) what it keeps in one item."""

SETTLED_SECONDS = 60
"""Seconds to wait after a cell ends, until its last probes have an answer."""

SPREAD_SECONDS = 120
"""Seconds over which the servers take turns."""

SINGLE_SETTLED_SECONDS, SINGLE_SPREAD_SECONDS = 15, 15
"""The same where single minutes are sent."""


class Flushes(NamedTuple):
    """cell: seconds that are sent together. settled: seconds to wait after a cell ends. spread: seconds over which the
    servers then take turns.
    """

    cell: int
    settled: int
    spread: int

    def due(self, now: float, turn: float) -> int:
        """Unix seconds. Records of minutes that start before this time are due.

        turn: the server's turn, from 0 to 1. With 1, these records are due for every server.
        """
        return int((now - self.settled - turn * self.spread) // self.cell) * self.cell


def flushes(seconds: float) -> Flushes:
    """The times that follow from the `flush` of the dashboard or of an operator.

    Minutes are sent singly or in whole cells, because a cell that is written in parts costs the dashboard more.
    """
    if seconds <= MINUTE:
        return Flushes(MINUTE, SINGLE_SETTLED_SECONDS, SINGLE_SPREAD_SECONDS)
    return Flushes(ITEM if seconds >= ITEM else CELL, SETTLED_SECONDS, SPREAD_SECONDS)


def turn_of(source: int) -> float:
    """The turn of a server that sends its own reports."""
    return source % 1000 / 1000


def ahead(which: Which, now: float) -> Which:
    """The records of `which` that are far ahead of the clock because it was set back. Otherwise they would not be due
    until the clock catches up.
    """
    return which._replace(after=Key(int(now) // BLOCK + 1, LARGEST_ID, 0, 0), before=FOREVER)
