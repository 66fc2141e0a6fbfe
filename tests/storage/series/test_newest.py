"""The newest points of many servers, as alert rules read them."""

import pytest

from benchmarks.item_size import consumed
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.alerts.glance import Pinged
from chalicelib.fleet.history import Recorded
from chalicelib.fleet.pings import Point

FIRST = 1_795_444_200
"""The start of a cell that begins an item of two."""


@pytest.fixture(autouse=True)
def _points(store: WatchedStore) -> None:
    minutes = range(FIRST - 300, FIRST + 600, 60)
    good = [Point(7, at, "10.5", 2, 0) for at in minutes]
    mixed = [Point(8, FIRST + 60, "100", 1, 1), Point(8, FIRST + 120, "40", 2, 0)]
    lost = [Point(9, at, "0", 0, 2) for at in minutes]
    store.write_history({1: Recorded((), [*good, *mixed]), 2: Recorded((), lost)}, FIRST + 700)


def test_means_and_losses_are_those_of_the_time_that_is_asked_for(store: WatchedStore) -> None:
    assert store.pinged([1, 2, 3], FIRST, FIRST + 300) == {
        1: {7: Pinged(10.5, 0.0), 8: Pinged(60.0, 25.0)},
        2: {9: Pinged(None, 100.0)},
    }
    assert store.pinged([1], FIRST + 120, FIRST + 180) == {1: {7: Pinged(10.5, 0.0), 8: Pinged(40.0, 0.0)}}
    assert store.pinged([1], FIRST + 900, FIRST + 1200) == {}


def test_a_time_may_be_in_two_items(store: WatchedStore) -> None:
    assert store.pinged([1], FIRST - 120, FIRST + 120) == {1: {7: Pinged(10.5, 0.0), 8: Pinged(100.0, 50.0)}}


def test_a_cell_of_a_server_costs_half_a_read_unit(store: WatchedStore) -> None:
    with consumed(store) as used:
        store.pinged([1, 2], FIRST, FIRST + 300)
    assert used.read == 1
