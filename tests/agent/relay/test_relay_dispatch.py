"""When agents get which probes, and what happens to the results."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from agent.core.monitors import Monitor
from agent.core.open_points import OpenPoints
from agent.core.points import Point
from agent.relay import nezha_pb2 as pb
from agent.relay.clock import RelayClock
from agent.relay.dispatch import Dispatcher
from agent.relay.task_stream import TaskStream

NOON = 1_722_142_800


@dataclass
class Agents:
    """Server 1 and 2's agents; `live` moves the clock and gives out what is due."""

    passed: float = 0.0
    absent: set[int] = field(default_factory=set)
    given: list[tuple[float, int, pb.Task]] = field(default_factory=list)

    def __post_init__(self) -> None:
        clock = RelayClock(lambda: NOON + self.passed, lambda: self.passed)
        self.stream = TaskStream("s", "", "", 0.0, 0.0)
        self.dispatcher = Dispatcher(
            clock, self._send, jitter=lambda most: most / 2, part=lambda _server, _monitor: 0.5
        )

    def _send(self, server_id: int, task: bytes) -> TaskStream | None:
        if server_id in self.absent:
            return None
        self.given.append((self.passed, server_id, pb.Task.FromString(task)))
        return self.stream

    def live(self, seconds: int, answer_after: int | None = None) -> None:
        """answer_after: seconds from a task to its result, which is 10 ms."""
        for _ in range(seconds):
            self.dispatcher.tick()
            for at, server_id, task in self.given:
                if answer_after is not None and at == self.passed - answer_after:
                    self.answer(server_id, task.id, task.type)
            self.passed += 1

    def answer(self, server_id: int, number: int, kind: int = 2, delay: float | None = 10.0) -> bool:
        return self.dispatcher.result(server_id, {"monitor_id": number, "type": kind, "delay": delay})

    def times(self, server_id: int = 1) -> list[float]:
        return [at for at, one, _ in self.given if one == server_id]


@pytest.fixture
def agents() -> Agents:
    return Agents()


def icmp(number: int = 1, interval: int = 10, target: str = "192.0.2.1") -> Monitor:
    return Monitor(number, "icmp", target, interval)


def assign(agents: Agents, monitor: Monitor | None, servers: Iterable[int] = (1,)) -> None:
    agents.dispatcher.assign([1, 2], [(monitor, tuple(servers))] if monitor else [])


def test_probes_come_in_their_interval_after_a_random_part_of_it(agents: Agents) -> None:
    assign(agents, icmp())
    agents.live(40, answer_after=4)
    assert agents.times() == [5, 15, 25, 35]
    assert agents.times(2) == []
    _, _, task = agents.given[0]
    assert (task.id, task.type, task.data) == (1, 2, "192.0.2.1")


def test_no_probe_while_the_last_one_is_owed(agents: Agents) -> None:
    assign(agents, icmp())
    agents.live(60, answer_after=20)
    assert agents.times() == [5, 35]
    assert agents.dispatcher.counts.owing == 4


def test_a_result_that_never_comes_is_no_failure_and_ends_the_wait(agents: Agents) -> None:
    assign(agents, icmp())
    for _ in range(8):
        agents.live(10)
        assert agents.dispatcher.finished() == []
    assert agents.times() == [5, 65]
    assert agents.dispatcher.counts.lost == 1
    assert agents.stream.is_silent(agents.passed)
    assert agents.answer(1, 1)
    assert not agents.stream.is_silent(agents.passed)


def test_a_minute_is_finished_when_nothing_of_it_is_owed(agents: Agents) -> None:
    assign(agents, icmp(interval=30))
    agents.live(20)
    assert agents.answer(1, 1, delay=8.0)
    agents.live(40)
    assert agents.times() == [15, 45]
    agents.live(2)
    assert agents.dispatcher.finished() == []
    assert agents.answer(1, 1, delay=None)
    assert agents.dispatcher.finished() == [(1, Point(1, NOON, 8.0, 1, 1))]
    assert agents.dispatcher.finished() == []


