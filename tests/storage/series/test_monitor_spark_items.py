"""Sparklines of monitors as they are stored."""

import pytest

from benchmarks.item_size import consumed
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.monitor_sparks import CURVES, MonitorSpark
from chalicelib.fleet.sparks import STEP

START = 1_800_000_000


def test_a_step_comes_back_to_within_a_part_of_a_percent_and_is_written_once(
    store: WatchedStore, reader: WatchedStore
) -> None:
    sparks = {1: MonitorSpark(0.02, None), 500: MonitorSpark(30_000.0, 12.34), 7: MonitorSpark(None, None)}
    store.write_monitor_sparks(START, sparks, STEP)
    store.write_monitor_sparks(START, {1: MonitorSpark(5.0, 5.0)}, STEP)
    (found,) = reader.monitor_sparks(range(START, START + STEP, STEP), 0).values()
    assert found.keys() == sparks.keys()
    assert found[7] == MonitorSpark(None, None)
    assert found[1].latency == pytest.approx(0.02, rel=0.005)
    assert found[1].public is None
    assert [found[500].latency, found[500].public] == [
        pytest.approx(30_000, rel=0.005),
        pytest.approx(12.34, rel=0.005),
    ]


def test_an_hour_is_read_once_a_minute_and_costs_little(store: WatchedStore) -> None:
    steps = range(START, START + 3600, STEP)
    for step in steps:
        sparks = {id_: MonitorSpark(step % 7 + id_ * 1.37, step % 11 + id_ * 0.71) for id_ in range(1, 501)}
        with consumed(store) as used:
            store.write_monitor_sparks(step, sparks, STEP)
        assert used.written <= 3
    with consumed(store) as used:
        assert len(store.monitor_sparks(steps, 1)) == 12
        assert len(store.monitor_sparks(steps, 1)) == 12
    assert (used.calls, used.read <= 8) == (1, True)


def test_steps_of_each_length_are_kept_apart(store: WatchedStore, reader: WatchedStore) -> None:
    lengths = [(curve.step, curve.steps) for curve in CURVES.values()]
    for place, (seconds, _) in enumerate(lengths):
        store.write_monitor_sparks(START // seconds * seconds, {1: MonitorSpark(10.0 * (place + 1), None)}, seconds)
    for place, (seconds, count) in enumerate(lengths):
        end = (START // seconds + 1) * seconds
        ((start, found),) = reader.monitor_sparks(range(end - count * seconds, end, seconds), 0).items()
        assert start == START // seconds * seconds
        assert found[1].latency == pytest.approx(10 * (place + 1), rel=0.005)


@pytest.mark.parametrize(("count", "limits"), [(10, (1, 2, 2)), (500, (8, 18, 19))])
def test_a_longer_range_costs_little(store: WatchedStore, count: int, limits: tuple[int, ...]) -> None:
    for name, most in zip(("24h", "7d", "30d"), limits, strict=True):
        curve = CURVES[name]
        steps = range(0, curve.steps * curve.step, curve.step)
        for step in steps:
            values = {id_: MonitorSpark(step % 7 + id_ * 1.37, step % 11 + id_ * 0.71) for id_ in range(1, count + 1)}
            store.write_monitor_sparks(step, values, curve.step)
        with consumed(store) as used:
            assert len(store.monitor_sparks(steps, 1)) == curve.steps
        assert (used.calls, used.read <= most) == (1, True), (name, used.read)
