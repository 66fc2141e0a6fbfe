"""What a relay writes down of its agents, and what the next process makes of it."""

import asyncio
from pathlib import Path

import pytest

from agent.core.answers import Outcome
from agent.core.journal import Journal
from agent.core.monitors import Monitor
from agent.relay.clock import RelayClock
from agent.relay.dispatch import Dispatcher
from agent.relay.identities import Identities
from agent.relay.known_agents import KnownAgents

NOW = 1_722_142_800
DAY = 24 * 3600
MONITOR = Monitor(7, "tcp", "192.0.2.1:443", 30)


class Process:
    """The parts of a relay that know agents, and a clock that the test moves."""

    def __init__(self, folder: Path, now: float = NOW) -> None:
        self.seconds = 0.0
        clock = RelayClock(lambda: now + self.seconds, lambda: self.seconds)
        self.identities = Identities(clock)
        self.dispatcher = Dispatcher(clock, lambda _server_id, _task: None)
        self.known = KnownAgents(
            self.identities, self.dispatcher, Journal(folder / "agents.json", clock.monotonic), clock
        )

    def learn(self, secret: str, server_id: int) -> None:
        self.identities.learn(secret, Outcome(server_id))
        self.dispatcher.assign([server_id], [(MONITOR, [server_id])])

    def keep(self) -> None:
        asyncio.run(self.known.keep())


@pytest.fixture
def first(tmp_path: Path) -> Process:
    process = Process(tmp_path)
    process.learn("s1", 1)
    process.learn("s2", 2)
    process.keep()
    return process


def test_the_next_process_knows_agents_and_what_they_probe(first: Process, tmp_path: Path) -> None:
    second = Process(tmp_path, NOW + 60)
    assert second.known.recall("s3") == 0
    assert second.known.recall("s1") == 1
    assert second.dispatcher.assigned() == {1: [MONITOR]}
    assert second.identities.is_fresh("s1")
    # It is looked up as soon as possible, and then as any other.
    assert second.identities.to_check([], 10) == ["s1"]
    second.identities.learn("s1", Outcome(1))
    second.seconds = 61.0
    assert not second.identities.is_fresh("s1")


def test_agents_that_did_not_come_back_yet_are_known_to_the_third_process_too(first: Process, tmp_path: Path) -> None:
    second = Process(tmp_path, NOW + 60)
    second.known.recall("s1")
    second.identities.changed = True
    second.keep()
    third = Process(tmp_path, NOW + 120)
    assert (third.known.recall("s1"), third.known.recall("s2")) == (1, 2)
    assert third.dispatcher.assigned() == {1: [MONITOR], 2: [MONITOR]}


def test_a_secret_that_was_rejected_is_forgotten(first: Process, tmp_path: Path) -> None:
    second = Process(tmp_path, NOW + 60)
    second.known.recall("s1")
    for secret in ("s1", "s2"):
        second.identities.learn(secret, Outcome(error="unknown_secret"))
    assert not second.identities.known("s1")
    second.keep()
    third = Process(tmp_path, NOW + 120)
    assert (third.known.recall("s1"), third.known.recall("s2")) == (0, 0)
    assert b"192.0.2.1" not in (tmp_path / "agents.json").read_bytes()


def test_agents_are_forgotten_after_a_day_but_not_while_the_relay_runs(first: Process, tmp_path: Path) -> None:
    first.seconds = 3 * DAY
    first.keep()
    assert Process(tmp_path, NOW + 3 * DAY + 60).known.recall("s1") == 1
    assert Process(tmp_path, NOW + 4 * DAY + 60).known.recall("s1") == 0


def test_nothing_is_written_while_nothing_changes(first: Process, tmp_path: Path) -> None:
    (tmp_path / "agents.json").unlink()
    first.keep()
    assert not (tmp_path / "agents.json").exists()
    first.dispatcher.assign([1], [(MONITOR, [1])])
    first.keep()
    assert not (tmp_path / "agents.json").exists()
    first.dispatcher.assign([1], [])
    first.keep()
    assert (tmp_path / "agents.json").exists()
