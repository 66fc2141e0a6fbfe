"""Writing minutes and points: one call for each item, whatever comes twice, late, or at the same time."""

import random
from collections.abc import Iterable
from itertools import permutations
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.errors import Throttled
from chalicelib.fleet.history import Minute, Recorded, merged, minute
from chalicelib.fleet.pings import Point
from chalicelib.fleet.ranges import Window
from chalicelib.storage.series import figure_cells, recent, writing
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.kinds import PERIOD, SPAN
from tests.storage.samples import requests_of, together

NOW = 1_795_444_683
"""More than ten minutes after the beginning of a period."""

FIRST = NOW // SPAN * SPAN - SPAN
SERVER = 7


def figures(at: int, samples: int = 60, cpu: float = 12.5) -> Minute:
    return minute(at, {"samples": samples, "CPU": cpu, "NetIn": at % 977, "MemUsed": 3_297_000_000 + at % 3 * 10**6})


def ping(at: int, monitor_id: int = 1, probes: int = 2) -> Point:
    return Point(monitor_id, at, "12.5", probes, 0)


def times(minutes: int, first: int = FIRST) -> range:
    return range(first, first + minutes * 60, 60)


def write(store: WatchedStore, minutes: Iterable[Minute] = (), points: Iterable[Point] = (), now: float = NOW) -> None:
    assert store.write_history({SERVER: Recorded(list(minutes), list(points))}, now) == {}


def stored_minutes(store: WatchedStore) -> dict[int, Minute]:
    cells = recent.read(store.database, SERVER, 0, consistent=True).figures
    return {at: one for cell in cells for at, one in figure_cells.minutes_of(cell).items()}


def marks(store: WatchedStore) -> dict[int, int]:
    return dict(recent.read(store.database, SERVER, 0, consistent=True).marks)


