"""The simulation of DynamoDB's partitions keeps to DynamoDB's limits."""

import pytest

from benchmarks.partitions import READS, WRITES, KeyLoad, simulate


def even(units: float, keys: int = 1000) -> dict[str, KeyLoad]:
    return {str(key): KeyLoad(writes=units / keys) for key in range(keys)}


def test_what_a_table_is_made_for_is_not_refused() -> None:
    assert all(minute.refused == 0 for minute in simulate(even(3_000), 10))


def test_an_item_takes_a_partitions_units_and_no_more_however_long_it_waits() -> None:
    minutes = simulate({"hot": KeyLoad(writes=3 * WRITES), **even(100)}, 60)
    taken = minutes[-1].asked - minutes[-1].refused
    assert taken == pytest.approx(60 * (WRITES + 100), rel=0.01)


def test_reads_and_writes_have_limits_of_their_own() -> None:
    [minute] = simulate({"hot": KeyLoad(writes=WRITES * 0.8, reads=READS * 0.8)}, 1)
    assert minute.refused == 0
    [minute] = simulate({"hot": KeyLoad(reads=READS * 2)}, 1)
    assert minute.refused_share == pytest.approx(0.5, abs=0.01)


def test_a_table_is_split_until_it_bears_an_even_load() -> None:
    minutes = simulate(even(20_000), 60)
    assert minutes[0].refused_share == pytest.approx(0.8, abs=0.01)
    assert minutes[-1].refused == 0
    assert minutes[-1].partitions >= 20
    assert [minute.partitions for minute in minutes] == sorted(minute.partitions for minute in minutes)


def test_a_split_leaves_a_hot_item_alone_with_its_partition() -> None:
    hot = {"hot": KeyLoad(writes=WRITES * 0.99)}
    minutes = simulate(hot | even(1_000), 60)
    assert minutes[0].refused > 0
    assert minutes[-1].refused_share < 0.01


def test_a_table_with_partitions_enough_refuses_nothing_at_first() -> None:
    assert simulate(even(20_000), 1, partitions=64)[0].refused == 0


def test_the_same_seed_gives_the_same_minutes() -> None:
    assert simulate(even(5_000), 5, seed=7) == simulate(even(5_000), 5, seed=7) != simulate(even(5_000), 5, seed=8)
