"""The simulated servers are created once, and later starts use them again."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.watched_store import Send, WatchedStore
from chalicelib.fleet import monitor_sparks
from chalicelib.fleet.availability import DAYS, shown_days
from chalicelib.fleet.certificates import current
from chalicelib.fleet.history import Minute
from chalicelib.fleet.ranges import window
from chalicelib.fleet.sparks import STEPS, shown_steps
from chalicelib.storage.failures import CallRefused
from local import demo
from local.demo import feed
from local.demo_year import Simulated, fill_year
from local.simulated import MONITORS, history_minute, is_out, points
from tests.support.dashboard import new_store


@pytest.fixture
def store(dynamodb_url: str) -> Iterator[WatchedStore]:
    """A store in a DynamoDB whose requests are atomic, for servers that report from another thread."""
    opened = new_store(dynamodb_url)
    yield opened
    opened.transport.close()


def assert_drawn_at_once(store: WatchedStore, on: int) -> None:
    """Sparklines and days have something to show of all servers but the two that never reported or are off."""
    now = time.time()
    assert len(store.sparks(shown_steps(now))) == STEPS
    soon = monitor_sparks.shown_steps(now + 600)  # the steps during which the servers get their past
    for step, sparks in store.another().monitor_sparks(soon, 0).items():
        assert len(sparks) == sum(not is_out(index, step) for index in range(len(MONITORS)))
    assert soon[-1] in store.another().monitor_sparks(soon, 0)
    days = store.shares(shown_days(now))
    assert len(days) == DAYS
    assert {len(day.monitors) for day in days.values()} == {len(MONITORS)}
    assert all(on <= len(day.servers) for day in days.values())


def test_next_start_goes_on_with_the_same_servers_and_monitors(store: WatchedStore) -> None:
    ended = threading.Event()
    ended.set()  # so that each start makes what is missing, and reports nothing
    names = []
    for count in (10, 10, 14):
        feed(store.another(), count, ended)
        assert_drawn_at_once(store, on=count - 2)
        names.append([server.name for server in store.view().fleet.by_id.values()])
        assert len(store.view().monitors) == len(MONITORS)
        shown = current(store.view().monitors, store.certificates.recent(count))
        assert [(one.not_after - time.time()) // 86_400 for one in shown.values()] == [62, 9]
    assert [len(found) for found in names] == [10, 10, 14]
    assert names[0] == names[1] == names[2][:10]
    assert len(set(names[2])) == 14


@pytest.mark.parametrize("last", ["Query", "BatchWriteItem"])
def test_a_database_that_does_not_answer_for_a_while_is_asked_again(
    store: WatchedStore, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """last: it fails after its first answer to this operation. The store does not know of servers just written."""
    monkeypatch.setattr(demo, "REPORT_SECONDS", 0.05)
    stop, answered, refusals = threading.Event(), set(), [*range(35)]

    def handle(send: Send, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if last in answered and refusals:
            refusals.pop()
            raise CallRefused("ServiceUnavailable", 503, {})
        answer = send(operation, parameters)
        answered.add(operation)
        return answer

    with store.calls.around(handle):
        feeding = threading.Thread(target=feed, args=(store, 2, stop))
        feeding.start()
        try:
            ends = time.time() + 60
            while refusals or not store.another().states(None):
                assert feeding.is_alive()
                assert time.time() < ends
                time.sleep(0.05)
        finally:
            stop.set()
            feeding.join(30)
    assert len(store.another().view().fleet.by_id) == 2


def test_simulated_servers_have_figures_and_pings_for_every_range(store: WatchedStore) -> None:
    now = time.time()
    stop = threading.Event()
    feeding = threading.Thread(target=feed, args=(store, 1, stop))
    feeding.start()
    try:
        day = window("24h", now)
        while len(store.history(1, day).times) < 1430:
            assert time.time() < now + 60
            time.sleep(0.1)
    finally:
        stop.set()
        feeding.join(30)
    for name, steps in {"7d": 1000, "30d": 715, "1y": 365}.items():
        shown = window(name, now)
        assert len(store.history(1, shown).times) >= steps
        series = store.counted_series(1, shown)
        assert [len(one.minutes) >= steps for one in series.values()] == [True] * len(MONITORS)


def test_the_year_of_a_simulated_server_is_written_once(store: WatchedStore) -> None:
    now, written = int(time.time()), []

    def minute(number: int, at: int) -> Minute:
        written.append(at)
        return history_minute(number, at)

    year = Simulated(minute, lambda number, at: points(number, (1,), at), lambda _: now)
    assert list(fill_year(store, {0: 1}, year, now)) == [(0, now - now % 60 - 60)]
    count = len(written)
    assert list(fill_year(store, {0: 1}, year, now)) == [(0, now - now % 60 - 60)]
    assert len(written) == count
    assert written == sorted(set(written))


def test_servers_get_a_past_however_slow_the_database_is(store: WatchedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "REPORT_SECONDS", 0)  # less than any report takes
    stop = threading.Event()
    feeding = threading.Thread(target=feed, args=(store, 2, stop, 1))
    feeding.start()
    try:
        ends = time.time() + 60
        while not store.history(1, window("24h", time.time())).times:
            assert time.time() < ends
            time.sleep(0.2)
    finally:
        stop.set()
        feeding.join(30)
