"""Turns: requests of neighbouring servers never meet in a second, whatever relays they come from."""

import itertools

import pytest

from agent.relay.agents import batches
from agent.relay.turns import seconds_until, turn


@pytest.mark.parametrize("turns", [1, 2, 7, 13, 30, 60])
def test_as_many_neighbours_as_there_are_turns_have_one_each(turns: int) -> None:
    for first in (0, 1, 999):
        taken = [turn([20 * number + 3], 20, turns) for number in range(first, first + turns)]
        assert sorted(taken) == list(range(turns))


def test_few_batches_are_far_from_each_other() -> None:
    """The eleven of a thousand servers within 30 turns: those of a fleet are not in a row, whose credit they use up."""
    taken = sorted(turn(batch, 96, 30) for batch in batches(range(1, 1001), 100))
    assert len(taken) == 11
    assert all(later - earlier >= 2 for earlier, later in itertools.pairwise(taken))


@pytest.mark.parametrize(
    ("at", "now", "period", "seconds"), [(1, 0, 60, 1), (1, 1, 60, 0), (1, 2, 60, 59), (0.25, 7.75, 1, 0.5)]
)
def test_seconds_until_a_turn(at: float, now: float, period: float, seconds: float) -> None:
    assert seconds_until(at, now, period) == seconds
