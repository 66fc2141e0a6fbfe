"""When monitors are probed, under clocks that only the test moves."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from agent.core.clock import Clock
from agent.core.monitor_types.probing import NotMeasured, Probed
from agent.core.monitors import Monitor
from agent.core.points import Point
from agent.core.records import Which
from agent.core.spool import Spool
from agent.reporter.prober import NAME_WORKERS, WORKERS, Prober

NOON = 1_722_142_800
"""The start of a minute."""

SOURCE = 7


def points_in(spool: Spool) -> list[Any]:
    return [
        Point(**entry) for one in spool.pending(1_000_000, Which(sources=(SOURCE,))) for entry in one.content["pings"]
    ]


def no_wait(_most: float) -> float:
    return 0.0


def at_once(_source: int, _monitor: int) -> float:
    """The part of an interval for probes at noon, and at every interval from there on."""
    return 0.0


class Host:
    """A prober whose probes run when the test says so; `seconds` moves both clocks."""

    def __init__(self, spool: Spool, jitter: Any = no_wait, part: Any = at_once) -> None:
        self.wall, self.monotonic = float(NOON), 1000.0
        self.spool = spool
        self.jobs: list[Any] = []
        self.began: list[Any] = []
        self.targets: list[Any] = []
        self.results: dict[int, Any] = {}
        clock = Clock(lambda: self.wall, lambda: self.monotonic)
        self.prober = Prober(spool, SOURCE, clock, self.probe, self.jobs.append, jitter, part)

    def probe(self, monitor: Any) -> Any:
        self.began.append((monitor.id, self.wall))
        self.targets.append(monitor.target)
        result = self.results.get(monitor.id, 1.0)
        if isinstance(result, Exception):
            raise result
        return Probed(result)

    def take(self, *monitors: Any) -> None:
        self.prober.take(monitors)

    def finish(self) -> None:
        for job in [self.jobs.pop(0) for _ in list(self.jobs)]:
            job()

    def seconds(self, seconds: Any, finish: bool = True) -> None:
        for _ in range(seconds):
            self.wait = self.prober.tick()
            if finish:
                self.finish()
            self.wall += 1
            self.monotonic += 1

    @property
    def points(self) -> Any:
        return points_in(self.spool)


@pytest.fixture
def host(spool: Spool) -> Host:
    return Host(spool)


def monitor(number: int = 1, interval: int = 10, host: str = "127.0.0.1") -> Monitor:
    return Monitor(number, "icmp", host, interval)


def test_each_minute_has_its_probes(host: Any) -> None:
    host.take(monitor())
    host.seconds(181)
    assert host.points == [Point(1, NOON + 60 * minute, 1.0, 6, 0) for minute in range(3)]


def test_interval_above_a_minute_leaves_minutes_without_points(host: Any) -> None:
    host.take(monitor(interval=150))
    host.seconds(400)
    assert [(point.at - NOON, point.up) for point in host.points] == [(0, 1), (120, 1), (300, 1)]


def test_first_probes_are_spread_over_the_interval(spool: Spool) -> None:
    host = Host(spool, part=lambda _source, monitor_id: (monitor_id - 1) / 10)
    host.take(*[monitor(number, interval=100) for number in range(1, 11)])
    host.seconds(200)
    assert [at - NOON for _, at in host.began] == list(range(0, 200, 10))


def test_no_monitor_means_no_probe_and_a_slow_tick(host: Any) -> None:
    host.seconds(3)
    assert host.wait == 1.0
    assert host.began == []


def test_at_most_one_probe_of_a_monitor_runs(host: Any) -> None:
    host.take(monitor())
    host.seconds(35, finish=False)
    assert len(host.jobs) == 1
    host.finish()
    host.seconds(30)
    assert host.points == [Point(1, NOON, 1.0, 3, 0)]


def test_probes_that_run_at_once_are_bounded(host: Any) -> None:
    host.take(*[monitor(number) for number in range(1, 101)])
    host.seconds(3, finish=False)
    assert len(host.jobs) == WORKERS
    host.seconds(60)
    assert {number for number, _ in host.began} == set(range(1, 101))


def named(number: Any) -> Monitor:
    return Monitor(number, "tcp", f"h{number}.slow.example:80", 10)


def test_names_that_hang_hold_up_no_address_and_are_bounded(host: Any) -> None:
    host.take(*[named(number) for number in range(1000, 1200)], *[monitor(number) for number in range(1, 6)])
    hanging = []
    for _ in range(121):
        host.prober.tick()
        hanging += [job for job in host.jobs if job.args[0].monitor.id >= 1000]
        host.jobs[:] = [job for job in host.jobs if job not in hanging]
        host.finish()
        host.wall += 1
        host.monotonic += 1
    assert len(hanging) == NAME_WORKERS
    assert host.points == [Point(number, at, 1.0, 6, 0) for at in (NOON, NOON + 60) for number in range(1, 6)]


def test_addresses_that_hang_hold_up_no_names(host: Any) -> None:
    host.take(*[monitor(number) for number in range(1, 101)], named(1000))
    host.seconds(1, finish=False)
    assert len(host.jobs) == WORKERS + 1


def test_a_probe_that_fails_unexpectedly_makes_no_point_and_is_said_once(
    host: Any, caplog: pytest.LogCaptureFixture
) -> None:
    host.results = {1: PermissionError(1, "Operation not permitted"), 2: 3.0}
    host.take(monitor(1), monitor(2))
    host.seconds(125)
    assert {point.monitor_id for point in host.points} == {2}
    assert [record.message for record in caplog.records] == [
        "a probe of monitor 1 failed: PermissionError(1, 'Operation not permitted')"
    ]


def test_monitor_that_disappears_is_no_longer_probed_and_its_minute_is_kept(host: Any) -> None:
    host.take(monitor(1), monitor(2))
    host.seconds(25)
    host.take(monitor(2))
    host.seconds(60)
    assert max(at for number, at in host.began if number == 1) == NOON + 20
    assert Point(1, NOON, 1.0, 3, 0) in host.points


def test_changed_monitor_is_taken_over(host: Any) -> None:
    host.take(monitor(host="127.0.0.1", interval=20))
    host.seconds(30)
    host.take(monitor(host="::1", interval=20))
    host.seconds(20)
    host.take(monitor(host="::1", interval=10))
    host.seconds(20)
    assert [at - NOON for _, at in host.began] == [0, 20, 40, 50, 60]
    assert host.targets == ["127.0.0.1", "127.0.0.1", "::1", "::1", "::1"]


def test_probe_that_is_not_possible_makes_no_point_and_is_said_once(
    host: Any, caplog: pytest.LogCaptureFixture
) -> None:
    host.results = {1: NotMeasured("icmp", "ICMP probes are not possible"), 2: None}
    host.take(monitor(1), monitor(2))
    host.seconds(125)
    assert host.points == [Point(2, NOON, 0.0, 0, 6), Point(2, NOON + 60, 0.0, 0, 6)]
    assert [record.message for record in caplog.records] == ["ICMP probes are not possible"]


def test_system_without_threads_is_said_and_probed_again(host: Any, caplog: pytest.LogCaptureFixture) -> None:
    def no_thread(work: Any) -> None:
        raise RuntimeError("can't start new thread")

    broken = Prober(
        host.spool,
        SOURCE,
        Clock(lambda: host.wall, lambda: host.monotonic),
        host.probe,
        no_thread,
        no_wait,
        at_once,
    )
    broken.take([monitor()])
    for _ in range(3):
        broken.tick()
        host.monotonic += 10
    assert [record.message for record in caplog.records] == [
        "probes are not possible for now: the system has no more threads"
    ]


@pytest.mark.parametrize("monotonic_goes_on", [True, False])
def test_ten_minutes_of_sleep_make_no_burst_and_no_minutes(spool: Spool, monotonic_goes_on: bool) -> None:
    spread = iter(range(1000))
    host = Host(spool, lambda most: next(spread) % most, part=lambda _source, monitor_id: monitor_id % 10 / 10)
    host.take(*[monitor(number) for number in range(1, 51)])
    host.seconds(30)
    host.prober.tick()
    assert host.jobs
    asleep = len(host.jobs)
    host.wall += 600
    host.monotonic += 600 if monotonic_goes_on else 0
    awake = host.wall
    host.results = dict.fromkeys(range(1, 51))
    if not monotonic_goes_on:
        host.finish()
        assert all(point.down == 0 for point in host.points)
    began = len(host.began)
    host.seconds(1)
    assert len(host.began) - began <= asleep + 5
    host.seconds(120)
    ats = {point.at for point in host.points}
    assert all(at <= NOON or at >= awake - 60 for at in ats)
    per_second = [sum(at == second for _, at in host.began[began:]) for second in range(int(awake), int(awake) + 60)]
    assert max(per_second[1:]) <= 10


def test_clock_set_forward_makes_no_burst_and_no_minutes_between(host: Any) -> None:
    host.take(monitor())
    host.seconds(30)
    host.wall += 600
    host.seconds(95)
    assert [(point.at - NOON, point.up) for point in host.points] == [(0, 3), (600, 3), (660, 6)]


def test_clock_set_back_makes_no_burst_and_counts_minutes_anew(host: Any) -> None:
    host.wall += 600
    host.take(monitor())
    host.seconds(30)
    host.wall -= 600
    host.seconds(95)
    assert [(point.at - NOON, point.up) for point in host.points] == [(0, 3), (60, 6)]


@pytest.mark.parametrize("change", [-600, 600])
def test_probe_during_which_the_clock_was_set_is_not_counted(host: Any, change: int) -> None:
    host.take(monitor())
    host.prober.tick()
    host.wall += change
    host.finish()
    host.wall -= change
    host.seconds(61)
    assert host.points == [Point(1, NOON, 1.0, 5, 0)]


def test_real_threads_probe_while_the_caller_goes_on(spool: Spool) -> None:
    wall, running, release = [NOON + 2.0], threading.Semaphore(0), threading.Event()

    def slow(_monitor: Any) -> Probed:
        running.release()
        release.wait(60)
        return Probed(5.0)

    prober = Prober(spool, SOURCE, Clock(lambda: wall[0], lambda: wall[0]), slow, jitter=no_wait, part=at_once)
    prober.take([monitor(1, interval=3600), monitor(2, interval=3600)])
    prober.tick()
    assert running.acquire(timeout=60)
    assert running.acquire(timeout=60)
    wall[0] += 60
    prober.tick()
    assert points_in(spool) == []
    release.set()
    for _ in range(1000):
        prober.tick()
        if len(points := points_in(spool)) == 2:
            break
        time.sleep(0.01)
    assert points == [Point(1, NOON, 5.0, 1, 0), Point(2, NOON, 5.0, 1, 0)]


def test_a_change_is_told_at_once_with_its_points_in_the_spool(host: Any) -> None:
    told: list[Any] = []
    clock = Clock(lambda: host.wall, lambda: host.monotonic)
    host.prober = Prober(
        host.spool,
        SOURCE,
        clock,
        host.probe,
        host.jobs.append,
        no_wait,
        at_once,
        lambda: told.append((host.wall - NOON, [(point.up, point.down) for point in host.points])),
    )
    host.take(monitor())
    host.seconds(15)
    host.results[1] = None
    host.seconds(20)
    assert told == [(21, [(2, 1)])]
    # The minute goes on, and a further change within a minute waits.
    host.results[1] = 1.0
    host.seconds(30)
    assert host.points == [Point(1, NOON, 1.0, 4, 2)]
    host.seconds(30)
    assert [at for at, _ in told] == [21, 81]
