"""When minutes are due: whole cells, each server in its turn."""

from __future__ import annotations

import pytest

from agent.core.flushes import ahead, flushes, turn_of
from agent.core.records import Record, Which

CELL = 1_722_142_800
"""The start of a cell, and of ten minutes."""


@pytest.mark.parametrize(
    ("flush", "turn", "second", "due"),
    [
        (300, 0.0, 359, 0),
        (300, 0.0, 360, 300),
        (300, 0.5, 419, 0),
        (300, 0.5, 420, 300),
        (300, 1.0, 480, 300),
        (300, 0.0, 659, 300),
        (600, 0.0, 659, 0),
        (600, 0.0, 660, 600),
        (600, 1.0, 780, 600),
        (3600, 0.0, 660, 600),
        (60, 0.0, 74, 0),
        (60, 0.0, 75, 60),
        (60, 1.0, 90, 60),
        (1, 0.0, 75, 60),
        (60, 0.0, 134, 60),
    ],
)
def test_cells_are_due_from_a_minute_after_their_end_and_single_minutes_sooner(
    flush: int, turn: float, second: int, due: int
) -> None:
    assert flushes(flush).due(CELL + second, turn) == CELL + due


def test_turns_are_spread() -> None:
    turns = [turn_of(source * 7919) for source in range(1000)]
    assert 0 <= min(turns) < 0.01
    assert 0.99 < max(turns) < 1


def test_minutes_far_ahead_of_the_clock_are_found() -> None:
    which = ahead(Which(CELL, (7,)), CELL + 30)
    found = [which.has(Record(7, CELL + second, 1, b"")) for second in (-600, 0, 540, 1200, 10**6)]
    assert found == [False, False, False, True, True]
