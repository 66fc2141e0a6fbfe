"""Items about the whole fleet: sparklines and availability, and what they cost."""

import json
import random
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.item_size import consumed
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.availability import MINUTE, MINUTES_A_DAY, Day, DayCount, Sighting, watched
from chalicelib.fleet.sparks import STEP, Spark, shown_steps
from chalicelib.storage.series.availability_items import day_in, item_of
from chalicelib.storage.series.fleet_items import packed, unpacked

NOW = 1_795_444_683
DAY = NOW // 86_400
START = DAY * MINUTES_A_DAY


@given(
    st.dictionaries(st.integers(1, 10_000_000), st.tuples(st.integers(0, 65_535), st.integers(0, 65_535)), max_size=50)
)
def test_columns_come_back_as_they_were(rows: dict[int, tuple[int, int]]) -> None:
    ids = sorted(rows)
    columns = [[rows[id_][place] for id_ in ids] for place in (0, 1)]
    assert unpacked(packed(ids, columns, "H"), 2, "H") == (ids, [tuple(column) for column in columns])


@pytest.mark.parametrize("moved", [0, 1, 100, 12_345, 10**9, 3 * 10**11])
def test_a_spark_keeps_its_precision(store: WatchedStore, moved: int) -> None:
    step = NOW // STEP * STEP
    store.write_sparks(step, {7: Spark(33.333, moved, 0), 900_000: Spark(0, 0, moved), 900_001: Spark(250, 1, 1)})
    (stored,) = store.sparks(range(step, step + STEP, STEP)).values()
    assert abs(float(stored[7][0]) - 33.333) <= 0.2
    for read in (int(stored[7][1]), int(stored[900_000][2])):
        assert read == pytest.approx(moved, rel=0.05, abs=110)
        assert (read > 0) == (moved > 0)
    assert (stored[7][2], stored[900_000][0], stored[900_001][0]) == ("0", "0", "102")


def test_the_first_spark_of_a_step_is_kept(store: WatchedStore) -> None:
    step = NOW // STEP * STEP
    for cpu in (10.0, 20.0):
        store.write_sparks(step, {1: Spark(cpu, 0, 0)})
    assert store.sparks(range(step, step + STEP, STEP))[step][1][0] == "10"


counted = st.builds(
    lambda since, behind, missed, last: DayCount(
        START + since, START + since + behind, max(0, behind - missed), START + since + behind - 1 - last
    ),
    st.integers(0, 700),
    st.integers(0, 740),
    st.integers(0, 740),
    st.integers(0, 60_000),
)


@given(st.dictionaries(st.integers(1, 20_000), counted), st.dictionaries(st.integers(1, 500), counted))
def test_a_day_comes_back_as_it_was(servers: dict[int, DayCount], monitors: dict[int, DayCount]) -> None:
    day = Day(START + MINUTES_A_DAY, servers, monitors)
    item = item_of(DAY, day)
    as_read = {name: {"B": b64encode(item[name]["B"]).decode()} for name in ("v", "m")}
    assert day_in({**item, **as_read}) == day


def test_a_report_that_comes_while_the_watch_is_at_work_is_counted(store: WatchedStore) -> None:
    minute = START + 600
    reported = {1: Sighting((minute + 1) * MINUTE, 60), 2: Sighting((START + MINUTES_A_DAY) * MINUTE, 60)}
    (new,) = watched({}, reported, minute * MINUTE + 59.9).values()
    assert store.write_availability(DAY, new, None)
    assert store.availability(range(DAY, DAY + 1)) == {DAY: new}
    assert store.shares(range(DAY, DAY + 1))[DAY].servers == {1: "1", 2: "null"}


