"""Traffic that the rollup counts: every period's hours, and totals that follow from them."""

import random
from collections import defaultdict
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.cycle_totals import CycleCount
from chalicelib.fleet.history import Recorded, minute
from chalicelib.fleet.rollup import PERIOD, SLICE, WAIT
from chalicelib.fleet.traffic import HOUR, WHOLE_HOURS, CycleTraffic, hours_of
from chalicelib.fleet.wall_clock import minute_text
from tests.fleet.test_traffic import Counters
from tests.storage.series.histories import MIDNIGHT
from tests.storage.series.test_rollup_job import done_up_to, job

FIRST = MIDNIGHT // PERIOD
SERVERS = (1, 200_000, 30_000_000)
"""Of three slices, however high IDs get."""


def test_totals_and_hours_agree_with_a_plain_model(store: WatchedStore) -> None:
    """Late minutes included, wherever they fall."""
    chance = random.Random(7)  # noqa: S311
    done_up_to(store, FIRST - 1)
    hours: dict[tuple[int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))

    def write(server_id: int, at: int, now: int) -> None:
        received, sent = chance.randrange(2**40), chance.randrange(2**20)
        found = Recorded([minute(at, {"samples": 1, "NetIn": received, "NetOut": sent})])
        assert not store.write_history({server_id: found}, now)
        before = hours[server_id, at // HOUR]
        hours[server_id, at // HOUR] = before[0] + received, before[1] + sent

    for period in range(FIRST, FIRST + 4):
        now = (period + 1) * PERIOD + WAIT
        for server_id in SERVERS[: 2 if period == FIRST else 3]:
            for place in chance.sample(range(0, PERIOD, 60), 4):
                write(server_id, period * PERIOD + place, period * PERIOD + place + 60)
        if period > FIRST:  # late, for the period before
            write(1, (period - 1) * PERIOD + 60 * (1 + period - FIRST), now - 60)
        job(store, now, servers=SERVERS).run()

        found = {one: store.traffic.totals(one) for one in range(FIRST, period + 1)}
        for one, totals in found.items():
            assert totals is not None
            assert totals.since == MIDNIGHT
            for server_id in SERVERS:
                shown = totals.servers[server_id]
                first = one * PERIOD // HOUR
                assert list(shown.hours) == [hours[server_id, first + place] for place in range(12)]
                every = [moved for (id_, hour), moved in hours.items() if id_ == server_id and hour < first + 12]
                assert shown.total == (sum(moved for moved, _ in every), sum(moved for _, moved in every))
    assert store.traffic.reached() == (FIRST + 3, None)
    assert store.traffic.totals(FIRST - 1) is store.traffic.totals(FIRST + 4) is None


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham"])
def test_traffic_is_exact_from_any_hour_that_clocks_show_on(store: WatchedStore, zone: str) -> None:
    chance = random.Random(11)  # noqa: S311
    done_up_to(store, FIRST - 1)
    moved: dict[int, int] = {}
    for period in range(FIRST, FIRST + 3):
        for place in range(0, PERIOD, 900):
            at = period * PERIOD + place + 60 * chance.randrange(15)
            moved[at] = chance.randrange(2**30)
            found = Recorded([minute(at, {"samples": 1, "NetIn": moved[at], "NetOut": 1})])
            assert not store.write_history({1: found}, at + 60)
        store.traffic.note((period + 1) * PERIOD // 60, {}, zone)
        job(store, (period + 1) * PERIOD + WAIT, servers=(1,)).run()
    end = (FIRST + 3) * PERIOD
    newest = store.traffic.totals(FIRST + 2)
    assert newest
    hours = [at for at in range(MIDNIGHT, end, 900) if minute_text(at, zone).endswith(":00")]
    assert len(hours) == 36
    for start in hours:
        totals = store.traffic.totals(start // PERIOD)
        assert totals
        counted = newest.servers[1].total[0] - totals.servers[1].before(start)[0]
        assert counted == sum(one for at, one in moved.items() if at >= start)


def test_hours_stay_where_they_were_when_another_time_zone_is_set(store: WatchedStore) -> None:
    """Until all servers of an item are counted anew, as by `rollup --from`."""
    done_up_to(store, FIRST - 1)

    def write(server_id: int, at: int, now: int) -> None:
        found = Recorded([minute(at, {"samples": 1, "NetIn": 5, "NetOut": 1})])
        assert not store.write_history({server_id: found}, now)

    for server_id in (1, 2):
        write(server_id, MIDNIGHT, MIDNIGHT + 60)
    store.traffic.note((MIDNIGHT + PERIOD) // 60, {}, "Asia/Kolkata")
    job(store, MIDNIGHT + PERIOD + WAIT, servers=(1, 2)).run()
    write(1, MIDNIGHT + 1800, MIDNIGHT + PERIOD + WAIT + 60)
    store.traffic.note((MIDNIGHT + 2 * PERIOD) // 60, {}, "UTC")
    job(store, MIDNIGHT + 2 * PERIOD + WAIT, servers=(1, 2)).run()
    first, second = store.traffic.totals(FIRST), store.traffic.totals(FIRST + 1)
    assert first
    assert second
    for totals, begins in ((first, hours_of(FIRST, "Asia/Kolkata")), (second, WHOLE_HOURS)):
        assert {one.begins for one in totals.servers.values()} == {begins}
    assert [one.hours[:3] for one in first.servers.values()] == [((5, 1), (5, 1), (0, 0)), ((5, 1), (0, 0), (0, 0))]
    job(store, MIDNIGHT + 2 * PERIOD + WAIT, servers=(1, 2)).run_again(range(FIRST, FIRST + 1))
    again = store.traffic.totals(FIRST)
    assert again
    assert [one.hours[:2] for one in again.servers.values()] == [((10, 2), (0, 0)), ((5, 1), (0, 0))]


def test_a_period_that_is_rolled_up_again_changes_the_totals_of_later_ones(store: WatchedStore) -> None:
    done_up_to(store, FIRST - 1)

    def write(at: int) -> None:
        found = Recorded([minute(at, {"samples": 1, "NetIn": 5, "NetOut": 1})])
        assert not store.write_history({1: found}, at + 60)

    for period in (FIRST, FIRST + 1):
        write(period * PERIOD)
        job(store, (period + 1) * PERIOD + WAIT, servers=(1,)).run()
    write(MIDNIGHT + 60)  # without a mark: as if it had been overlooked
    job(store, MIDNIGHT + 2 * PERIOD + WAIT, servers=(1,)).run_again(range(FIRST, FIRST + 1))
    found = [store.traffic.totals(period) for period in (FIRST, FIRST + 1)]
    assert [one and one.servers[1].total for one in found] == [(10, 2), (15, 3)]


def test_servers_of_a_later_slice_do_not_change_what_others_moved_since_a_cycle_began(store: WatchedStore) -> None:
    """However late somebody added the hundredth server."""
    done_up_to(store, FIRST - 1)
    old, new = 1, SLICE
    for period, server_ids in ((FIRST, (old,)), (FIRST + 1, (old,)), (FIRST + 2, (old, new))):
        for server_id in server_ids:
            found = Recorded([minute(period * PERIOD, {"samples": 1, "NetIn": 5, "NetOut": 1})])
            assert not store.write_history({server_id: found}, period * PERIOD + 60)
        job(store, (period + 1) * PERIOD + WAIT, servers=server_ids).run()
    end = (FIRST + 3) * PERIOD
    store.traffic.note(end // 60, {old: (0, 0), new: (0, 0)})
    states: Any = Counters({old: (0, 0), new: (0, 0)})
    traffic = CycleTraffic(store.traffic).at(states, [old, new], end + WAIT)
    assert traffic.moved(old, (FIRST + 1) * PERIOD) == (10, 2)
    assert traffic.moved(old, MIDNIGHT) == (15, 3)
    assert traffic.moved(new, (FIRST + 1) * PERIOD) == (5, 1)


def test_deleted_servers_are_left_out_and_new_ones_begin_at_nothing(store: WatchedStore) -> None:
    done_up_to(store, FIRST - 1)
    for at in (MIDNIGHT, MIDNIGHT + PERIOD):
        for server_id in (1, 2):
            found = Recorded([minute(at, {"samples": 1, "NetIn": 5, "NetOut": 1})])
            assert not store.write_history({server_id: found}, at + 60)
    job(store, MIDNIGHT + PERIOD + WAIT, servers=(1,)).run()
    job(store, MIDNIGHT + 2 * PERIOD + WAIT, servers=(2,)).run()
    totals = store.traffic.totals(FIRST + 1)
    assert totals is not None
    assert {id_: one.total for id_, one in totals.servers.items()} == {2: (5, 1)}


def test_counters_of_a_minute_are_noted_once(store: WatchedStore) -> None:
    store.traffic.note(29_934_720, {1: (2**64 - 1, 0), 700: (5, 6)})
    store.traffic.note(29_934_720, {1: (7, 7)})
    store.traffic.note(29_934_722, {1: (8, 8)})
    assert store.traffic.noted(range(29_934_719, 29_934_723)) == {
        29_934_720: {1: (2**64 - 1, 0), 700: (5, 6)},
        29_934_722: {1: (8, 8)},
    }


def test_what_is_carried_on_agrees_with_its_hours(store: WatchedStore) -> None:
    hour = MIDNIGHT // HOUR
    store.traffic.carry({1: {hour + 1: (5, 1)}})
    hours = {1: {hour + 13: (2**63, 1), hour + 40: (7, 7)}, 7 * SLICE: {hour + 30: (1, 2)}}
    store.traffic.carry(hours)
    assert store.traffic.reached() == (None, FIRST + 3)
    assert store.traffic.carried(FIRST + 4) is None
    last = store.traffic.carried(FIRST + 3)
    assert last
    assert last.since == MIDNIGHT + PERIOD
    assert {id_: one.total for id_, one in last.servers.items()} == {1: (2**63 + 7, 8), 7 * SLICE: (1, 2)}
    assert last.servers[1].before((hour + 41) * HOUR) == (2**63 + 7, 8)
    assert last.servers[1].before((hour + 40) * HOUR) == (2**63, 1)


def test_what_plans_used_is_replaced_by_slices_unless_it_is_newer(store: WatchedStore) -> None:
    one, other = CycleCount(1000, 900, (2**64 + 1, 0), (5, 6)), CycleCount(1000, 800, (3, 4), None)
    store.traffic.write_counted({1: one, 2: one, 7 * SLICE: other})
    store.traffic.write_counted({2: one._replace(at=999)})
    assert store.traffic.counted() == {1: one, 2: one, 7 * SLICE: other}
    later = one._replace(at=1001, moved=(9, 9))
    store.traffic.write_counted({1: later})
    assert store.traffic.counted() == {1: later, 7 * SLICE: other}
