"""Availability of finished days: the share of a day's minutes that are stored, late ones included."""

from collections.abc import Iterable

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.availability import MINUTES_A_DAY, Day, DayCount
from chalicelib.fleet.history import Recorded, minute
from chalicelib.fleet.pings import point
from chalicelib.fleet.rollup import DAY, PERIOD, SLICE, WAIT
from tests.storage.series.histories import MIDNIGHT
from tests.storage.series.test_rollup_job import done_up_to, job

TODAY = MIDNIGHT // DAY
START = TODAY * MINUTES_A_DAY
END = START + MINUTES_A_DAY
OVER = MIDNIGHT + DAY + WAIT
FAR = 3 * SLICE


@pytest.fixture(autouse=True)
def rolled_up_before(store: WatchedStore) -> None:
    done_up_to(store, 2 * TODAY - 1)


def write(store: WatchedStore, server_id: int, minutes: Iterable[int], now: float = MIDNIGHT) -> None:
    found = [minute(MIDNIGHT + 60 * one, {"samples": 1}) for one in minutes]
    assert not store.write_history({server_id: Recorded(found)}, now)


def ping(store: WatchedStore, server_id: int, monitor_id: int, minutes: Iterable[int], up: int) -> None:
    points = [point(monitor_id, MIDNIGHT + 60 * one, 5.0 if up else 0, up, 1 - up) for one in minutes]
    assert not store.write_history({server_id: Recorded((), points)}, MIDNIGHT)


def shares(store: WatchedStore, day: int = TODAY) -> dict[int, float | None]:
    return {id_: one.share for id_, one in store.availability(range(day, day + 1))[day].servers.items()}


def known(store: WatchedStore, *server_ids: int, since: int = START) -> None:
    """What the watch counted."""
    counted = {id_: DayCount(since, END, 3, END - 1) for id_ in server_ids}
    assert store.write_availability(TODAY, Day(END, counted, {}), None)


def test_a_day_is_the_share_of_its_minutes(store: WatchedStore) -> None:
    known(store, 1, FAR)
    write(store, 1, [*range(700), *range(710, 1430)])
    write(store, FAR, range(0, 1440, 2))
    job(store, OVER, servers=(1, FAR)).run()
    assert shares(store) == {1: 0.9861, FAR: 0.5}


def test_a_day_counts_minutes_that_arrive_after_it_was_rolled_up(store: WatchedStore) -> None:
    known(store, 1)
    write(store, 1, range(1200))
    job(store, OVER, servers=(1,)).run()
    write(store, 1, range(1200, 1320), now=OVER + 60)
    write(store, 1, range(30), now=OVER + 60)
    job(store, OVER + PERIOD, servers=(1,)).run()
    assert shares(store) == {1: 0.9166}


def test_a_first_day_counts_from_the_first_minute(store: WatchedStore) -> None:
    known(store, 1, since=START + 720)
    write(store, 1, range(720, 1440))
    write(store, 2, range(1080, 1440))  # nobody watched it
    job(store, OVER, servers=(1, 2)).run()
    assert shares(store) == {1: 1, 2: 1}


def test_a_day_that_nobody_watched_counts_from_its_start_for_servers_of_the_day_before(store: WatchedStore) -> None:
    before = {1: DayCount(START - MINUTES_A_DAY, START, 1440, START - 1)}
    assert store.write_availability(TODAY - 1, Day(START, before, {}), None)
    write(store, 1, range(1080, 1440))
    job(store, OVER, servers=(1,)).run()
    assert shares(store) == {1: 0.25}


def test_a_half_day_is_rolled_up_though_the_watch_ended_before_it_was_over(store: WatchedStore) -> None:
    watched_until = START + 300
    servers = {1: DayCount(START, watched_until, 300, watched_until - 1)}
    assert store.write_availability(TODAY, Day(watched_until, servers, {}), None)
    ping(store, 1, 5, range(700), up=1)
    job(store, MIDNIGHT + PERIOD + WAIT, servers=(1,)).run()
    day = store.availability(range(TODAY, TODAY + 1))[TODAY]
    assert day == Day(watched_until, servers, {5: DayCount(START, START + 700, 700, START + 699)})


def test_a_server_that_only_sends_states_keeps_what_the_watch_counted(store: WatchedStore) -> None:
    known(store, 1)
    job(store, OVER, servers=(1,)).run()
    assert shares(store) == {1: 0.002}


def test_a_monitor_is_up_in_minutes_in_which_any_server_reached_it(store: WatchedStore) -> None:
    known(store, 1, FAR)
    ping(store, 1, 5, range(1000), up=1)
    ping(store, FAR, 5, range(1250), up=0)
    ping(store, FAR, 6, range(600, 700), up=1)
    job(store, OVER, servers=(1, FAR)).run()
    monitors = store.availability(range(TODAY, TODAY + 1))[TODAY].monitors
    assert {id_: one.share for id_, one in monitors.items()} == {5: 0.8, 6: 1}


def test_monitors_of_today_are_counted_up_to_noon(store: WatchedStore) -> None:
    known(store, 1)
    ping(store, 1, 5, range(60), up=1)
    ping(store, 1, 5, range(60, 80), up=0)
    job(store, MIDNIGHT + PERIOD + WAIT, servers=(1,)).run()
    day = store.availability(range(TODAY, TODAY + 1))[TODAY]
    assert day.monitors[5].share == 0.75
    assert day.servers[1].up == 3


def test_counting_again_changes_nothing(store: WatchedStore) -> None:
    known(store, 1)
    write(store, 1, range(100))
    ping(store, 1, 5, range(100), up=1)
    job(store, OVER, servers=(1,)).run()
    before = store.availability(range(TODAY, TODAY + 1))
    job(store, OVER, servers=(1,)).run_again(range(2 * TODAY, 2 * TODAY + 2))
    assert store.availability(range(TODAY, TODAY + 1)) == before
