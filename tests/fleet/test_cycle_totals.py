"""What plans have used of their cycles: counted by the watch, and by readers from then on."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.fleet.cycle_totals import CycleCount, Usage, usage
from chalicelib.fleet.errors import Throttled
from chalicelib.fleet.plans import Plan, TrafficKind, text_of
from chalicelib.fleet.rollup import PERIOD
from chalicelib.fleet.servers import Server
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.traffic import HOUR, PeriodTotals, PeriodTraffic, counters_of
from chalicelib.fleet.watch import Watch
from tests.fleet.alerts.fleets import PlainStates
from tests.fleet.alerts.fleets import state as state_with
from tests.fleet.memory_store import MemoryStore


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


NOW = at("2026-11-28T21:42")
BEGAN, ENDS = at("2026-11-15"), at("2026-12-15")
PLAN = Plan(reset_day=15)


class Clock:
    """A watch that looks once a minute at servers with these counters."""

    def __init__(self, store: MemoryStore, now: int = NOW) -> None:
        self.store, self.now, self.watch = store, now, Watch(store, 60)

    def look(self, seconds: int = 60, /, **counters: tuple[int, int]) -> None:
        self.now += seconds
        states: Any = PlainStates(
            {
                int(name[1:]): state_with(now=self.now, NetInTransfer=received, NetOutTransfer=sent)
                for name, (received, sent) in counters.items()
            }
        )
        self.states = states
        self.watch.look(self.store, states, self.now)

    def used(self, id_: int = 1, plan: Plan = PLAN) -> int | None:
        """As a reader finds it."""
        counters = counters_of(self.states, [id_])[id_] if id_ in self.states else None
        return usage(plan, self.store.recently_counted().get(id_), counters, self.now, "UTC").used


@pytest.fixture
def store() -> MemoryStore:
    """Server 1 moved 100 + 10 bytes in its cycle, up to noon of the 28th."""
    store = MemoryStore({1: Server(1, plan=text_of(PLAN)), 2: Server(2)})
    period = NOW // PERIOD - 1
    store.traffic.done = period
    counted = PeriodTraffic((100, 10), [(0, 0)] * 12)
    store.traffic.all_totals[period] = PeriodTotals(BEGAN, {1: counted, 2: counted})
    store.traffic.note((period + 1) * PERIOD // 60, {1: (1000, 0), 2: (0, 0)})
    return store


def test_a_reader_adds_what_counters_grew_by_since_it_was_counted(store: MemoryStore) -> None:
    clock = Clock(store)
    clock.look(s1=(1005, 2), s2=(9, 9))
    assert store.traffic.all_counted == {1: CycleCount(clock.now, BEGAN, (105, 12), (1005, 2))}
    assert clock.used() == 117
    clock.look(s1=(1006, 4), s2=(9, 9))
    assert clock.used() == 120
    assert len(store.traffic.writes) == 1, "counters that grow are no reason to count again"


def test_counters_that_restart_lose_nothing_that_was_seen(store: MemoryStore) -> None:
    clock = Clock(store)
    clock.look(s1=(1005, 2))
    clock.look(s1=(1050, 9))
    clock.look(s1=(3, 1))
    assert clock.used() == 110 + 50 + 9 + 3 + 1
    clock.look(s1=(4, 1))
    clock.look(s1=(0, 0))
    clock.look(s1=(1, 0))
    assert clock.used() == 110 + 50 + 9 + 4 + 1 + 1
    clock.look(3600, s1=(2, 0))
    assert clock.used() == 110 + 50 + 9 + 4 + 1 + 2


def test_what_could_not_be_stored_is_counted_again(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise Throttled

    clock = Clock(store)
    clock.look(s1=(1005, 0))
    for counters in ((3, 0), (5, 0)):
        with monkeypatch.context() as patch:
            patch.setattr(store.traffic, "write_counted", refuse)
            with pytest.raises(Throttled):
                clock.look(s1=counters)
    clock.look(s1=(6, 0))
    assert clock.used() == 110 + 5 + 6


def test_a_reboot_in_the_first_minute_of_an_hour_keeps_the_note_of_that_hour(store: MemoryStore) -> None:
    clock = Clock(store, at("2026-11-28T21:59:10"))
    clock.look(0, s1=(1050, 0))
    clock.look(s1=(3, 0))
    clock.look(s1=(5, 0))
    assert clock.used() == 110 + 50 + 5
    assert store.traffic.all_noted[at("2026-11-28T22:00") // 60] == {1: (3, 0)}


def test_a_rollup_corrects_what_was_counted(store: MemoryStore) -> None:
    clock = Clock(store, at("2026-11-29T00:40"))
    store.traffic.note(at("2026-11-29") // 60, {1: (1004, 0)})
    clock.look(s1=(1005, 0))
    assert clock.used() == 115
    assert store.traffic.all_counted[1].moved == (105, 10)
    store.traffic.done = NOW // PERIOD
    store.traffic.all_totals[NOW // PERIOD] = PeriodTotals(BEGAN, {1: PeriodTraffic((109, 10), [(0, 0)] * 12)})
    clock.look(s1=(1005, 0))
    assert clock.used() == 120
    assert store.traffic.all_counted[1].moved == (110, 10)
    assert len(store.traffic.writes) == 2


def test_a_new_cycle_begins_at_nothing_and_goes_on_from_the_hours_note(store: MemoryStore) -> None:
    clock = Clock(store, ENDS - 30)
    clock.look(0, s1=(1005, 0))
    assert clock.used() is not None
    counted = store.recently_counted()[1]
    assert usage(PLAN, counted, (1006, 0), ENDS + 1, "UTC") == Usage(ENDS, at("2027-01-15"), 0)
    clock.look(s1=(1006, 0))
    clock.look(s1=(1010, 3))
    assert clock.used() == 7


def test_a_cycle_begins_at_midnight_in_a_time_zone_of_half_hours(store: MemoryStore) -> None:
    zone = "Asia/Kolkata"
    store.settings = Settings(time_zone=zone)
    midnight = at("2026-12-14T18:30")
    clock = Clock(store, midnight - 90)

    def used() -> int | None:
        counters = counters_of(clock.states, [1])[1]
        return usage(PLAN, store.recently_counted().get(1), counters, clock.now, zone).used

    assert usage(PLAN, None, None, midnight - 1, zone)[:2] == (at("2026-11-14T18:30"), midnight)
    assert usage(PLAN, None, None, midnight, zone)[:2] == (midnight, at("2027-01-14T18:30"))
    clock.look(0, s1=(2000, 0))
    clock.look(s1=(2100, 0))
    assert (used() or 0) >= 1100, "of the cycle before"
    clock.look(s1=(2105, 0))
    assert clock.now == midnight + 30
    assert store.traffic.all_noted[midnight // 60] == {1: (2105, 0)}
    assert store.traffic.noted_zone == zone, "as the rollup has to know"
    assert used() == 0
    clock.look(s1=(2112, 1))
    assert used() == 8
    clock.look(9 * 3600, s1=(2112, 1))
    assert used() == 8
    clock.look(at("2026-12-15T00:00:20") - clock.now, s1=(2112, 1))
    assert at("2026-12-15") // 60 in store.traffic.all_noted, "where a rollup's period begins, counters are noted, too"


def test_another_reset_day_is_unknown_until_it_is_counted(store: MemoryStore) -> None:
    clock = Clock(store)
    clock.look(s1=(1000, 0))
    other = Plan(reset_day=20)
    assert clock.used(plan=other) is None
    store.all_servers[1] = Server(1, plan=text_of(other))
    clock.look(s1=(1000, 0))
    assert clock.used(plan=other) == 110


def test_a_server_without_a_plan_is_not_counted_and_one_that_gets_a_plan_is(store: MemoryStore) -> None:
    clock = Clock(store)
    clock.look(s2=(5, 5))
    assert store.traffic.all_counted.keys() == {1}
    store.all_servers[2] = Server(2, plan=text_of(PLAN))
    clock.look(s2=(5, 5))
    assert clock.used(2) == 110 + 10


def test_a_first_state_adds_nothing_that_was_moved_before_it(store: MemoryStore) -> None:
    """A host may have run for years before it reports here."""
    store.all_servers[3] = Server(3, plan=text_of(PLAN))
    clock = Clock(store)
    clock.look(s1=(1000, 0))
    clock.look(s1=(1000, 0), s3=(10**12, 10**12))
    assert clock.used(3) == 0
    clock.look(s1=(1000, 0), s3=(10**12 + 4, 10**12))
    assert clock.used(3) == 4


@pytest.mark.parametrize(("kind", "used"), [("in", 101), ("out", 202), ("both", 303), ("larger", 202)])
def test_what_counts_is_the_plans_kind(kind: TrafficKind, used: int) -> None:
    counted = CycleCount(NOW, BEGAN, (100, 200), (5, 5))
    plan = Plan(reset_day=15, traffic_kind=kind)
    assert usage(plan, counted, (6, 7), NOW + 30, "UTC") == Usage(BEGAN, ENDS, used)


def test_cycles_begin_at_midnight_of_the_sites_time_zone() -> None:
    began, ends, used = usage(PLAN, None, None, NOW, "Asia/Shanghai")
    assert (began, ends, used) == (BEGAN - 8 * HOUR, ENDS - 8 * HOUR, None)
