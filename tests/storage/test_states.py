"""The newest state of each server stays, whatever comes, in whichever order."""

import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.item_size import item_size
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.figures import V0_FIGURES
from chalicelib.fleet.limits import CLOCK_SET_BACK_SECONDS
from chalicelib.fleet.states import State, replaces
from chalicelib.storage.items import binary
from chalicelib.storage.states import SLOT_BYTES, SLOTS, StateItem
from tests.storage.samples import NOW, add_server, agent_state, state, together

TEMPERATURES = '[{"Name":"coretemp_core_0","Temperature":51.5}]'


on_fresh_blocks = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_blocks = itertools.count(1000)


def fresh_block() -> range:
    """The ids of a block that nobody wrote to."""
    first = next(_blocks) * SLOTS
    return range(first, first + SLOTS)


def stored(store: WatchedStore, ids: Any) -> dict[Any, Any]:
    found = store.states(ids)
    return {id_: found[id_] for id_ in ids if id_ in found}


def long_state(at: int = NOW, mark: int = 0) -> State:
    """One that no slot can hold."""
    return State(at, at, "0.12345678901234567," * (len(V0_FIGURES) - 1) + str(mark))


def largest_state(at: int = NOW, received: int = NOW) -> State:
    """One that fills a slot to the last half-byte."""
    count = len(V0_FIGURES)
    left = 2 * SLOT_BYTES - len(f"{at}16{received}") - count
    lengths = [left // count + (number < left % count) for number in range(count)]
    return State(at, received, ",".join("9" * length for length in lengths))


def put(store: WatchedStore, *states_by_id: Any) -> None:
    for states in states_by_id:
        assert store.write_states(states) == {}


@on_fresh_blocks
@given(
    batches=st.lists(
        st.dictionaries(
            st.integers(0, SLOTS - 1),
            st.tuples(st.integers(0, CLOCK_SET_BACK_SECONDS), st.integers(0, 9)),
            min_size=1,
            max_size=5,
        ),
        max_size=8,
    )
)
def test_batches_of_states_do_what_one_by_one_would(store: WatchedStore, batches: Any) -> None:
    ids = fresh_block()
    expected: dict[int, Any] = {}
    for batch in batches:
        states = {ids[slot]: state(NOW + after, mark=mark) for slot, (after, mark) in batch.items()}
        put(store, states)
        expected |= {id_: new for id_, new in states.items() if replaces(new, expected.get(id_))}
    assert stored(store, ids) == expected


@on_fresh_blocks
@given(
    measured=st.sets(
        st.tuples(st.integers(0, 3), st.integers(0, CLOCK_SET_BACK_SECONDS), st.sampled_from(["slot", "hot", "long"])),
        max_size=8,
    ).map(lambda found: {(slot, after): kind for slot, after, kind in found}),
    data=st.data(),
)
def test_the_newest_stays_in_any_order_with_and_without_an_own_item(
    store: WatchedStore, measured: Any, data: Any
) -> None:
    ids = fresh_block()
    make: dict[str, Callable[[int], State]] = {
        "slot": state,
        "long": long_state,
        "hot": lambda at: state(at, temperatures=TEMPERATURES),
    }
    states = [(ids[slot], make[kind](NOW + after)) for (slot, after), kind in measured.items()]
    again = data.draw(st.lists(st.sampled_from(states), max_size=5)) if states else []
    for id_, new in data.draw(st.permutations(states + again)):
        put(store, {id_: new})
    newest = {}
    for id_, new in sorted(states, key=lambda one: one[1].at):
        newest[id_] = new
    assert stored(store, ids) == newest


@pytest.mark.parametrize("temperatures", ["", TEMPERATURES])
def test_a_state_that_is_older_by_more_than_five_minutes_means_a_clock_set_back(
    store: WatchedStore, temperatures: str
) -> None:
    def one(at: int, received: int) -> State:
        return state(at, received=received, temperatures=temperatures)

    first, late, set_back = one(NOW, NOW), one(NOW - 300, NOW + 10), one(NOW - 301, NOW + 20)
    put(store, {1: first, 2: state()}, {1: late, 2: state(NOW + 1)})
    assert stored(store, [1, 2]) == {1: first, 2: state(NOW + 1)}
    put(store, {1: set_back, 2: state(NOW + 2)})
    assert stored(store, [1, 2]) == {1: set_back, 2: state(NOW + 2)}
    following = one(NOW - 290, NOW + 30)
    put(store, {1: following})
    assert stored(store, [1]) == {1: following}


def test_after_a_clock_set_back_the_state_from_before_never_comes_back(store: WatchedStore) -> None:
    put(store, {1: state(NOW, temperatures=TEMPERATURES)})
    for passed in (10, 100, 320):
        after = state(NOW - 400 + passed, received=NOW + passed)
        put(store, {1: after})
        assert stored(store, [1]) == {1: after}


def test_of_one_second_the_state_that_came_last_stays(store: WatchedStore) -> None:
    put(store, {1: state(mark=1)}, {1: state(mark=2)})
    assert stored(store, [1]) == {1: state(mark=2)}


@pytest.mark.parametrize("figure", ["0", "-0", "1e-7", "1.5e+21", "15.686274509819874", "18446744073709551615"])
def test_a_figure_is_kept_as_it_was_written(store: WatchedStore, figure: str) -> None:
    kept = replace(agent_state(1), figures=f"{figure},{agent_state(1).figures.partition(',')[2]}")
    put(store, {1: kept})
    assert stored(store, [1]) == {1: kept}


def test_slots_of_one_block_written_at_once_lose_nothing(store: WatchedStore) -> None:
    ids = fresh_block()

    def report(id_: Any) -> None:
        for after in range(8):
            put(store, {id_: state(NOW + after, mark=id_)})

    together(report, ids)
    assert stored(store, ids) == {id_: state(NOW + 7, mark=id_) for id_ in ids}


def test_whole_blocks_written_at_once_in_any_order_keep_the_newest(store: WatchedStore) -> None:
    ids = fresh_block()

    def report(seed: Any) -> None:
        order = [(id_, after) for id_ in ids for after in range(3)]
        random.Random(seed).shuffle(order)  # noqa: S311 - the same order in every run
        for start in range(0, len(order), 6):
            put(store, {id_: state(NOW + after) for id_, after in order[start : start + 6]})

    together(report, range(8))
    assert stored(store, ids) == dict.fromkeys(ids, state(NOW + 2))


def test_temperatures_come_and_go(store: WatchedStore) -> None:
    hot = state(NOW + 1, temperatures=TEMPERATURES)
    for new in (state(), hot, state(NOW + 2), replace(hot, at=NOW + 3), long_state(NOW + 4), state(NOW + 5)):
        put(store, {1: new})
        assert stored(store, [1]) == {1: new}


def test_a_state_as_long_as_limits_allow_is_kept(store: WatchedStore) -> None:
    sensors = ",".join(f'{{"Name":"{"温" * 64}","Temperature":{number}.123456789012345}}' for number in range(64))
    hot = replace(long_state(), temperatures=f"[{sensors}]")
    put(store, {1: hot, 2: state()})
    assert stored(store, [1, 2]) == {1: hot, 2: state()}


def test_a_full_block_of_the_largest_slots_stays_under_a_write_unit(store: WatchedStore) -> None:
    key = "9" * 9
    ids = range(int(key) * SLOTS, (int(key) + 1) * SLOTS)
    put(store, dict.fromkeys(ids, largest_state()))
    block = store.database.get(StateItem, {"k": {"S": key}})
    assert block
    assert {len(binary(value)) for name, value in block.items() if name != "k"} == {SLOT_BYTES}
    assert len(block) == SLOTS + 1
    assert item_size(block) < 1024
    assert stored(store, ids) == dict.fromkeys(ids, largest_state())


def test_what_exceeds_a_slot_by_one_digit_goes_to_an_own_item(store: WatchedStore) -> None:
    full = largest_state()
    put(store, {1: replace(full, figures=full.figures + "9")})
    assert store.database.get(StateItem, {"k": {"S": "0"}}) is None
    assert store.database.get(StateItem, {"k": {"S": "s1"}}) is not None


@pytest.mark.parametrize("before", [state(), state(temperatures=TEMPERATURES), None])
def test_states_of_a_deleted_server_stay_away_and_its_neighbours_live_on(
    store: WatchedStore, before: State | None
) -> None:
    first, gone, last = (add_server(store, name) for name in "abc")
    put(store, dict.fromkeys((first.id, last.id), state()) | ({gone.id: before} if before else {}))
    store.delete_server(gone, NOW)
    late = (
        state(),
        state(NOW + 60),
        state(NOW - 3600, received=NOW),
        state(NOW + 60, temperatures=TEMPERATURES),
        long_state(NOW + 60),
        long_state(NOW - 3600),
    )
    for after, new in enumerate(late):
        living = dict.fromkeys((first.id, last.id), state(NOW + after))
        put(store, {gone.id: new, **living}, {gone.id: new})
        assert stored(store, [first.id, gone.id, last.id]) == living
    assert gone.id not in store.states()


def test_states_of_few_servers_and_of_all_are_the_same(store: WatchedStore) -> None:
    ids = range(1, 60)
    put(store, {id_: agent_state(id_) for id_ in ids[::2]})
    put(store, {5: state(NOW + 1, temperatures=TEMPERATURES)})
    everything = store.states()
    assert everything.keys() == set(ids[::2])
    assert store.states(ids) == everything
    few = range(1, 11)
    assert stored(store, few) == {id_: everything[id_] for id_ in few if id_ in everything}


def test_intervals_of_many_states_are_those_of_each(store: WatchedStore) -> None:
    ids = list(fresh_block())
    others = ["", "60", "10", "7.5", "60,1.25", ",3", "300,,7", "60"]
    store.write_states({id_: replace(state(), others=one) for id_, one in zip(ids, others, strict=True)})
    found = store.states(ids)
    assert found.intervals(ids, 30) == [found[id_].interval(30) for id_ in ids] == [30, 60, 10, 7.5, 60, 30, 300, 60]
    assert ids[0] in found
    assert ids[0] + SLOTS not in found
