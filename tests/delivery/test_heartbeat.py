"""The heartbeat: a channel hears from us every five minutes, and only while rules are evaluated."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.delivery.heartbeat import Heartbeat
from chalicelib.delivery.sender import Sender
from chalicelib.every_minute import EveryMinute
from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.alerts.ledger import Ledger
from chalicelib.fleet.alerts.quiet import QuietWindow
from chalicelib.fleet.availability import Day
from chalicelib.fleet.errors import Throttled
from chalicelib.fleet.settings import Settings
from tests.delivery.receiver import Receiver, silence
from tests.fleet.alerts.fleets import NOW
from tests.fleet.alerts.memory_alerts import MemoryAlerts
from tests.fleet.memory_store import MemoryStore

SITE = Settings(site_name="Fleet", language="de", quiet=())
REFUSED = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"


def hook(id_: int, receiver: Receiver, **fields: Any) -> Channel:
    fields = {"body": '{"text": "#NEZHA#"}', "heartbeat": True, **fields}
    return Channel(id_, f"channel {id_}", "webhook", f"{receiver.url}/ping/{id_}", **fields)


def lines(receiver: Receiver) -> list[str]:
    return [request.line.split()[1] for request in receiver.requests]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def store_with(*channels: Channel, **fields: Any) -> MemoryStore:
    store = MemoryStore(settings=SITE, **fields)
    for channel in channels:
        store.alerts.create_channel(channel)
    return store


def heart(store: MemoryStore, *, every: int = 60, seconds: float = 10) -> Heartbeat:
    return Heartbeat(store, Sender(local=True, seconds=seconds), every)


def test_is_sent_at_once_and_then_every_five_minutes_to_those_who_want_it(receiver: Receiver) -> None:
    beating = heart(store_with(hook(1, receiver), hook(2, receiver, heartbeat=False), hook(3, receiver, method="GET")))
    for minute in range(11):
        beating.beat(SITE, NOW + 60 * minute + minute % 3)
    assert sorted(lines(receiver)) == ["/ping/1"] * 3 + ["/ping/3"] * 3
    said = [json.loads(request.body) for request in receiver.requests if request.line.startswith("POST")]
    assert said == [{"text": "Fleet wertet seine Alarmregeln aus."}] * 3


def test_what_does_not_arrive_is_sent_again_after_the_next_evaluation(receiver: Receiver) -> None:
    beating = heart(store_with(hook(1, receiver)))
    receiver.answer = REFUSED
    for minute in range(3):
        beating.beat(SITE, NOW + 60 * minute)
    receiver.answer = b"HTTP/1.1 204 None\r\n\r\n"
    for minute in range(3, 7):
        beating.beat(SITE, NOW + 60 * minute)
    assert len(receiver.requests) == 4


def test_a_service_that_never_answers_keeps_no_other_from_hearing(receiver: Receiver) -> None:
    with Receiver(silence) as silent:
        heart(store_with(hook(1, silent), hook(2, receiver)), seconds=0.3).beat(SITE, NOW)
    assert lines(receiver) == ["/ping/2"]


class Failing(MemoryAlerts):
    """Rules cannot be read while `fails`."""

    fails = False

    def ledgers(self, *, at_once: bool = False) -> Mapping[int, Ledger]:
        if self.fails:
            raise Throttled
        return super().ledgers(at_once=at_once)


class WithoutDays(MemoryStore):
    """What was seen cannot be counted."""

    def availability(self, days: range) -> Mapping[int, Day]:
        raise Throttled


def minutes_of(store: MemoryStore) -> Callable[[int], None]:
    work = EveryMinute(store, 60, flush=300, every=60, local=True, clock=time.time)

    def minute(number: int) -> None:
        with suppress(Throttled):
            work.run(NOW + 60 * number)
        if work._delivering:  # messages are sent beside the next evaluation
            work._delivering.join(60)

    return minute


def test_is_sent_after_evaluations_that_succeed_and_not_while_they_fail(receiver: Receiver) -> None:
    alerts = Failing()
    minute = minutes_of(store_with(hook(1, receiver), alerts=alerts))
    minute(0)
    assert len(receiver.requests) == 1
    alerts.fails = True
    for number in range(1, 20):
        minute(number)
    assert len(receiver.requests) == 1
    alerts.fails = False
    minute(20)
    assert len(receiver.requests) == 2


def test_is_not_sent_when_the_watch_fails(receiver: Receiver) -> None:
    store = WithoutDays(settings=SITE)
    store.alerts.create_channel(hook(1, receiver))
    minutes_of(store)(0)
    assert receiver.requests == []


def test_is_sent_in_quiet_hours(receiver: Receiver) -> None:
    store = store_with(hook(1, receiver))
    store.settings = replace(SITE, quiet=(QuietWindow(tuple(range(7)), "00:00", "23:59"),))
    minutes_of(store)(0)
    assert lines(receiver) == ["/ping/1"]
