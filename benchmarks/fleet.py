"""The cost of writing and reading sparklines and availability, which the watch writes for the whole fleet."""

import random
from collections.abc import Iterator
from functools import partial

from benchmarks import events, sample_data
from benchmarks.capacity import ROUND_TRIPS
from benchmarks.dashboard import ColdApp
from benchmarks.handler import cpu
from benchmarks.item_size import consumed
from benchmarks.table import Row
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.availability import DAYS, MINUTE, MINUTES_A_DAY, Day, DayCount, day_of
from chalicelib.fleet.states import State
from chalicelib.fleet.watch import Watch
from chalicelib.storage.records import encoded, record_of
from chalicelib.storage.states import SLOTS, StoredStates

SERVERS = 1000
MINUTES = 75
"""A little more than sparklines show."""

AWAY = 20
"""One server in this many is offline for part of the time."""

END = 1_795_444_200 // 3600 * 3600 + 3600 - MINUTE
PREFIX = "benchmark-fleet-"


def rows() -> Iterator[Row]:
    random.seed(1)
    with sample_data.dynamodb() as url:
        store = sample_data.new_store(url, PREFIX)
        sample_data.fill(store, servers=SERVERS, now=END)
        _store_past_days(store)
        read, written = _watched(store)
        yield Row(f"the watch of {SERVERS:,}, a server-minute", written, "WCU", 0.002, 0.001)
        yield Row(f"the watch of {SERVERS:,} beside all states and the head, a run", read, "RCU")
        dashboard = ColdApp(url, PREFIX, now=END)
        for what, event, must, reach in (
            (f"sparklines of {SERVERS:,}, with the head", events.SPARK, 6, 4.5),
            (f"availability of {SERVERS:,} on {DAYS} days, with the head", events.AVAILABILITY, 5, 2),
        ):
            dashboard.ask(event)
            yield Row(what, dashboard.cost(event).read, "RCU", must, reach)
            yield Row(f"{what.partition(' ')[0]}: {ROUND_TRIPS}", dashboard.round_trips(event), "", 1, 1)
            used = cpu(partial(dashboard.ask, event))
            yield Row(f"{what.removesuffix(', with the head')}: CPU of the handler", used, "units")


def _watched(store: WatchedStore) -> tuple[float, float]:
    """Read units of a run, and write units of a server-minute, while every server reports once a minute."""
    watch = Watch(store, MINUTE)
    read = written = 0.0
    for minute in range(MINUTES):
        now = END - (MINUTES - minute) * MINUTE
        view = store.view()
        assert len(view.fleet.by_id) == SERVERS
        with consumed(store) as used:
            watch.look(view, _states(now), now)
        read += used.read
        written += used.written
    return read / MINUTES, written / MINUTES / SERVERS


def _states(now: int) -> StoredStates:
    blocks: dict[int, dict[str, dict[str, str]]] = {}
    for id_ in range(1, SERVERS + 1):
        age = random.randrange(3600) if id_ % AWAY == 0 else random.randrange(MINUTE)
        # Traffic counters only grow, unless a host reboots.
        figures = sample_data.state_figures({"NetInTransfer": now * id_, "NetOutTransfer": now * id_ // 7})
        record = encoded(record_of(State(now - age, now - age, figures, others=sample_data.OTHERS)))
        blocks.setdefault(id_ // SLOTS, {"k": {"S": str(id_ // SLOTS)}})[str(id_ % SLOTS)] = {"B": record}
    return StoredStates(blocks.values())


def _store_past_days(store: WatchedStore) -> None:
    """Stores days as a rollup leaves them, for a fleet in which every tenth server misses some minutes of a day."""
    for day in range(day_of(END) - DAYS + 1, day_of(END)):
        first, end = day * MINUTES_A_DAY, (day + 1) * MINUTES_A_DAY
        servers = {
            id_: DayCount(first, end, MINUTES_A_DAY - (random.randrange(60) if random.random() < 0.1 else 0), end - 1)
            for id_ in range(1, SERVERS + 1)
        }
        assert store.write_availability(day, Day(end, servers, {}), None)
