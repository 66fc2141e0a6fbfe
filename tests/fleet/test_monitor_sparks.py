"""Sparklines of monitors: made once for each step, from what was read of pings, and of visible servers for guests."""

from dataclasses import replace

import pytest

from chalicelib.fleet import monitor_sparks
from chalicelib.fleet.alerts.glance import Pinged
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.monitor_sparks import (
    MonitorSpark,
    MonitorSparkWatch,
    curve_of,
    recent_sparks,
    shown_steps,
    spark_of,
)
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.servers import Server
from chalicelib.fleet.sparks import STEP, STEPS
from tests.fleet.memory_store import MemoryStore

FIRST = 1_800_000_000
"""A multiple of 600."""
PINGS = {
    1: {7: Pinged(10.0, 0.0), 8: Pinged(None, 100.0)},
    2: {7: Pinged(30.0, 50.0), 8: Pinged(None, 100.0), 9: Pinged(5.0, 0.0)},
}


def store() -> MemoryStore:
    servers = {1: Server(1, "open", hide_for_guest=False), 2: Server(2, "hidden", hide_for_guest=True)}
    return MemoryStore(servers, {id_: Monitor(id_, str(id_), "icmp", "192.0.2.1") for id_ in (7, 8, 9, 10)})


def test_a_step_has_the_means_of_all_servers_and_of_those_that_guests_see() -> None:
    at = store()
    MonitorSparkWatch(at).look(at, PINGS, FIRST, FIRST + STEP)
    assert at.all_monitor_sparks == {FIRST: {7: MonitorSpark(20.0, 10.0), 9: MonitorSpark(5.0, None)}}


def test_only_whole_steps_are_made_and_each_once() -> None:
    at = store()
    watch = MonitorSparkWatch(at)
    for until in range(FIRST + 60, FIRST + 660, 60):
        watch.look(at, PINGS, until - 300, until)
    assert list(at.all_monitor_sparks) == [FIRST - 300 + 300, FIRST + 300]
    watch.look(at, {}, FIRST + 300, FIRST + 600)
    MonitorSparkWatch(at).look(at, PINGS, FIRST + 600, FIRST + 1200)
    assert list(at.all_monitor_sparks) == [FIRST, FIRST + 300, FIRST + 600, FIRST + 900]


def test_the_last_hour_is_shown() -> None:
    at = store()
    MonitorSparkWatch(at).look(at, PINGS, FIRST, FIRST + STEP)
    steps, stored = recent_sparks(at, at, FIRST + STEP + monitor_sparks.SETTLE_SECONDS)
    assert (len(steps), steps[-1]) == (STEPS, FIRST)
    assert spark_of(7, stored, public=False) == [None] * 11 + [20.0]
    assert spark_of(7, stored, public=True) == [None] * 11 + [10.0]
    assert spark_of(9, stored, public=True) == spark_of(10, stored, public=False) == [None] * 12
    nobody = replace(at, all_monitors={})
    assert recent_sparks(nobody, nobody, FIRST)[1] == [{}] * STEPS
    assert shown_steps(FIRST + 299) == shown_steps(FIRST)


def test_longer_steps_are_the_means_of_shorter_ones_and_made_once_they_are_over() -> None:
    at, hour, start = store(), 3600, FIRST // 43_200 * 43_200
    watch = MonitorSparkWatch(at)
    for number in range(12):
        delay = 10.0 + number
        pings = {1: {7: Pinged(delay, 0.0)}, 2: {7: Pinged(delay + 20, 0.0)}}
        watch.look(at, pings, start + number * STEP, start + (number + 1) * STEP)
    assert at.longer_monitor_sparks == {hour: {start: {7: MonitorSpark(25.5, 15.5)}}}
    for number in range(1, 12):
        watch.look(at, PINGS, start + number * hour, start + (number + 1) * hour)
    assert at.longer_monitor_sparks[hour][start + hour] == {7: MonitorSpark(20.0, 10.0), 9: MonitorSpark(5.0, None)}
    assert [len(at.longer_monitor_sparks[seconds]) for seconds in (hour, 3 * hour, 12 * hour)] == [12, 4, 1]
    joined = at.longer_monitor_sparks[3 * hour][start]
    assert joined[7].latency == pytest.approx((25.5 + 20 + 20) / 3)
    assert joined[9] == MonitorSpark(5.0, None)
    again = MonitorSparkWatch(at)
    again.look(at, {1: {7: Pinged(1.0, 0.0)}}, start + 43_200 - STEP, start + 43_200)
    assert at.longer_monitor_sparks[12 * hour][start][9] == MonitorSpark(5.0, None), "what is stored stays"


@pytest.mark.parametrize(("name", "seconds", "count"), [("24h", 3600, 24), ("7d", 10_800, 56), ("30d", 43_200, 60)])
def test_a_longer_range_is_shown_in_longer_steps(name: str, seconds: int, count: int) -> None:
    at, curve = store(), curve_of(name)
    steps, stored = recent_sparks(at, at, FIRST, curve)
    assert (len(steps), steps.step, stored) == (count, seconds, [{}] * count)
    assert steps[-1] + seconds <= FIRST - monitor_sparks.SETTLE_SECONDS
    at.write_monitor_sparks(steps[-1], {7: MonitorSpark(20.0, 10.0)}, seconds)
    _, stored = recent_sparks(at, at, FIRST, curve)
    assert spark_of(7, stored, public=True) == [None] * (count - 1) + [10.0]


def test_other_ranges_are_refused() -> None:
    assert curve_of("") == curve_of("1h")
    with pytest.raises(InvalidInput):
        curve_of("1y")
