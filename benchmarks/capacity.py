"""Capacity units of the calls that the store really makes, on an embedded DynamoDB, by DynamoDB's accounting."""

import random
import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks import sample_data
from benchmarks.item_size import consumed
from benchmarks.table import Row
from benchmarks.watched_store import MovableClock, WatchedStore
from chalicelib.fleet.limits import REPORTS
from chalicelib.fleet.pings import Point, point
from chalicelib.fleet.servers import Facts
from chalicelib.fleet.states import State
from chalicelib.fleet.tokens import hash_of

SERVERS = 1000
MONITORS = 10
FLUSH_MINUTES = 5
"""How many minutes of points a sender keeps back to send them at once."""

NOW = 1_795_444_200


def rows() -> list[Row]:
    random.seed(1)
    with sample_data.dynamodb() as url:
        store = sample_data.new_store(url)
        sample_data.fill(store, servers=SERVERS, monitors=MONITORS, now=NOW)
        whole_fleet = f"list or details of {SERVERS:,}"
        return [
            Row(f"{whole_fleet}, first", fleet_read(store), "RCU", 160, 70),
            Row(f"{whole_fleet}, warm", fleet_read(store), "RCU", 22, 17),
            Row(f"{whole_fleet}, warm, after one host changed", _changed_fleet_read(store, url), "RCU", 40, 25),
            Row("a state, sent alone", states_written(store, range(7, 8)), "WCU", 1),
            Row("a state, 100 neighbours in a request", _batch_written(store), "WCU", 0.25, 0.13),
            Row("a report, for finding its secret, warm", _secrets_read(store), "RCU", 0.1),
            Row("a ping point, a minute at a time", _point_written(store, 2, 1), "WCU", 0.10, 0.02),
            Row(
                f"a ping point, {FLUSH_MINUTES} minutes at a time",
                _point_written(store, 3, FLUSH_MINUTES),
                "WCU",
                0.10,
                0.02,
            ),
            Row("a day of 10 monitors' points", series_read(store), "RCU", 13, 8),
        ]


def fleet_read(store: WatchedStore) -> float:
    """Read units of every server with its state."""
    return read(store, lambda: (store.view().fleet, store.states(None)))


def _changed_fleet_read(store: WatchedStore, url: str) -> float:
    sample_data.open_store(url).write_facts({500: Facts(host='["debian","13.1"]')})
    return fleet_read(store)


def _batch_written(store: WatchedStore) -> float:
    """The dearest of batches that begin at a block's first, fifth and last server."""
    return max(states_written(store, range(first, first + REPORTS)) for first in (1, 5, 8)) / REPORTS


def states_written(store: WatchedStore, ids: Sequence[int]) -> float:
    """Write units of a later state of each of these servers, in one request."""
    later = int(time.time())
    states = {id_: State(later, later, sample_data.state_figures()) for id_ in ids}
    return written(store, [lambda: store.write_states(states)])


def _secrets_read(store: WatchedStore) -> float:
    """Read units a report, of 1,000 reports within 60 s that 100 agents send each by itself to one warm process."""
    store = store.another(clock=MovableClock(runs=False))
    hashes = [hash_of(sample_data.secret(number)) for number in range(1, 101)]
    units = 0.0
    store.server_ids(hashes)
    for hash_ in hashes * 10:
        store.clock.skip(0.06)
        units += read(store, lambda wanted=hash_: store.server_ids([wanted]))
    return units / (len(hashes) * 10)


def _point_written(store: WatchedStore, server_id: int, minutes: int) -> float:
    return points_written(store, server_id, minutes=minutes) / MONITORS


def points_written(store: WatchedStore, server_id: int, *, minutes: int) -> float:
    """Write units of a server's points of a minute, when so many minutes are sent at once."""
    times = range(NOW // 3600 * 3600, NOW // 3600 * 3600 + 3600, 60)
    flushes = [times[start : start + minutes] for start in range(0, 60, minutes)]
    return written(store, [lambda at=flush: store.write_points({server_id: _points(at)}) for flush in flushes]) / 60


def _points(minutes: Sequence[int]) -> list[Point]:
    return [point(id_, at, random.uniform(1, 300), 2, 0) for at in minutes for id_ in range(1, MONITORS + 1)]


def series_read(store: WatchedStore) -> float:
    """Read units of the first server's points of a day."""
    return read(store, lambda: store.series(1, NOW - sample_data.MINUTES_A_DAY * 60, NOW))


def read(store: WatchedStore, call: Callable[[], object]) -> float:
    """Read units of a call."""
    with consumed(store) as used:
        call()
    return used.read


def written(store: WatchedStore, writes: Sequence[Callable[[], Mapping[int, object]]]) -> float:
    """Write units of some writes, none of which fails."""
    with consumed(store) as used:
        for write in writes:
            assert not write()
    return used.written
