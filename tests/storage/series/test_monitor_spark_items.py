"""Sparklines of monitors as they are stored."""

import pytest

from benchmarks.item_size import consumed
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.monitor_sparks import MonitorSpark

STEP = 1_800_000_000


def test_a_step_comes_back_to_within_a_part_of_a_percent_and_is_written_once(
    store: WatchedStore, reader: WatchedStore
) -> None:
    sparks = {1: MonitorSpark(0.02, None), 500: MonitorSpark(30_000.0, 12.34), 7: MonitorSpark(None, None)}
    store.write_monitor_sparks(STEP, sparks)
    store.write_monitor_sparks(STEP, {1: MonitorSpark(5.0, 5.0)})
    (found,) = reader.monitor_sparks(range(STEP, STEP + 300, 300), 0).values()
    assert found.keys() == sparks.keys()
    assert found[7] == MonitorSpark(None, None)
    assert found[1].latency == pytest.approx(0.02, rel=0.005)
    assert found[1].public is None
    assert [found[500].latency, found[500].public] == [
        pytest.approx(30_000, rel=0.005),
        pytest.approx(12.34, rel=0.005),
    ]


def test_an_hour_is_read_once_a_minute_and_costs_little(store: WatchedStore) -> None:
    steps = range(STEP, STEP + 3600, 300)
    for step in steps:
        sparks = {id_: MonitorSpark(step % 7 + id_ * 1.37, step % 11 + id_ * 0.71) for id_ in range(1, 501)}
        with consumed(store) as used:
            store.write_monitor_sparks(step, sparks)
        assert used.written <= 3
    with consumed(store) as used:
        assert len(store.monitor_sparks(steps, 1)) == 12
        assert len(store.monitor_sparks(steps, 1)) == 12
    assert (used.calls, used.read <= 8) == (1, True)
