"""When probes are due, under a clock that only the test moves."""

from __future__ import annotations

from typing import Any

import pytest

from agent.core.schedule import ProbeSchedule


class Plan:
    """A schedule and what it started, second by second."""

    def __init__(self, part: float = 0.0) -> None:
        self.now = 1000.0
        self.schedule: ProbeSchedule[Any] = ProbeSchedule(lambda: self.now, lambda most: most * part)
        self.started: list[Any] = []
        self.refuses: set[Any] = set()

    def start(self, key: Any, late: Any) -> bool:
        if key in self.refuses:
            return False
        self.started.append((key, self.now - 1000, late))
        return True

    def live(self, seconds: Any) -> None:
        for _ in range(seconds):
            self.following = self.schedule.run(self.start)
            self.now += 1

    def times(self, key: Any) -> list[Any]:
        return [at for one, at, _ in self.started if one == key]


@pytest.fixture
def plan() -> Plan:
    return Plan()


def test_the_first_probe_comes_after_a_part_of_the_interval() -> None:
    plan = Plan(part=0.5)
    plan.schedule.plan("a", 10)
    plan.live(30)
    assert plan.times("a") == [5, 15, 25]


def test_the_same_interval_again_changes_nothing_and_another_one_plans_anew(plan: Any) -> None:
    plan.schedule.plan("a", 10)
    plan.live(5)
    plan.schedule.plan("a", 10)
    plan.live(10)
    plan.schedule.plan("a", 20)
    plan.live(20)
    assert plan.times("a") == [0, 10, 15]


def test_what_was_dropped_is_not_probed_and_may_come_back(plan: Any) -> None:
    plan.schedule.plan("a", 10)
    plan.schedule.plan("b", 10)
    plan.live(1)
    plan.schedule.drop(["a", "never there"])
    plan.live(20)
    plan.schedule.plan("a", 10)
    plan.live(1)
    assert plan.times("a") == [0, 21]
    assert plan.times("b") == [0, 10, 20]


def test_what_cannot_start_stays_due_and_others_go_on(plan: Any) -> None:
    plan.schedule.plan("a", 10)
    plan.schedule.plan("b", 10)
    plan.refuses = {"a"}
    plan.live(3)
    assert plan.following == 8
    plan.refuses = set()
    plan.live(20)
    assert plan.times("a") == [3, 10, 20]
    assert plan.times("b") == [0, 10, 20]
    assert plan.started[1] == ("a", 3, 3.0)


def test_what_is_late_is_spread() -> None:
    plan = Plan(part=0.5)
    plan.schedule.plan("short", 10)
    plan.schedule.plan("long", 1000)
    plan.now += 2000
    plan.live(50)
    assert plan.times("short") == [2005, 2015, 2025, 2035, 2045]
    assert plan.times("long") == [2030]


def test_nothing_planned_means_nothing_due(plan: Any) -> None:
    plan.live(1)
    assert plan.following == float("inf")
