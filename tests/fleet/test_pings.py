"""Ping points: which are accepted, how they are stored, and how those of one minute are merged."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fleet import limits
from chalicelib.fleet.pings import MINUTE, Ping, Point, RefusedPoint, accept, delay_text, merged, point

NOW = 1_795_444_683.0
MINUTE_NOW = int(NOW) // MINUTE * MINUTE


def sent(at: float = NOW, delay: float = 12.5, up: int = 2, down: int = 0) -> Ping:
    return Ping(3, int(at), delay, up, down)


def error_of(ping: Ping, longest: float | None = 1000.0) -> str:
    found = accept(ping, NOW, longest=longest)
    if isinstance(found, Point):
        return ""
    assert isinstance(found, RefusedPoint)
    assert (found.monitor_id, found.at) == (ping.monitor_id, ping.at)
    assert found.message
    return found.error


def test_a_point_is_stored_for_its_whole_minute() -> None:
    assert accept(sent(MINUTE_NOW + 59), NOW, longest=1000.0) == Point(3, MINUTE_NOW, "12.5", 2, 0)


def test_a_monitor_that_is_not_the_server_s_is_refused() -> None:
    assert error_of(sent(), longest=None) == "not_assigned"


@pytest.mark.parametrize(
    ("at", "error"),
    [
        (NOW + limits.AHEAD_SECONDS, ""),
        (NOW + limits.AHEAD_SECONDS + 1, "in_the_future"),
        (NOW - limits.LATE_SECONDS, ""),
        (NOW - limits.LATE_SECONDS - 1, "too_old"),
        (0, "too_old"),
    ],
)
def test_only_minutes_that_are_kept_are_accepted(at: float, error: str) -> None:
    assert error_of(sent(at)) == error


@pytest.mark.parametrize(
    ("up", "down", "error"),
    [
        (1, 0, ""),
        (0, 1, ""),
        (limits.PROBES_A_MINUTE, 0, ""),
        (limits.PROBES_A_MINUTE // 2, limits.PROBES_A_MINUTE // 2, ""),
        (0, 0, "bad_counts"),
        (limits.PROBES_A_MINUTE, 1, "bad_counts"),
    ],
)
def test_a_point_stands_for_some_probes(up: int, down: int, error: str) -> None:
    assert error_of(sent(up=up, down=down)) == error


def test_a_delay_is_capped_as_in_v0() -> None:
    assert point(1, 0, limits.DELAY_MOST + 1, 1, 0).delay == "1000"
    assert point(1, 0, limits.DELAY_MOST, 1, 0).delay == "1000"


def test_without_a_successful_probe_there_is_no_delay() -> None:
    assert point(1, 0, 55.5, 0, 3).delay == "0"


@pytest.mark.parametrize(
    ("delay", "text"),
    [
        (0, "0"),
        (1, "1"),
        (0.1, "0.1"),
        (12.345678, "12.345678"),
        (148.69, "148.69"),
        (1e-7, "0.0000001"),
        (999.9999, "999.9999"),
    ],
)
def test_a_delay_is_the_shortest_text_of_a_32_bit_float(delay: float, text: str) -> None:
    assert delay_text(delay) == text


@given(st.floats(0, limits.DELAY_MOST, width=32))
def test_a_delay_s_text_is_the_same_32_bit_float_again(delay: float) -> None:
    text = delay_text(delay)
    assert delay_text(float(text)) == text
    assert "e" not in text


def test_of_two_points_the_one_from_more_probes_wins_whatever_their_order() -> None:
    points = [Point(1, 0, str(probes), probes, 0) for probes in (1, 2, 3)]
    for order in permutations(points):
        assert merged({}, order) == {(1, 0): points[2]}


def test_failed_probes_count_as_probes() -> None:
    few, many = Point(1, 0, "5", 2, 0), Point(1, 0, "7", 1, 2)
    assert merged({(1, 0): few}, [many]) == {(1, 0): many}


def test_of_equals_the_first_stays() -> None:
    first, second = Point(1, 0, "5", 2, 0), Point(1, 0, "7", 2, 0)
    assert merged({(1, 0): first}, [second]) == {(1, 0): first}


def test_a_point_that_comes_again_changes_nothing() -> None:
    one = Point(1, 0, "5", 2, 0)
    assert merged(merged({}, [one]), [one, one]) == {(1, 0): one}


def test_points_of_other_monitors_stay() -> None:
    one, other = Point(1, 0, "5", 2, 0), Point(2, 0, "7", 2, 0)
    assert merged({(1, 0): one}, [other]) == {(1, 0): one, (2, 0): other}


def test_merging_leaves_what_it_was_given_alone() -> None:
    old = {(1, 0): Point(1, 0, "5", 2, 0)}
    merged(old, [Point(1, 0, "7", 9, 0)])
    assert old == {(1, 0): Point(1, 0, "5", 2, 0)}
