"""Calls that run at the same time."""

import threading
import time

import pytest

from benchmarks.watched_store import Parameters, Send, WatchedStore
from chalicelib.fleet.errors import Throttled, Unavailable
from chalicelib.fleet.states import State
from chalicelib.storage.parallel import both
from tests.storage.samples import add_server

WAIT_SECONDS = 60


def test_both_run_at_the_same_time() -> None:
    meeting = threading.Barrier(2)

    def meet() -> int:
        return meeting.wait(WAIT_SECONDS)

    assert sorted(both(meet, meet)) == [0, 1]


def test_each_result_has_its_place() -> None:
    assert both(lambda: 1, lambda: "other") == (1, "other")


def test_what_either_raises_is_raised() -> None:
    def busy() -> None:
        raise Throttled

    for one, other in ((busy, int), (int, busy), (busy, busy)):
        with pytest.raises(Throttled):
            both(one, other)


def test_a_failure_waits_for_the_other_call() -> None:
    done = threading.Event()

    def slow() -> None:
        time.sleep(0.2)
        done.set()

    def broken() -> None:
        raise Unavailable

    with pytest.raises(Unavailable):
        both(slow, broken)
    assert done.is_set()


def test_a_view_and_the_states_are_fetched_in_one_round_trip(store: WatchedStore) -> None:
    server = add_server(store, "one")
    state = State(1, 1, ",".join("0" * 16))
    assert not store.write_states({server.id: state})
    store.view().fleet  # noqa: B018 - reads it, so that it is known
    meeting = threading.Barrier(2)

    def meet(send: Send, operation: str, parameters: Parameters) -> Parameters:
        meeting.wait(WAIT_SECONDS)
        return send(operation, parameters)

    with store.calls.around(meet):
        view, states = store.view_and(store.states)
        assert view.fleet.by_id[server.id].name == "one"
    assert states[server.id] == state


def test_the_time_limit_holds_for_both(store: WatchedStore) -> None:
    asked: list[str] = []

    def note(send: Send, operation: str, parameters: Parameters) -> Parameters:
        asked.append(operation)
        return send(operation, parameters)

    with store.time_limit(), store.calls.around(note):
        store.clock.skip(60)
        with pytest.raises(Unavailable):
            store.view_and(lambda: None)
    assert asked == []
