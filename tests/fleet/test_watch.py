"""The watch over a store: what it stores, minute by minute."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import cycle
from unittest import mock

from chalicelib.fleet.availability import MINUTE, Day, day_of
from chalicelib.fleet.errors import Throttled
from chalicelib.fleet.public_counts import LARGE, LARGE_MINUTES, PublicCounts
from chalicelib.fleet.servers import Server
from chalicelib.fleet.sparks import STEP, Sparks
from chalicelib.fleet.watch import Watch
from tests.fleet.memory_store import MemoryStore
from tests.fleet.test_sparks import START, state

IDS = (1, 2, 3)


def store_of(*ids: int) -> MemoryStore:
    return MemoryStore(all_servers={id_: Server(id_) for id_ in ids})


def look(watch: Watch, store: MemoryStore, now: float) -> None:
    watch.look(*store.view_and(store.states), now)


def test_an_hour_of_minutes() -> None:
    store = store_of(*IDS)
    watch = Watch(store, 60)
    for minute in range(61):
        now = START + minute * MINUTE + 30
        store.all_states = {id_: state(now - 20, cpu=id_) for id_ in IDS if id_ < 3 or minute < 30}
        store.all_states |= {3: state(START + 29 * MINUTE + 10, cpu=3)} if minute >= 30 else {}
        look(watch, store, now)
    assert [*store.all_sparks] == [START + place * STEP for place in range(12)]
    assert {id_: one.cpu for id_, one in store.all_sparks[START].items()} == {1: 1, 2: 2, 3: 3}
    assert store.all_sparks[START + 6 * STEP].keys() == {1, 2}
    shares = {id_: one.share for id_, one in store.all_days[day_of(START)].servers.items()}
    assert shares == {1: 1, 2: 1, 3: 0.5}


def test_a_report_that_is_due_less_often_until_somebody_watches_leaves_no_minute_out() -> None:
    """The first report at a short interval comes a little more than a usual interval after the one before."""
    store = store_of(1)
    watch = Watch(store, 60)
    usual = [START + 59.9 + 60 * number for number in range(10)]
    often = [usual[-1] + 60.2 + 5 * number for number in range(60)]
    for minute in range(1, 14):
        now = START + minute * MINUTE + 30
        at = max(one for one in (*usual, *often) if one <= now)
        store.all_states = {1: replace(state(at), others="5" if at in often else "60")}
        look(watch, store, now)
    assert store.all_days[day_of(START)].servers[1].share == 1


def test_servers_that_do_not_exist_are_not_watched() -> None:
    store = store_of(1)
    store.all_states = {1: state(START), 9: state(START)}
    watch = Watch(store, 60)
    for now in (START + 1, START + STEP + 1):
        look(watch, store, now)
    assert store.all_sparks[START].keys() == store.all_days[day_of(START)].servers.keys() == {1}


def test_another_process_goes_on_where_one_ended() -> None:
    store = store_of(1)
    for minute in range(10):
        now = START + minute * MINUTE + 30
        store.all_states = {1: state(now)}
        look(Watch(store, 60), store, now)
    assert store.all_days[day_of(START)].servers[1].share == 1


def test_two_processes_in_the_same_minute_count_it_once() -> None:
    store = store_of(1)
    processes = [Watch(store, 60), Watch(store, 60)]
    for minute in range(10):
        for place, watch in enumerate(processes):
            now = START + minute * MINUTE + 30 + place
            store.all_states = {1: replace(state(now), last_active=int(now))}
            look(watch, store, now)
    counted = store.all_days[day_of(START)].servers[1]
    assert (counted.share, counted.up) == (1, 10)
    assert [*store.all_sparks] == [START]


def test_what_guests_see_is_counted_and_stored_when_it_changes() -> None:
    store = MemoryStore(all_servers={id_: Server(id_, hide_for_guest=id_ == 4) for id_ in (1, 2, 3, 4)})
    store.all_states = {1: state(START), 2: state(START - 600), 4: state(START), 9: state(START)}
    watch = Watch(store, 60)
    stored = []
    with mock.patch.object(store, "keep_public_counts", side_effect=lambda counts: stored.append(counts)):
        look(watch, store, START + 30)
        store.public_counts = stored[-1]
        look(watch, store, START + 90)
        look(watch, store, START + 600)
    assert stored == [PublicCounts(servers=3, online=1), PublicCounts(servers=3, online=0)]


def test_what_guests_see_of_a_large_fleet_is_stored_every_quarter_of_an_hour() -> None:
    """Unless there are more or fewer servers: one that was hidden is not to be counted."""
    count = LARGE + 1
    servers = {id_: Server(id_, hide_for_guest=False) for id_ in range(1, count + 1)}
    store = MemoryStore(all_servers=servers)
    watch = Watch(store, 60)
    stored: dict[int, PublicCounts] = {}
    for minute in range(1, 41):
        now = START + minute * MINUTE
        store.all_states = {id_: state(now) for id_ in range(1, count - minute + 1)}
        if minute == 20:
            store.all_servers = {**servers, 1: Server(1, hide_for_guest=True)}
        with mock.patch.object(store, "keep_public_counts", side_effect=partial(stored.__setitem__, minute)):
            look(watch, store, now)
        store.public_counts = stored.get(minute, store.public_counts)
    assert START % (LARGE_MINUTES * MINUTE) == 0
    assert stored == {
        1: PublicCounts(count, count - 1),
        15: PublicCounts(count, count - 15),
        20: PublicCounts(count - 1, count - 1 - 20),
        30: PublicCounts(count - 1, count - 1 - 30),
    }


class _Refusing(MemoryStore):
    """Refuses half of the calls that watching makes."""

    refuses: Iterator[bool] = cycle((True, False, False, True, True, False))

    def write_availability(self, day: int, new: Day, old: Day | None) -> bool:
        self._refuse()
        return super().write_availability(day, new, old)

    def write_sparks(self, step: int, sparks: Sparks) -> None:
        self._refuse()
        super().write_sparks(step, sparks)

    def _refuse(self) -> None:
        if next(self.refuses):
            raise Throttled


def test_what_a_busy_database_refuses_is_made_up_for_in_the_next_minute() -> None:
    store = _Refusing(all_servers={1: Server(1)})
    watch = Watch(store, 60)
    failed = 0
    for minute in range(33):
        now = START + minute * MINUTE + 30
        store.all_states = {1: state(now - 20)}
        try:
            look(watch, store, now)
        except Throttled:
            failed += 1
    assert failed > 10
    assert [*store.all_sparks] == [START + place * STEP for place in range(6)]
    assert store.all_days[day_of(START)].servers[1].share == 1
