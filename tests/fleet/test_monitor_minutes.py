"""Whose points the watch reads for today's availability of monitors, and when."""

from collections.abc import Sequence

import pytest

from chalicelib.fleet.errors import Throttled
from chalicelib.fleet.monitor_minutes import KEPT_BACK_SECONDS, MOST_TURNS, STEP, MonitorMinutes
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.servers import Server
from tests.fleet.memory_store import MemoryStore

MIDNIGHT = 1_795_392_000
NOON = MIDNIGHT + 43_200


def store_of(servers: int, monitors: Sequence[Monitor] = (Monitor(1, "a", "icmp", "192.0.2.1"),)) -> MemoryStore:
    return MemoryStore(
        all_servers={id_: Server(id_) for id_ in range(1, servers + 1)},
        all_monitors={one.id: one for one in monitors},
    )


def looked(store: MemoryStore, times: Sequence[int]) -> list[list[int]]:
    watch = MonitorMinutes(store)
    for now in times:
        watch.look(store.view(), now)
    return [ids for ids, _, _ in store.probed]


@pytest.mark.parametrize(("servers", "turns"), [(1, 1), (10, 1), (11, 2), (30, 3), (1000, MOST_TURNS)])
def test_every_server_has_its_turn_within_an_hour(servers: int, turns: int) -> None:
    store = store_of(servers)
    read = looked(store, range(NOON, NOON + turns * STEP, STEP))
    assert sorted(id_ for ids in read for id_ in ids) == [*range(1, servers + 1)]
    # Its next turn begins before what it was read up to, so that no minute is left out.
    assert all(until - since == turns * STEP + KEPT_BACK_SECONDS for _, since, until in store.probed)


def test_a_step_is_counted_once() -> None:
    assert looked(store_of(3), [NOON, NOON + 60, NOON + 299]) == [[1, 2, 3]]


def test_the_first_minutes_of_a_day_leave_the_day_before_alone() -> None:
    store = store_of(3)
    looked(store, [MIDNIGHT + 60])
    assert store.probed == [([1, 2, 3], MIDNIGHT, MIDNIGHT + 60)]


def test_servers_that_probe_nothing_are_not_read() -> None:
    assert looked(store_of(3, ()), [NOON]) == []
    only = Monitor(1, "a", "icmp", "192.0.2.1", cover="only", servers=frozenset({2}))
    assert looked(store_of(3, (only,)), [NOON]) == [[2]]


def test_a_table_that_refuses_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_of(3)

    def refuse(*_: object) -> None:
        raise Throttled

    monkeypatch.setattr(store, "count_probed", refuse)
    assert looked(store, [NOON]) == []
