"""When probes are due, under a clock that only the test moves."""

from __future__ import annotations

from typing import Any

import pytest

from agent.core.clock import Clock
from agent.core.schedule import ProbeSchedule, part_of

NOON = 1_722_142_800
"""The start of a minute, and a multiple of every interval here."""


class Plan:
    """A schedule and what it started, second by second."""

    def __init__(self, part: float = 0.0, jitter: float | None = None, now: float = 1000.0) -> None:
        """part: of an interval, where its moments are. jitter: what it takes of what it may; the same unless given."""
        taken = part if jitter is None else jitter
        self.now = now
        clock = Clock(lambda: NOON + self.now - 1000, lambda: self.now)
        self.schedule: ProbeSchedule[Any] = ProbeSchedule(clock, lambda most: most * taken, lambda _key: part)
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
    plan.live(30)
    assert plan.times("a") == [0, 10, 20, 40]


def test_what_was_dropped_is_not_probed_and_may_come_back(plan: Any) -> None:
    plan.schedule.plan("a", 10)
    plan.schedule.plan("b", 10)
    plan.live(1)
    plan.schedule.drop(["a", "never there"])
    plan.live(20)
    plan.schedule.plan("a", 10)
    plan.live(10)
    assert plan.times("a") == [0, 30]
    assert plan.times("b") == [0, 10, 20, 30]


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


def test_what_is_late_is_spread_and_returns_to_its_moments() -> None:
    plan = Plan(part=0.5)
    plan.schedule.plan("short", 10)
    plan.schedule.plan("long", 900)
    plan.now += 2000
    plan.live(600)
    assert plan.times("short")[:5] == [2005, 2015, 2025, 2035, 2045]
    assert plan.times("long") == [2030, 2250]


def test_a_restart_keeps_the_moments_of_each_key() -> None:
    before = Plan(part=0.3)
    before.schedule.plan("a", 300)
    before.live(700)
    after = Plan(part=0.3, now=1700.0)
    after.schedule.plan("a", 300)
    after.live(700)
    assert before.times("a") + after.times("a") == [90, 390, 690, 990, 1290]


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.999999])
def test_a_probe_a_minute_is_within_the_minute(part: float) -> None:
    plan = Plan(part)
    plan.schedule.plan("a", 60)
    plan.live(600)
    assert [at // 60 for at in plan.times("a")] == list(range(10))
    assert all(2 <= at % 60 <= 59 for at in plan.times("a"))


def test_a_minute_whose_only_moment_passed_gets_a_probe_soon() -> None:
    plan = Plan(part=0.5, now=1040.0)
    plan.schedule.plan("a", 60)
    plan.schedule.make_up("a")
    plan.schedule.make_up("a")
    plan.live(100)
    assert plan.times("a") == [45, 90]


@pytest.mark.parametrize(("since", "at"), [(12, 22), (40, 50), (50, 58), (57, 58), (59, 59)])
def test_a_probe_is_made_up_for_within_seconds_and_before_its_minute_ends(since: int, at: int) -> None:
    plan = Plan(part=0.02, jitter=1.0, now=1000.0 + since)
    plan.schedule.plan("a", 300)
    plan.schedule.make_up("a")
    plan.live(30)
    assert plan.times("a") == [at]


def test_nothing_is_made_up_for_in_a_minute_that_has_another_moment() -> None:
    plan = Plan(part=0.5, now=1007.0)
    plan.schedule.plan("a", 10)
    plan.schedule.make_up("a")
    plan.schedule.make_up("unknown")
    plan.live(20)
    assert plan.times("a") == [15, 25]


def test_what_was_to_be_made_up_for_is_dropped_with_its_key() -> None:
    plan = Plan(part=0.5, now=1040.0)
    plan.schedule.plan("a", 60)
    plan.schedule.make_up("a")
    plan.schedule.drop(["a"])
    plan.live(100)
    assert plan.started == []


def test_the_parts_of_many_keys_are_spread_evenly_and_always_the_same() -> None:
    parts = [part_of(server, monitor) for server in range(1, 101) for monitor in range(1, 11)]
    tenths = [sum(tenth <= part * 10 < tenth + 1 for part in parts) for tenth in range(10)]
    assert min(tenths) > 70
    assert max(tenths) < 130
    assert part_of(7, 1) == parts[60]
    assert round(part_of(7, 1), 6) == 0.414811


def test_nothing_planned_means_nothing_due(plan: Any) -> None:
    plan.live(1)
    assert plan.following == float("inf")
