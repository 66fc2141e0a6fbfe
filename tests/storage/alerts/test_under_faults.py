"""Events begin and end once and each message is sent, whatever fails, whoever dies, however many evaluate at once."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pytest

from benchmarks.alerts import alerting_of
from benchmarks.watched_store import MovableClock, WatchedStore
from chalicelib.delivery.outbox import Outbox
from chalicelib.fleet.alerts import editing, events
from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.messages import Message
from chalicelib.fleet.alerts.notices import LEASE_SECONDS
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.errors import Throttled, Unavailable
from chalicelib.storage.failures import NoAnswer
from tests.fleet.alerts.fleets import state
from tests.storage.samples import NOW, add_server, together

SERVERS = 3
PROCESSES = 8


class Killed(BaseException):
    """Raised where a process dies."""


@dataclass
class Post:
    """A sender that always works. sent: how often each title was sent. step: called before and after each."""

    sent: Counter[str] = field(default_factory=Counter)
    lock: Any = field(default_factory=Lock)
    step: Any = lambda: None

    def send(self, channel: Channel, message: Message, at: int, zone: str, server: Any = None) -> str:
        self.step()
        with self.lock:
            self.sent[message.title] += 1
        self.step()
        return ""


@pytest.fixture
def fleet(store: WatchedStore) -> WatchedStore:
    for _ in range(SERVERS):
        add_server(store)
    channel = editing.create_channel(store, Channel(0, "Post", "webhook", "https://post.example"))
    editing.create_rule(store, Rule(0, "Busy", (Condition("cpu", above=90),), duration=0, channels=(channel,)))
    return store


def write(store: WatchedStore, now: int, cpu: int) -> None:
    store.write_states({id_: state(now=now, CPU=cpu) for id_ in store.view().fleet.by_id})


def run(store: WatchedStore, post: Post, now: int) -> None:
    """One run of the scheduled function in a new process."""
    alerting = alerting_of(store)
    view, states = store.view_and(store.states)
    found = alerting.evaluate(view, states, now)
    ledgers = Outbox(store, post, lambda: now, lambda: now * 10**9).deliver(found.ledgers, view, states)
    alerting.put_away(ledgers)


def told(store: WatchedStore) -> list[tuple[int | None, bool]]:
    """(server, whether it ended) of every event."""
    return sorted((one.server_id, one.ended is not None) for one in events.newest(store, limit=100))


@contextmanager
def failing(store: WatchedStore, seed: int) -> Iterator[None]:
    """A third of the answers are lost, half of them after DynamoDB has done what was asked."""
    dice, lock = random.Random(seed), Lock()  # noqa: S311

    def handle(send: Any, operation: str, parameters: Any) -> Any:
        with lock:
            die = dice.random()
        if die < 1 / 6:
            raise NoAnswer(ConnectionError("lost"))
        answer = send(operation, parameters)
        if die < 1 / 3:
            raise NoAnswer(ConnectionError("lost"))
        return answer

    with store.calls.around(handle):
        yield


def process(fleet: WatchedStore) -> WatchedStore:
    return fleet.another(clock=MovableClock(runs=False))


def at_once(fleet: WatchedStore, post: Post, now: int, seed: int | None = None) -> None:
    def one(number: int) -> None:
        own = process(fleet)
        try:
            if seed is None:
                run(own, post, now)
            else:
                with failing(own, seed + number):
                    run(own, post, now)
        except (Throttled, Unavailable):
            return

    together(one, range(PROCESSES))


def test_eight_evaluations_at_once_find_each_event_once_and_send_each_message_once(fleet: WatchedStore) -> None:
    post = Post()
    for after, cpu in ((0, 95), (60, 95), (120, 5), (180, 5)):
        write(fleet, NOW + after, cpu)
        at_once(fleet, post, NOW + after)
    assert told(fleet) == [(id_, True) for id_ in range(1, SERVERS + 1)]
    assert post.sent == {"[Incident] Busy: 3 servers": 1, "[Resolved] Busy: 3 servers": 1}
    ledger = fleet.alerts.ledger(1)
    assert ledger
    assert (ledger.notices, ledger.past) == ((), ())


@pytest.mark.parametrize("seed", [1, 200])
def test_so_do_they_where_a_third_of_the_answers_are_lost(fleet: WatchedStore, seed: int) -> None:
    post = Post()
    for after, cpu in ((0, 95), (120, 95), (240, 95), (360, 5), (480, 5), (600, 5)):
        write(fleet, NOW + after, cpu)
        at_once(fleet, post, NOW + after, seed + after)
    run(process(fleet), post, NOW + 720)
    assert told(fleet) == [(id_, True) for id_ in range(1, SERVERS + 1)]
    assert post.sent.keys() == {"[Incident] Busy: 3 servers", "[Resolved] Busy: 3 servers"}
    ledger = fleet.alerts.ledger(1)
    assert ledger
    assert ledger.notices == ()


@pytest.mark.parametrize("half", ["before", "after"])
def test_a_process_that_dies_between_any_two_steps_loses_and_repeats_nothing(fleet: WatchedStore, half: str) -> None:
    """Dies at each step in turn, once while events begin and once while they end; the next process goes on."""
    now, step = NOW, 0
    complete = False
    while not complete:
        step += 1
        post = Post()
        before = len(told(fleet))
        for cpu in (95, 5):
            write(fleet, now, cpu)
            complete = not dies(fleet, post, now, step, half)
            now += LEASE_SECONDS + 1
            write(fleet, now, cpu)
            run(process(fleet), post, now)
            now += LEASE_SECONDS + 1
        found = told(fleet)
        assert len(found) == before + SERVERS, step
        assert all(ended for _, ended in found)
        assert post.sent.keys() == {"[Incident] Busy: 3 servers", "[Resolved] Busy: 3 servers"}, step
        assert max(post.sent.values()) <= 2, step
    assert step > 8


def dies(fleet: WatchedStore, post: Post, now: int, at: int, half: str) -> bool:
    """Runs a process until its step `at`. Whether it came so far."""
    own, steps = process(fleet), iter(range(1, 10_000))

    def die() -> None:
        if next(steps) == at:
            raise Killed

    def handle(send: Any, operation: str, parameters: Any) -> Any:
        if half == "before":
            die()
        answer = send(operation, parameters)
        if half == "after":
            die()
        return answer

    dying = Post(post.sent, post.lock, die)
    try:
        with own.calls.around(handle):
            run(own, dying, now)
    except Killed:
        return True
    return False