def test_shares_are_those_of_the_day(store: WatchedStore) -> None:
    """Whatever minutes count, and whichever of them are missing."""
    chosen = random.Random(1)  # noqa: S311 - chooses samples
    servers = {1: DayCount(START, START, 0, START - 1), 2: DayCount(START, START + 1, 0, START - 1)}
    for id_ in range(3, 500):
        since, until = sorted(START + chosen.randrange(MINUTES_A_DAY + 1) for _ in range(2))
        servers[id_] = DayCount(
            since, until, chosen.choice([until - since, chosen.randint(0, until - since)]), until - 1
        )
    day = Day(START + MINUTES_A_DAY, servers, {7: DayCount(START, START + 1000, 1, START)})
    assert store.write_availability(DAY, day, None)
    (shares,) = store.shares(range(DAY, DAY + 1)).values()
    assert {id_: json.loads(text) for id_, text in shares.servers.items()} == {
        id_: counted.share for id_, counted in servers.items()
    }
    assert shares.monitors == {7: "0.001"}


def test_a_day_is_replaced_only_if_it_is_what_was_read(store: WatchedStore) -> None:
    one, other = Day(START + 5, {}, {}), Day(START + 6, {1: DayCount(START, START + 7, 7, START + 6)}, {})
    assert store.write_availability(DAY, one, None)
    assert not store.write_availability(DAY, other, None)
    assert store.write_availability(DAY, other, one)
    assert not store.write_availability(DAY, one, one)
    assert store.availability(range(DAY - 29, DAY + 1)) == {DAY: other}


def test_a_count_of_servers_does_not_undo_a_count_of_monitors_at_the_same_time(store: WatchedStore) -> None:
    read = Day(START + 5, {}, {})
    assert store.write_availability(DAY, read, None)
    with_monitors = read._replace(monitors={7: DayCount(START, START + 5, 4, START + 4)})
    assert store.write_availability(DAY, with_monitors, read)
    assert not store.write_availability(DAY, read._replace(until=START + 6), read)
    assert store.write_availability(DAY, with_monitors._replace(until=START + 6), with_monitors)


def test_sparklines_of_1000_servers_cost_no_more_than_their_budget(store: WatchedStore) -> None:
    chosen = random.Random(1)  # noqa: S311 - chooses samples
    steps = shown_steps(NOW)
    written = 0.0
    for step in steps:
        sparks = {
            id_: Spark(chosen.uniform(0, 100), chosen.randrange(10**9), chosen.randrange(10**9))
            for id_ in range(1, 1001)
        }
        with consumed(store) as used:
            store.write_sparks(step, sparks)
        written += used.written
    assert written / (60 * 1000) <= 0.001
    with consumed(store) as used:
        assert len(store.sparks(steps)) == len(steps)
    assert used.read <= 5  # and one for the head


def test_availability_of_1000_servers_for_30_days_costs_no_more_than_its_budget(store: WatchedStore) -> None:
    chosen = random.Random(1)  # noqa: S311 - chooses samples
    for day in range(DAY - 29, DAY + 1):
        start = day * MINUTES_A_DAY
        servers = {
            id_: DayCount(start, start + MINUTES_A_DAY, MINUTES_A_DAY - missed, start + MINUTES_A_DAY - 1)
            for id_ in range(1, 1001)
            for missed in [0 if chosen.random() < 0.9 else chosen.randrange(1440)]
        }
        assert store.write_availability(day, Day(start + MINUTES_A_DAY, servers, {}), None)
    with consumed(store) as used:
        assert len(store.availability(range(DAY - 29, DAY + 1))) == 30
    assert used.read <= 4  # and one for the head


def test_counting_a_minute_of_1000_servers_costs_no_more_than_its_budget(store: WatchedStore) -> None:
    """In the evening of a day on which one server in twenty was away for a time."""
    chosen = random.Random(1)  # noqa: S311 - chooses samples
    days: dict[int, Day] = {}
    for minute in range(START, START + MINUTES_A_DAY, 60):
        sightings = {
            id_: Sighting((minute - (chosen.randrange(500) if id_ % 20 == 0 else 1)) * MINUTE, 60)
            for id_ in range(1, 1001)
        }
        days |= watched(days, sightings, (minute + 1) * MINUTE)
    with consumed(store) as used:
        assert store.write_availability(DAY, days[DAY], None)
    assert used.written <= 1
