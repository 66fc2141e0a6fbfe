"""Whether ping points are lost or doubled when several writers send the same points at once, in random order."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks import sample_data
from benchmarks.capacity import NOW
from benchmarks.table import Row
from chalicelib.fleet.history import Recorded
from chalicelib.fleet.pings import Point, point
from chalicelib.fleet.ranges import Window
from chalicelib.storage import DynamoStore

WRITERS = 8
MONITORS = 3
MINUTES = 40
PROBES = 3
"""Each minute of a monitor is sent in this many versions. The one made from most probes must be kept."""

SERVER = 1


def rows() -> list[Row]:
    with sample_data.dynamodb() as url:
        store = sample_data.new_store(url)
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(partial(_write, url), range(WRITERS)))
        kept = Counter(_kept(store))
    expected = Counter(_of_most_probes())
    lost, doubled = expected - kept, kept - expected
    what = f"lost or doubled points, {WRITERS} writers, shuffled and repeated"
    return [Row(what, (lost + doubled).total(), f"of {expected.total()}", 0)]


def _write(url: str, writer: int) -> None:
    """Sends all points a few at a time, in this writer's own order and some of them twice; retries what failed."""
    chance = random.Random(writer)
    points = [_point(*one, probes) for one in _minutes() for probes in range(1, PROBES + 1)]
    points += chance.sample(points, len(points) // 3)
    chance.shuffle(points)
    store = sample_data.open_store(url)
    while points:
        some = points[: chance.randint(1, 30)]
        if not store.write_history({SERVER: Recorded(points=some)}, NOW):
            del points[: len(some)]


def _minutes() -> list[tuple[int, int]]:
    return [(id_, NOW - ago * 60) for id_ in range(1, MONITORS + 1) for ago in range(MINUTES)]


def _point(monitor_id: int, at: int, probes: int) -> Point:
    return point(monitor_id, at, monitor_id + probes / 8, probes, 0)


_Kept = tuple[int, int, str, int]


def _of_most_probes() -> list[_Kept]:
    return [(one.monitor_id, one.at, one.delay, one.up) for one in (_point(*minute, PROBES) for minute in _minutes())]


def _kept(store: DynamoStore) -> list[_Kept]:
    series = store.counted_series(SERVER, Window(NOW - MINUTES * 60, NOW, 60))
    return [
        (id_, at, delay, int(up))
        for id_, one in series.items()
        for at, delay, up in zip(one.minutes, one.delays, one.up, strict=True)
    ]