def test_results_that_nobody_asked_for_are_dropped_and_counted(agents: Agents) -> None:
    assign(agents, icmp())
    agents.live(6)
    assert not agents.answer(2, 1)
    assert not agents.answer(1, 9)
    assert not agents.answer(1, 1, kind=4)
    assert agents.answer(1, 1)
    assert not agents.answer(1, 1)
    assert agents.dispatcher.counts.unasked == 4
    assert [point.up for _, point in agents.dispatcher.running()] == [1]


def test_a_result_of_the_target_before_is_not_counted_but_owed(agents: Agents) -> None:
    assign(agents, icmp())
    agents.live(6)
    assign(agents, icmp(target="192.0.2.2"))
    agents.live(10)
    assert agents.times() == [5]
    assert not agents.answer(1, 1)
    agents.live(11, answer_after=1)
    assert [task.data for _, _, task in agents.given] == ["192.0.2.1", "192.0.2.2"]
    assert [point.up for _, point in agents.dispatcher.running()] == [1]


def test_a_monitor_that_is_taken_away_is_not_probed_any_more(agents: Agents) -> None:
    assign(agents, icmp())
    agents.live(6, answer_after=0)
    assign(agents, None)
    agents.live(60)
    assert agents.times() == [5]
    assert len(agents.dispatcher.finished()) == 1


def test_a_changed_interval_is_taken_over(agents: Agents) -> None:
    assign(agents, icmp(interval=3600))
    agents.live(10, answer_after=1)
    assign(agents, icmp(interval=10))
    agents.live(20, answer_after=1)
    assert agents.times() == [15, 25]


def test_absent_agents_make_no_points(agents: Agents) -> None:
    agents.absent = {1}
    assign(agents, icmp(), [1, 2])
    agents.live(120, answer_after=1)
    assert agents.times() == []
    assert {server_id for server_id, _ in agents.dispatcher.running()} == {2}
    assert agents.dispatcher.counts.absent == 12


def test_an_agent_that_comes_back_makes_up_for_the_probe_of_its_minute(agents: Agents) -> None:
    assign(agents, icmp(interval=60))
    agents.live(60, answer_after=1)
    agents.absent = {1}
    agents.live(40, answer_after=1)
    agents.absent = set()
    agents.dispatcher.heard(1)
    agents.live(80, answer_after=1)
    assert agents.times() == [30, 105, 150]
    assert [point.up for _, point in agents.dispatcher.finished()] == [1, 1, 1]


def test_a_relay_that_starts_late_in_a_minute_probes_known_agents_in_it(agents: Agents) -> None:
    agents.passed = 45
    assign(agents, icmp(interval=60), [1, 2])
    agents.live(1)
    agents.dispatcher.heard(1)
    agents.dispatcher.heard(3)
    agents.live(50, answer_after=1)
    assert agents.times() == [51, 90]
    assert agents.times(2) == [90]


def test_a_probe_that_counted_is_not_made_up_for(agents: Agents) -> None:
    agents.dispatcher.restore(1, OpenPoints.restored([[1, NOON, 5000.0, 8.0, 1, 0]]))
    agents.passed = 45
    assign(agents, icmp(interval=60))
    agents.dispatcher.heard(1)
    agents.live(50, answer_after=1)
    assert agents.times() == [90]


def test_a_relay_that_stood_still_spreads_what_is_late(agents: Agents) -> None:
    assign(agents, icmp())
    agents.passed = 100
    agents.live(6, answer_after=1)
    assert agents.times() == [105]


def test_the_rest_holds_minutes_that_are_not_over(agents: Agents) -> None:
    assign(agents, icmp(), [1, 2])
    agents.live(30, answer_after=1)
    agents.passed += 0.5
    assert agents.dispatcher.finished() == []
    assert agents.dispatcher.running() == [(1, Point(1, NOON, 10.0, 3, 0)), (2, Point(1, NOON, 10.0, 3, 0))]
