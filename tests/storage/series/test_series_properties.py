"""Whatever the order, split and repetition of what was sent: readers see what a plain dictionary would hold."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count, pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.history import Minute, Recorded, minute
from chalicelib.fleet.pings import Point, point
from chalicelib.fleet.ranges import Window
from chalicelib.storage.series import late, recent
from chalicelib.storage.series.kinds import PERIOD

NEW_YEAR = 1_798_761_600
"""The first second of 2027, UTC: the end of an item, of a period, a day, a month and a year."""

AWAY = [-366 * 86_400, -86_400, -PERIOD, 0, PERIOD]
TIMES = [NEW_YEAR + away + offset * 60 for away in AWAY for offset in (-11, -6, -5, -2, -1, 0, 1, 4, 5, 9, 10)]

servers = count(1)

times = st.sampled_from(TIMES)
samples = st.integers(1, 4)
figures = st.fixed_dictionaries(
    {"samples": samples},
    optional={
        "CPU": st.floats(0, 100),
        "MemUsed": st.integers(0, 2**40),
        "NetIn": st.integers(0, 2**40),
        "Temperature": st.floats(-50, 90),
    },
)
sent_minutes = st.builds(minute, times, figures)
sent_points = st.builds(point, st.sampled_from((1, 2, 9)), times, st.floats(0.001, 900), samples, st.integers(0, 2))
windows = st.tuples(times, times).map(lambda pair: Window(min(pair), max(pair) + 59, 60))


def only_best(sent: Iterable[Any]) -> list[Any]:
    """One of each minute and number of samples or probes: of equals the first stays, so their order would count."""
    best: dict[Any, Any] = {}
    for one in sent:
        weight = one.samples if isinstance(one, Minute) else (one.monitor_id, one.up + one.down)
        best.setdefault((type(one), one.at, weight), one)
    return list(best.values())


def split(sent: Sequence[Any], cuts: Iterable[int]) -> list[Recorded]:
    edges = sorted({0, len(sent), *(cut % (len(sent) + 1) for cut in cuts)})
    parts = [sent[first:last] for first, last in pairwise(edges)]
    return [
        Recorded([one for one in part if isinstance(one, Minute)], [one for one in part if isinstance(one, Point)])
        for part in parts
    ]


def shown_minutes(sent: Iterable[Any], window: Window) -> list[tuple[int, tuple[str, ...]]]:
    kept: dict[int, Minute] = {}
    for one in sent:
        if isinstance(one, Minute) and (one.at not in kept or one.samples > kept[one.at].samples):
            kept[one.at] = one
    return [(at, one.values) for at, one in sorted(kept.items()) if window.since <= at <= window.until]


def shown_points(sent: Iterable[Any], window: Window) -> dict[int, list[tuple[int, str, str, str]]]:
    kept: dict[tuple[int, int], Point] = {}
    for one in sent:
        key = (one.monitor_id, one.at) if isinstance(one, Point) else None
        if key and (key not in kept or one.up + one.down > kept[key].up + kept[key].down):
            kept[key] = one
    shown: dict[int, list[tuple[int, str, str, str]]] = {}
    for (id_, at), one in sorted(kept.items()):
        if window.since <= at <= window.until:
            shown.setdefault(id_, []).append((at, one.delay, str(one.up), str(one.down)))
    return shown


def late_writes(parts: Iterable[Recorded], now: float) -> Mapping[int, int]:
    """How many of the writes brought something late, by period."""
    marks: Counter[int] = Counter()
    for part in parts:
        ats = [one.at for one in part.minutes] + [one.at for one in part.points]
        marks.update({late.period_of(at) for at in ats if now > (at // PERIOD + 1) * PERIOD + 600})
    return marks


@settings(max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), sent=st.lists(sent_minutes | sent_points, min_size=1, max_size=14), window=windows)
def test_readers_see_what_a_plain_dictionary_holds(store: WatchedStore, data: Any, sent: Any, window: Window) -> None:
    server_id = next(servers)
    chosen = only_best(sent)
    arriving = data.draw(st.permutations(chosen + data.draw(st.lists(st.sampled_from(chosen), max_size=6))))
    parts = split(arriving, data.draw(st.lists(st.integers(0, 20), max_size=3)))
    now = NEW_YEAR + data.draw(st.sampled_from((0, 599, 601, PERIOD + 601)))
    stores = [store, store.another()]
    for number, part in enumerate(parts):
        assert stores[number % 2].write_history({server_id: part}, now) == {}
    found = store.history(server_id, window)
    rows = list(zip(*(column.split(",") for column in found.columns), strict=True)) if found.times else []
    assert list(zip(found.times, rows, strict=True)) == shown_minutes(chosen, window)
    series = store.counted_series(server_id, window)
    assert {
        id_: list(zip(one.minutes, one.delays, one.up, one.down, strict=True)) for id_, one in series.items()
    } == shown_points(chosen, window)
    assert {id_: one.minutes for id_, one in store.series(server_id, window).items()} == {
        id_: one.minutes for id_, one in series.items()
    }
    assert recent.read(store.database, server_id, 0, consistent=True).marks == late_writes(parts, now)
