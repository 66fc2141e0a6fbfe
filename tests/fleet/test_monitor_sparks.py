"""Sparklines of monitors: made once for each step, from what was read of pings, and of visible servers for guests."""

from dataclasses import replace

from chalicelib.fleet import monitor_sparks
from chalicelib.fleet.alerts.glance import Pinged
from chalicelib.fleet.monitor_sparks import MonitorSpark, MonitorSparkWatch, recent_sparks, shown_steps, spark_of
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
