"""Latency and packet loss of a server's last five minutes."""

from __future__ import annotations

from typing import Any

import pytest

from agent.core.monitor_types import TYPES
from agent.core.monitors import Monitor
from agent.core.recent_probes import RecentProbes

NEAR, FAR = Monitor(1, "icmp", "192.0.2.1", 30), Monitor(2, "tcp", "192.0.2.2:443", 30)


@pytest.fixture
def recent() -> RecentProbes:
    return RecentProbes()


def test_without_probes_nothing_is_known(recent: RecentProbes) -> None:
    assert recent.figures(0.0) == {}


def test_latency_is_the_lowest_mean_and_loss_that_of_all_probes(recent: RecentProbes) -> None:
    for second, near, far in ((0, 10.0, 80.0), (60, 20.0, None), (120, 30.5, None)):
        recent.saw(NEAR, near, second)
        recent.saw(FAR, far, second)
    assert recent.figures(130.0) == {"Latency": 20.2, "Loss": 33.3}


def test_what_answers_never_has_no_latency(recent: RecentProbes) -> None:
    recent.saw(NEAR, None, 5.0)
    assert recent.figures(5.0) == {"Loss": 100.0}


def test_five_minutes_count_and_no_more(recent: RecentProbes) -> None:
    for minute in range(20):
        recent.saw(NEAR, float(minute), 60.0 * minute)
    assert recent.figures(60.0 * 19)["Latency"] == (15 + 16 + 17 + 18 + 19) / 5
    assert recent.figures(60.0 * 22)["Latency"] == (18 + 19) / 2
    assert recent.figures(60.0 * 24) == {}


def test_delays_are_capped_as_in_points(recent: RecentProbes) -> None:
    recent.saw(NEAR, 5000.0, 0.0)
    assert recent.figures(0.0)["Latency"] == 1000.0


def test_a_monitor_that_is_probed_no_more_does_not_count(recent: RecentProbes) -> None:
    recent.saw(NEAR, 5.0, 0.0)
    recent.saw(FAR, 7.0, 0.0)
    recent.forget([1, 99])
    assert recent.figures(0.0) == {"Latency": 7.0, "Loss": 0.0}


def test_types_that_measure_more_than_the_network_are_left_out(
    recent: RecentProbes, monkeypatch: pytest.MonkeyPatch
) -> None:
    types: Any = TYPES
    monkeypatch.setitem(types, "web", TYPES["tcp"]._replace(is_network=False))
    recent.saw(Monitor(3, "web", "https://a.example", 30), 5.0, 0.0)
    assert recent.figures(0.0) == {}