def test_minutes_and_points_of_ten_minutes_take_one_write(store: WatchedStore) -> None:
    with requests_of(store) as sent:
        write(store, map(figures, times(10)), map(ping, times(10)))
    ((operation, request),) = sent
    assert operation == "UpdateItem"
    assert request["Key"] == {"s": {"N": "7"}, "p": {"N": str(FIRST // SPAN)}}
    assert stored_minutes(store) == {at: figures(at) for at in times(10)}
    assert list(store.counted_series(SERVER, Window(FIRST, NOW, 60))[1].minutes) == list(times(10))


def test_what_comes_again_is_not_written_again(store: WatchedStore) -> None:
    write(store, map(figures, times(5)), map(ping, times(5)))
    with requests_of(store) as sent:
        write(store, map(figures, times(5)), map(ping, times(5)))
    assert len(sent) == 1  # refused, with what is stored
    assert stored_minutes(store) == {at: figures(at) for at in times(5)}


def test_parts_of_a_cell_meet_in_any_order(store: WatchedStore) -> None:
    parts = [[figures(FIRST)], [figures(FIRST + 60), figures(FIRST + 120)], [figures(FIRST, samples=9, cpu=1)]]
    for number, order in enumerate(permutations(parts)):
        moved = [[one._replace(at=one.at - number * SPAN) for one in part] for part in order]
        for part in moved:
            write(store, part)
        expected: dict[int, Minute] = {}
        for part in moved:
            expected = merged(expected, part)
        assert expected.items() <= stored_minutes(store).items()


def test_an_item_expires_8_days_after_its_end(store: WatchedStore) -> None:
    write(store, map(figures, times(1)))
    (item,) = (item for name, item in store.dump.items() if name == "series")
    assert int(item["ttl"]["N"]) == FIRST + SPAN + 8 * 24 * 3600


def test_minutes_leave_a_mark_from_ten_minutes_after_their_period_on(store: WatchedStore) -> None:
    end = NOW // PERIOD * PERIOD
    write(store, [figures(end - 60)], now=end + 600)
    assert marks(store) == {}
    write(store, [figures(end - 60)], now=end + 601)
    assert marks(store) == {end // PERIOD - 1: 1}


@pytest.mark.parametrize("points", [False, True])
def test_late_data_are_counted_for_their_period_even_if_they_come_again(store: WatchedStore, points: bool) -> None:
    end = NOW // PERIOD * PERIOD
    ats = [end - 60, end - 1200, end - PERIOD - 60, end + 60]
    for times_sent in (1, 2):
        if points:
            write(store, points=map(ping, ats))
        else:
            write(store, map(figures, ats))
        assert marks(store) == {end // PERIOD - 1: times_sent, end // PERIOD - 2: times_sent}


def test_late_minutes_are_marked_after_they_are_written_and_before_the_sender_knows(store: WatchedStore) -> None:
    with requests_of(store) as sent:
        write(store, map(figures, times(20, NOW // PERIOD * PERIOD - 1200)))
    places = [int(request["Key"]["p"]["N"]) for _, request in sent]
    assert places[-1] == 9_999_999
    assert len(places) == 3


def test_a_mark_that_cannot_be_written_is_a_failure(store: WatchedStore) -> None:
    def refuse(send: Any, operation: str, parameters: Any) -> Any:
        if parameters.get("Key", {}).get("p") == {"N": "9999999"}:
            raise Throttled
        return send(operation, parameters)

    old = Recorded([figures(NOW // PERIOD * PERIOD - 60)])
    with store.calls.around(refuse):
        assert isinstance(store.write_history({SERVER: old, 8: Recorded()}, NOW)[SERVER], Throttled)


def test_8_writers_at_once_lose_and_double_nothing(store: WatchedStore) -> None:
    versions = [figures(at, samples, cpu=samples / 4) for at in times(12) for samples in (20, 40, 60)]

    def deliver(writer: int) -> None:
        chance = random.Random(writer)  # noqa: S311
        mine = versions + chance.sample(versions, 9)
        chance.shuffle(mine)
        own = store.another()
        while mine:
            some = [mine.pop() for _ in range(min(len(mine), chance.randint(1, 7)))]
            while own.write_history({SERVER: Recorded(some)}, NOW):
                pass

    together(deliver, range(8))
    assert stored_minutes(store) == {at: figures(at, 60, cpu=15) for at in times(12)}


def test_minutes_that_come_one_by_one_are_written_in_one_try_each(store: WatchedStore) -> None:
    with requests_of(store) as sent:
        for at in times(10):
            write(store, [figures(at)], [ping(at)])
    assert len(sent) == 10
    assert stored_minutes(store) == {at: figures(at) for at in times(10)}


def test_what_a_process_remembers_of_a_cell_is_never_taken_for_what_is_stored(store: WatchedStore) -> None:
    """Another process wrote since, or a backup was restored over it."""
    other = store.another()
    write(store, [figures(FIRST)])
    write(other, [figures(FIRST + 60)])
    write(store, [figures(FIRST + 120)])
    assert stored_minutes(store) == {at: figures(at) for at in times(3)}
    key = {"s": {"N": str(SERVER)}, "p": {"N": str(FIRST // SPAN)}}
    store.database.delete(SeriesItem, key)
    with requests_of(store) as sent:
        write(store, [figures(FIRST + 180)])
    assert [operation for operation, _ in sent] == ["UpdateItem", "UpdateItem"]  # Its role may not do more.
    write(store, [figures(FIRST)])
    assert stored_minutes(store) == {at: figures(at) for at in (FIRST, FIRST + 180)}


def test_a_process_remembers_a_bounded_number_of_servers(store: WatchedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "SERVERS_REMEMBERED", 3)
    for server_id in range(1, 9):
        assert store.write_history({server_id: Recorded([figures(FIRST)])}, NOW) == {}
        assert store.write_history({server_id: Recorded([figures(FIRST + 60)])}, NOW) == {}

    def requests(server_id: int) -> int:
        with requests_of(store) as sent:
            assert store.write_history({server_id: Recorded([figures(FIRST + 120)])}, NOW) == {}
        return len(sent)

    # Where a process knows what is stored, it needs one.
    assert (requests(8), requests(1)) == (1, 2)
