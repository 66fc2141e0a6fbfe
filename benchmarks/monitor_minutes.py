"""The cost of counting today's availability of monitors."""

from benchmarks.capacity import NOW
from benchmarks.item_size import consumed
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.availability import MINUTE, Day, day_of
from chalicelib.fleet.monitor_minutes import KEPT_BACK_SECONDS, STEP, turns_of


def units(store: WatchedStore, servers: int) -> tuple[float, float]:
    """Read and write units of one turn, if every server has the pings of the first one.

    store: filled with these pings at NOW, and without availability.
    """
    assert store.write_availability(day_of(NOW), Day(NOW // MINUTE, {}, {}), None)
    turns = turns_of(range(servers))
    since = NOW - turns * STEP - KEPT_BACK_SECONDS
    with consumed(store) as one:
        store.count_probed([1], since, NOW)
    with consumed(store) as twice:
        store.count_probed([1, 1], since, NOW)
    with consumed(store) as again:
        store.count_probed([1], since, NOW)
    return one.read + (twice.read - again.read) * (servers / turns - 1), one.written
