"""What is counted in a minute, under clocks that only the test moves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.core.monitor_types import TYPES
from agent.core.monitors import Monitor
from agent.core.open_points import OpenPoints
from agent.core.points import Point

NOON = 1_722_142_800
"""The start of a minute."""

MONITOR = Monitor(1, "icmp", "127.0.0.1", 10)


def counted(*probes: Any, minutes: Any = None) -> Any:
    """Minutes in which probes (of monitor 1) began at a time and had a result."""
    minutes = minutes or OpenPoints()
    for began, delay in probes:
        minutes.end(minutes.begin(MONITOR, began), delay)
    return minutes


def test_point_is_the_mean_of_those_that_succeeded() -> None:
    minutes = counted((NOON, 10.0), (NOON + 20, 20.0015), (NOON + 59.9, None))
    assert minutes.finished(NOON + 59.99) == []
    assert minutes.finished(NOON + 60) == [Point(1, NOON, 15.001, 2, 1)]
    assert minutes.finished(NOON + 60) == []


def test_point_without_success_has_no_delay() -> None:
    assert counted((NOON, None), (NOON, None)).finished(NOON + 60) == [Point(1, NOON, 0.0, 0, 2)]


def test_mean_is_capped_and_not_each_delay() -> None:
    assert counted((NOON, 1500.0), (NOON, 100.0)).finished(NOON + 60) == [Point(1, NOON, 800.0, 2, 0)]
    assert counted((NOON, 1500.0), (NOON, 900.0)).finished(NOON + 60) == [Point(1, NOON, 1000.0, 2, 0)]


def test_probe_that_ends_in_the_next_minute_counts_where_it_began() -> None:
    minutes = counted((NOON, 1.0))
    late = minutes.begin(MONITOR, NOON + 58)
    counted((NOON + 61, 9.0), minutes=minutes)
    assert minutes.finished(NOON + 62) == []
    minutes.end(late, 3.0)
    assert minutes.finished(NOON + 63) == [Point(1, NOON, 2.0, 2, 0)]
    assert minutes.finished(NOON + 120) == [Point(1, NOON + 60, 9.0, 1, 0)]


def test_minute_without_a_counted_probe_is_no_point() -> None:
    minutes = OpenPoints()
    minutes.discard(minutes.begin(MONITOR, NOON))
    assert minutes.finished(NOON + 60) == []


def test_minutes_of_a_clock_that_was_set_back_are_forgotten() -> None:
    minutes = counted((NOON + 600, 1.0))
    running = minutes.begin(MONITOR, NOON + 600)
    assert minutes.finished(NOON) == []
    minutes.end(running, 1.0)
    counted((NOON + 600, 7.0), minutes=minutes)
    assert minutes.finished(NOON + 660) == [Point(1, NOON + 600, 7.0, 1, 0)]


def test_clock_that_steps_back_a_little_forgets_nothing() -> None:
    minutes = counted((NOON + 60.5, 1.0))
    assert minutes.finished(NOON + 59.5) == []
    assert minutes.finished(NOON + 120) == [Point(1, NOON + 60, 1.0, 1, 0)]


def test_what_runs_is_every_minute_as_it_is_and_goes_on() -> None:
    minutes = counted((NOON, 1.0), (NOON + 61, 3.0))
    running = minutes.begin(MONITOR, NOON + 62)
    minutes.discard(minutes.begin(MONITOR, NOON + 125))
    assert minutes.running() == [Point(1, NOON, 1.0, 1, 0), Point(1, NOON + 60, 3.0, 1, 0)]
    minutes.end(running, 5.0)
    assert minutes.finished(NOON + 120) == [Point(1, NOON, 1.0, 1, 0), Point(1, NOON + 60, 4.0, 2, 0)]


def test_a_journal_goes_on_where_the_process_ended() -> None:
    minutes = counted((NOON, 1.5), (NOON + 20, None))
    minutes.begin(MONITOR, NOON + 30)
    restored = OpenPoints.restored(json.loads(json.dumps(minutes.for_journal())))
    counted((NOON + 40, 2.5), minutes=restored)
    assert restored.finished(NOON + 60) == [Point(1, NOON, 2.0, 2, 1)]


def test_the_cap_is_that_of_the_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TYPES, "icmp", TYPES["icmp"]._replace(longest_delay=30_000.0))
    assert counted((NOON, 29_000.0)).finished(NOON + 60) == [Point(1, NOON, 29_000.0, 1, 0)]
