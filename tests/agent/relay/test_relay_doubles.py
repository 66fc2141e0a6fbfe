"""Two agents with one secret: both are served, and tasks go to one that is there."""

from pathlib import Path

from agent.relay import nezha_pb2 as pb
from agent.relay.agents import Agents
from agent.relay.clock import RelayClock
from agent.relay.task_stream import SILENT_SECONDS, TaskStream
from tests.agent.relay.running_relay import fast_clock, relay, run, until
from tests.agent.relay.scripted_api import ScriptedApi, monitor
from tests.agent.relay.simulated_agent import SimulatedAgent

STATE = pb.State(cpu=1.0).SerializeToString()
TASK = b"task"


class Machine:
    """Agents of server 1, each with a connection of its own, under a clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.agents = Agents(RelayClock(lambda: self.now, lambda: self.now))

    def connect(self, connection: str) -> TaskStream:
        return self.agents.open(1, "s1", "192.0.2.1", connection)

    def live(self, seconds: int, *connections: str) -> None:
        """These agents report every second."""
        for _ in range(seconds):
            for connection in connections:
                self.agents.state(1, "s1", STATE, connection)
            self.now += 1


def test_tasks_go_to_the_newer_agent_while_both_report() -> None:
    machine = Machine()
    machine.connect("a")
    newer = machine.connect("b")
    machine.live(60, "a", "b")
    assert machine.agents.task(1, TASK) is newer


def test_while_the_newer_agent_is_frozen_the_older_gets_the_tasks() -> None:
    machine = Machine()
    older, newer = machine.connect("a"), machine.connect("b")
    machine.live(10, "a", "b")
    machine.live(SILENT_SECONDS - 5, "a")
    assert machine.agents.task(1, TASK) is newer
    machine.live(10, "a")
    assert machine.agents.task(1, TASK) is older
    machine.live(1, "a", "b")
    assert machine.agents.task(1, TASK) is newer


def test_an_agent_that_froze_before_its_first_state_is_known_by_its_missing_results() -> None:
    machine = Machine()
    older, newer = machine.connect("a"), machine.connect("b")
    machine.live(10, "a")
    assert machine.agents.task(1, TASK) is newer
    newer.missed()
    assert machine.agents.task(1, TASK) is older
    newer.answered(machine.now)
    assert machine.agents.task(1, TASK) is newer


def test_when_all_are_silent_the_newer_gets_the_tasks_and_nobody_does_after_a_while() -> None:
    machine = Machine()
    machine.connect("a")
    newer = machine.connect("b")
    machine.live(10, "a", "b")
    machine.now += SILENT_SECONDS + 5
    assert machine.agents.task(1, TASK) is newer
    machine.now += 60
    assert machine.agents.task(1, TASK) is None


def test_behind_a_proxy_states_come_by_other_connections() -> None:
    machine = Machine()
    machine.connect("proxy:1")
    newer = machine.connect("proxy:2")
    machine.live(60, "proxy:3")
    assert machine.agents.task(1, TASK) is newer
    newer.answered(machine.now)
    machine.live(60, "proxy:3")
    assert machine.agents.task(1, TASK) is newer


def test_a_single_agent_gets_its_tasks_even_if_it_moved_to_another_connection() -> None:
    machine = Machine()
    stream = machine.connect("a")
    machine.live(10, "a")
    machine.live(60, "b")
    assert machine.agents.task(1, TASK) is stream


def test_a_frozen_agent_keeps_no_tasks_from_another_one(api: ScriptedApi, tmp_path: Path) -> None:
    clock = fast_clock(10)
    api.monitors = [monitor(1, [1])]

    async def test() -> None:
        async with relay(api.url, tmp_path, clock) as running:
            target = str(running.listening)
            frozen = SimulatedAgent(target, "s1", answer=lambda _: None)
            async with SimulatedAgent(target, "s1").session() as older, frozen.session():
                await until(lambda: running.agents.doubles == 1)
                await older.state()
                await frozen.state()
                before = len(older.acknowledged)
                end = clock.monotonic() + 240
                while len(older.acknowledged) < before + 2:
                    assert clock.monotonic() < end
                    await older.state()
                    await clock.sleep(2)

    run(test)
