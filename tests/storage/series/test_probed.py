"""Availability of monitors on a day that is not over: what the watch counts, and what the rollup makes of it."""

from benchmarks.watched_store import Parameters, Send, WatchedStore
from chalicelib.fleet.history import Recorded
from chalicelib.fleet.pings import point
from chalicelib.fleet.rollup import PERIOD, WAIT
from chalicelib.storage.series import kinds
from tests.storage.series.histories import MIDNIGHT
from tests.storage.series.test_finished_days import TODAY, known, ping, rolled_up_before  # noqa: F401
from tests.storage.series.test_rollup_job import job

HOUR = 3600


def shares(store: WatchedStore) -> dict[int, str]:
    """As /api/availability shows them."""
    return dict(store.shares(range(TODAY, TODAY + 1))[TODAY].monitors)


def test_minutes_in_which_any_server_reached_a_monitor_count_so_far(store: WatchedStore) -> None:
    known(store, 1, 2)
    ping(store, 1, 5, range(60), up=1)
    ping(store, 2, 5, range(80), up=0)
    ping(store, 2, 6, range(40), up=1)
    store.count_probed([1], MIDNIGHT, MIDNIGHT + HOUR)
    assert shares(store) == {5: "1"}
    store.count_probed([2], MIDNIGHT, MIDNIGHT + 2 * HOUR)
    assert shares(store) == {5: "0.75", 6: "1"}


def test_counting_the_same_minutes_again_changes_nothing(store: WatchedStore) -> None:
    known(store, 1)
    ping(store, 1, 5, range(30), up=1)
    ping(store, 1, 5, range(30, 40), up=0)
    for until in (20, 40, 40):
        store.count_probed([1], MIDNIGHT, MIDNIGHT + 60 * until - 1)
    assert shares(store) == {5: "0.75"}


def test_points_of_another_day_do_not_count(store: WatchedStore) -> None:
    known(store, 1)
    down = [point(5, MIDNIGHT - 60 * one, 0, 0, 1) for one in range(1, 30)]
    assert not store.write_history({1: Recorded((), down)}, MIDNIGHT)
    ping(store, 1, 5, range(10), up=1)
    store.count_probed([1], MIDNIGHT, MIDNIGHT + 600)
    assert shares(store) == {5: "1"}


def test_the_rollup_of_half_a_day_adds_what_was_missed(store: WatchedStore) -> None:
    known(store, 1, 2)
    ping(store, 1, 5, range(60), up=1)
    store.count_probed([1], MIDNIGHT, MIDNIGHT + HOUR)
    ping(store, 2, 5, range(60, 80), up=0)
    job(store, MIDNIGHT + PERIOD + WAIT, servers=(1, 2)).run()
    assert shares(store) == {5: "0.75"}


def test_nothing_is_lost_when_two_count_at_once(store: WatchedStore) -> None:
    known(store, 1, 2)
    ping(store, 1, 5, range(60), up=1)
    ping(store, 2, 5, range(60, 80), up=0)
    other = store.another()
    stored: list[Parameters] = []

    def count_between(send: Send, operation: str, parameters: Parameters) -> Parameters:
        """The other one counts after this one has read what is stored, and before it writes."""
        is_ours = operation == "PutItem" and parameters["Item"]["p"]["N"] == str(kinds.REACHED + TODAY)
        if is_ours and not stored:
            stored.append(parameters)
            other.count_probed([2], MIDNIGHT, MIDNIGHT + 2 * HOUR)
        return send(operation, parameters)

    with store.calls.around(count_between):
        store.count_probed([1], MIDNIGHT, MIDNIGHT + 2 * HOUR)
    assert stored
    assert shares(store) == {5: "0.75"}
