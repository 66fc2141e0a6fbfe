"""Which of two states replaces the other."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fleet.figures import V0_FIGURES
from chalicelib.fleet.limits import CLOCK_SET_BACK_SECONDS
from chalicelib.fleet.states import NOTHING, State, newest, replaces

NOW = 1_795_444_683


def state(at: int, received: int | None = None) -> State:
    return State(at, at if received is None else received, ",".join("0" for _ in V0_FIGURES))


near_now = st.integers(NOW, NOW + CLOCK_SET_BACK_SECONDS).map(state)


@pytest.mark.parametrize(
    ("after", "taken"),
    [(1, True), (0, True), (-1, False), (-300, False), (-301, True), (10**6, True), (-(10**6), True)],
)
def test_replaces(after: int, taken: bool) -> None:
    assert replaces(state(NOW + after), state(NOW)) is taken


def test_the_first_state_is_taken() -> None:
    assert replaces(state(0), None)


@given(st.lists(near_now, min_size=1, max_size=5))
def test_the_newest_stays_in_any_order_of_arrival(states: Any) -> None:
    for order in permutations(states):
        kept: State | None = None
        for one in order:
            kept = one if replaces(one, kept) else kept
        assert kept
        assert kept.at == max(one.at for one in states)


@given(st.none() | near_now, st.none() | near_now)
def test_of_two_stored_states_the_one_measured_later_is_current(one: Any, other: Any) -> None:
    times = [stored.at for stored in (one, other) if stored]
    current = newest(one, other)
    assert current in (one, other)
    assert (current and current.at) == (max(times) if times else None)


def test_after_a_clock_was_set_back_the_one_received_later_is_current() -> None:
    before, after = state(NOW), state(NOW - 301, received=NOW + 10)
    assert newest(before, after) == newest(after, before) == after


def test_a_server_that_never_reported_has_zeros_and_the_year_1() -> None:
    assert State(0, -62135596800, "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", "") == NOTHING
