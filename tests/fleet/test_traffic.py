"""Traffic of a cycle: exact up to the last rollup, by the counters of states since."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.rollup import PERIOD, WAIT
from chalicelib.fleet.traffic import (
    HOUR,
    MINUTE,
    WHOLE_HOURS,
    CycleTraffic,
    Moved,
    PeriodTotals,
    PeriodTraffic,
    counters_of,
    hour_of,
    hours_of,
)
from chalicelib.fleet.wall_clock import minute_text, parse_moment
from tests.fleet.memory_store import MemoryStore
from tests.fleet.memory_traffic import MemoryTraffic

MIDNIGHT = 1_796_083_200
FIRST = MIDNIGHT // PERIOD
HOURS = PERIOD // HOUR


class Counters:
    """States of which only the counters matter."""

    def __init__(self, counters: dict[int, Moved]) -> None:
        self._counters = counters

    def figures(self, ids: Any) -> list[str]:
        texts = []
        for id_ in ids:
            figures = dict.fromkeys(V0_NAMES, "0")
            figures["NetInTransfer"], figures["NetOutTransfer"] = map(str, self._counters[id_])
            texts += ["1796083200", *figures.values()]
        return texts


def noted(start: int, *counters: Mapping[int, Moved]) -> dict[int, Mapping[int, Moved]]:
    """An hour after the other from `start` on, by minute."""
    return {start // MINUTE + 60 * place: one for place, one in enumerate(counters)}


def totals(end: Moved, *hours: Moved) -> PeriodTraffic:
    return PeriodTraffic(end, (*hours, *[(0, 0)] * (HOURS - len(hours))))


def moved(store: MemoryTraffic, now: int, start: int, **counters: Moved) -> Moved | None:
    states: Any = Counters({int(name[1:]): one for name, one in counters.items()})
    ids = [int(name[1:]) for name in counters]
    return CycleTraffic(store).at(states, ids, now).moved(1, start)


@pytest.fixture
def store() -> MemoryTraffic:
    """Server 1 moved 1 + 2 bytes in two hours after midnight, and 10 in the first hour after noon."""
    return MemoryTraffic(
        done=FIRST + 1,
        all_totals={
            FIRST: PeriodTotals(MIDNIGHT, {1: totals((3, 30), (1, 10), (2, 20))}),
            FIRST + 1: PeriodTotals(MIDNIGHT, {1: totals((13, 130), (10, 100))}),
        },
    )


def test_a_cycle_is_what_was_rolled_up_and_what_counters_grew_by_since(store: MemoryTraffic) -> None:
    end = MIDNIGHT + 2 * PERIOD
    store.all_noted = noted(end, {1: (500, 5000)}, {1: (600, 6000)})
    now = end + HOUR + 60
    assert moved(store, now, MIDNIGHT, s1=(650, 6001)) == (13 + 150, 130 + 1001)
    assert moved(store, now, MIDNIGHT + HOUR, s1=(650, 6001)) == (12 + 150, 120 + 1001)
    assert moved(store, now, MIDNIGHT + PERIOD + HOUR, s1=(650, 6001)) == (150, 1001)


def test_a_cycle_that_began_after_the_last_rollup_is_counted_by_counters_alone(store: MemoryTraffic) -> None:
    end = MIDNIGHT + 2 * PERIOD
    store.all_noted = noted(end, {1: (500, 5000)}, {1: (600, 6000)})
    assert moved(store, end + HOUR + 60, end + HOUR, s1=(650, 6001)) == (50, 1)


def test_a_cycle_that_began_before_anything_was_counted_is_all_of_it(store: MemoryTraffic) -> None:
    end = MIDNIGHT + 2 * PERIOD
    store.all_noted = noted(end, {1: (7, 7)})
    assert moved(store, end + 60, MIDNIGHT - 40 * PERIOD, s1=(7, 7)) == (13, 130)


def test_counters_that_restart_count_from_zero(store: MemoryTraffic) -> None:
    end = MIDNIGHT + 2 * PERIOD
    store.all_noted = noted(end, {1: (500, 5000)}, {1: (20, 30)})
    assert moved(store, end + HOUR + 60, end, s1=(25, 31)) == (20 + 5, 30 + 1)


def test_a_server_that_is_newer_than_the_last_rollup_has_its_counters() -> None:
    store = MemoryTraffic(done=FIRST, all_totals={FIRST: PeriodTotals(MIDNIGHT, {})})
    store.all_noted = noted(MIDNIGHT + PERIOD, {}, {1: (10, 20)})
    assert moved(store, MIDNIGHT + PERIOD + HOUR + 60, MIDNIGHT, s1=(15, 30)) == (5, 10)


def test_a_first_server_that_comes_after_a_rollup_of_none_has_its_counters() -> None:
    store = MemoryTraffic(done=FIRST, all_noted=noted(MIDNIGHT + PERIOD, {}, {1: (10, 20)}))
    assert moved(store, MIDNIGHT + PERIOD + HOUR + 60, MIDNIGHT, s1=(15, 30)) == (5, 10)


def test_nothing_is_known_of_a_server_that_never_reported(store: MemoryTraffic) -> None:
    assert moved(store, MIDNIGHT + 2 * PERIOD + 60, MIDNIGHT, s2=(1, 1)) is None


def test_before_the_first_rollup_counters_are_all_there_is() -> None:
    store = MemoryTraffic(all_noted=noted(MIDNIGHT, {1: (5, 5)}))
    assert moved(store, MIDNIGHT + 120, MIDNIGHT, s1=(9, 6)) == (4, 1)


def test_what_does_not_change_is_read_once(store: MemoryTraffic) -> None:
    end = MIDNIGHT + 2 * PERIOD
    store.all_noted = noted(end, {1: (0, 0)})
    known = CycleTraffic(store)
    states: Any = Counters({1: (100, 100)})
    for minute in range(30):
        now = end + WAIT + minute * 60
        assert known.at(states, [1], now).moved(1, MIDNIGHT + HOUR) == (112, 220)
    first, *minutes = [one for one in store.reads if isinstance(one, range)]
    assert [one for one in store.reads if not isinstance(one, range)] == ["reached", FIRST + 1, FIRST]
    assert first[0] == end // MINUTE
    assert all(one[0] == end // MINUTE + 1 for one in minutes)


def test_how_far_the_rollup_came_is_asked_once_for_all_servers() -> None:
    store = MemoryTraffic(all_noted=noted(MIDNIGHT, {1: (5, 5), 2: (5, 5)}))
    states: Any = Counters({1: (6, 6), 2: (7, 7)})
    now = CycleTraffic(store).at(states, [1, 2], MIDNIGHT + 120)
    assert [now.moved(id_, MIDNIGHT) for id_ in (1, 2)] == [(1, 1), (2, 2)]
    assert store.reads.count("reached") == 1


def test_what_counters_said_before_they_restarted_counts(store: MemoryTraffic) -> None:
    end = MIDNIGHT + 2 * PERIOD
    store.all_noted = noted(end, {1: (500, 5000)}) | {end // MINUTE + 7: {1: (580, 5010)}}
    assert moved(store, end + 600, end, s1=(20, 30)) == (80 + 20, 10 + 30)


def test_what_an_import_brought_counts_from_the_cycles_start_on(store: MemoryTraffic) -> None:
    end = MIDNIGHT + 2 * PERIOD
    store.all_noted = noted(end, {1: (7, 7), 2: (0, 0)})
    store.carried_to = FIRST - 1
    store.all_carried = {
        FIRST - 2: PeriodTotals(MIDNIGHT - 2 * PERIOD, {1: totals((100, 1), (60, 1), (40, 0)), 2: totals((0, 0))}),
        FIRST - 1: PeriodTotals(MIDNIGHT - 2 * PERIOD, {1: totals((105, 2), (5, 1)), 2: totals((0, 0))}),
    }
    assert moved(store, end + 60, MIDNIGHT - 9 * PERIOD, s1=(7, 7)) == (105 + 13, 2 + 130)
    assert moved(store, end + 60, MIDNIGHT - 2 * PERIOD + HOUR, s1=(7, 7)) == (45 + 13, 1 + 130)
    assert moved(store, end + 60, MIDNIGHT, s1=(7, 7)) == (13, 130)


def test_a_server_that_reports_no_more_keeps_what_an_import_brought() -> None:
    carried = {FIRST: PeriodTotals(MIDNIGHT, {1: totals((100, 1), (100, 1))})}
    store = MemoryTraffic(carried_to=FIRST, all_carried=carried)
    now = MIDNIGHT + PERIOD + 60
    assert CycleTraffic(store).at(Counters({}), [], now).moved(1, MIDNIGHT) == (100, 1)  # type: ignore[arg-type]
    assert CycleTraffic(store).at(Counters({}), [], now).moved(1, MIDNIGHT + PERIOD) is None  # type: ignore[arg-type]


def test_a_rollup_is_seen_when_it_is_done(store: MemoryTraffic) -> None:
    end = MIDNIGHT + 2 * PERIOD
    store.all_noted = noted(end, *[{1: (0, 0)}] * 13)
    known = CycleTraffic(store)
    states: Any = Counters({1: (1000, 0)})
    assert known.at(states, [1], end + PERIOD + WAIT + 60).moved(1, MIDNIGHT) == (1013, 130)
    store.all_totals[FIRST + 2] = PeriodTotals(MIDNIGHT, {1: totals((813, 131))})
    store.done = FIRST + 2
    store.all_noted[(end + PERIOD) // MINUTE] = {1: (900, 0)}
    later = CycleTraffic(store)
    for one in (known, later):
        assert one.at(states, [1], end + PERIOD + WAIT + 120).moved(1, MIDNIGHT) is not None
    assert later.at(states, [1], end + PERIOD + WAIT + 120).moved(1, MIDNIGHT) == (913, 131)


@pytest.mark.parametrize(
    ("zone", "first", "count"),
    [
        ("Europe/Berlin", (0, 3600), 12),
        ("Asia/Kolkata", (0, 1800, 5400), 13),
        ("Asia/Kathmandu", (0, 900, 4500), 13),
        ("Pacific/Marquesas", (0, 1800, 5400), 13),
    ],
)
def test_the_hours_of_a_period_are_those_of_the_time_zone(zone: str, first: tuple[int, ...], count: int) -> None:
    begins = hours_of(FIRST, zone)
    assert begins[: len(first)] == first
    assert len(begins) == count
    assert (begins == WHOLE_HOURS) == (count == 12)
    for now in range(MIDNIGHT, MIDNIGHT + PERIOD, 450):
        assert hour_of(now, zone) == MIDNIGHT + max(one for one in begins if MIDNIGHT + one <= now)


@pytest.mark.parametrize("changes", ["2026-04-05", "2026-10-04"])
def test_clocks_that_are_set_by_half_an_hour_leave_no_gap(changes: str) -> None:
    """Lord Howe Island's, from and to daylight saving."""
    noon = parse_moment(f"{changes}T12:00") or 0
    for period in range(noon // PERIOD - 4, noon // PERIOD + 4):
        begins = hours_of(period, "Australia/Lord_Howe")
        steps = [new - old for old, new in pairwise((*begins, PERIOD))]
        assert all(0 < step <= HOUR for step in steps)
        starts = {period * PERIOD + one for one in begins}
        hours = range(period * PERIOD, (period + 1) * PERIOD, 60)
        assert {at for at in hours if minute_text(at, "Australia/Lord_Howe").endswith(":00")} <= starts


def test_a_cycle_begins_on_the_half_hour_where_clocks_show_a_whole_one() -> None:
    begins = hours_of(FIRST, "Asia/Kolkata")
    hours = [(1, 0), (10, 0), (100, 0), *[(0, 0)] * 10]
    end = MIDNIGHT + PERIOD
    store = MemoryTraffic(
        done=FIRST,
        all_totals={FIRST: PeriodTotals(MIDNIGHT, {1: PeriodTraffic((111, 0), hours, begins)})},
        all_noted=noted(end, {1: (0, 0)}),
    )
    assert moved(store, end + 60, MIDNIGHT + 1800, s1=(5, 0)) == (110 + 5, 0)
    assert moved(store, end + 60, MIDNIGHT + 5400, s1=(5, 0)) == (100 + 5, 0)
    assert moved(store, end + 60, MIDNIGHT + 3600, s1=(5, 0)) == (110 + 5, 0), "of a zone that was set since"


def test_counters_are_those_of_the_states() -> None:
    states: Any = Counters({3: (1, 2), 9: (2**64 - 1, 0)})
    assert counters_of(states, [3, 9]) == {3: (1, 2), 9: (2**64 - 1, 0)}
    assert MemoryStore().traffic.reached() == (None, None)
