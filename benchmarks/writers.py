"""Whether minutes and ping points are lost or doubled when several writers send the same at once, in random order."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks import sample_data
from benchmarks.capacity import NOW
from benchmarks.table import Row
from chalicelib.fleet.history import Minute, Recorded, minute
from chalicelib.fleet.pings import Point, point
from chalicelib.fleet.ranges import Window
from chalicelib.storage import DynamoStore

WRITERS = 8
MONITORS = 3
MINUTES = 40
PROBES = 3
"""Each minute and point is sent in this many versions. The one made from most samples or probes must be kept."""

SERVER = 1


def rows() -> list[Row]:
    with sample_data.dynamodb() as url:
        store = sample_data.new_store(url)
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(partial(_write, url), range(WRITERS)))
        kept = Counter(_kept(store))
    expected = Counter(_version(PROBES))
    lost, doubled = expected - kept, kept - expected
    what = f"lost or doubled minutes and points, {WRITERS} writers, shuffled and repeated"
    return [Row(what, (lost + doubled).total(), f"of {expected.total()}", 0)]


def _write(url: str, writer: int) -> None:
    """Sends everything a few at a time, in this writer's own order and some of it twice; retries what failed."""
    chance = random.Random(writer)
    sent = _everything()
    sent += chance.sample(sent, len(sent) // 3)
    chance.shuffle(sent)
    store = sample_data.open_store(url)
    while sent:
        some = sent[: chance.randint(1, 30)]
        minutes = [one for one in some if isinstance(one, Minute)]
        points = [one for one in some if isinstance(one, Point)]
        if not store.write_history({SERVER: Recorded(minutes, points)}, NOW):
            del sent[: len(some)]


def _everything() -> list[Minute | Point]:
    return [one for number in range(1, PROBES + 1) for one in _version(number)]


def _version(probes: int) -> list[Minute | Point]:
    """Every minute and point, made from this many samples or probes."""
    points = [point(id_, at, id_ + probes / 8, probes, 0) for id_ in range(1, MONITORS + 1) for at in _TIMES]
    return [*(minute(at, {"samples": probes, "CPU": probes}) for at in _TIMES), *points]


_TIMES = [NOW - ago * 60 for ago in range(MINUTES)]


def _kept(store: DynamoStore) -> list[Minute | Point]:
    window = Window(NOW - MINUTES * 60, NOW, 60)
    figures = store.history(SERVER, window)
    rows = zip(*(column.split(",") for column in figures.columns), strict=True)
    points = [
        Point(id_, *values)
        for id_, one in store.counted_series(SERVER, window).items()
        for values in zip(one.minutes, one.delays, map(int, one.up), map(int, one.down), strict=True)
    ]
    return [*map(Minute, figures.times, rows), *points]
