"""DynamoDB removes what nobody needs any more, and nothing that a range, a rollup or a rule still reads."""

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.availability import MINUTES_A_DAY, Day
from chalicelib.fleet.cycle_totals import CycleCount
from chalicelib.fleet.rollup import DAY, PERIOD, WAIT
from chalicelib.fleet.sparks import STEP, Spark
from chalicelib.storage.series import kinds, reached
from chalicelib.storage.series.fleet_items import key_of
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.reached import Minutes
from chalicelib.storage.series.traffic_items import SLICES
from tests.storage.series.histories import MIDNIGHT
from tests.storage.series.test_rollup_job import BEFORE, done_up_to, job, write

TODAY = MIDNIGHT // DAY
HOUR = 3600


def expires(store: WatchedStore, place: int, server_id: int = kinds.FLEET) -> int | None:
    """After how many seconds from midnight on; None for never."""
    item = store.database.get(SeriesItem, {**key_of(place), "s": {"N": str(server_id)}})
    assert item, place
    return int(item["ttl"]["N"]) - MIDNIGHT if "ttl" in item else None


def test_late_marks_stay_as_long_as_minutes_that_arrive_with_them(store: WatchedStore) -> None:
    write(store, 1, MIDNIGHT - 60, now=MIDNIGHT + DAY)
    write(store, 1, MIDNIGHT - 120, now=MIDNIGHT + DAY + 300)
    assert expires(store, kinds.LATE, 1) == DAY + 300 + 8 * DAY


def test_what_the_watch_stores_expires(store: WatchedStore) -> None:
    store.write_sparks(MIDNIGHT, {1: Spark(1, 1, 1)})
    assert store.write_availability(TODAY, Day(TODAY * MINUTES_A_DAY, {}, {}), None)
    store.traffic.note(MIDNIGHT // 60, {1: (1, 1)})
    store.traffic.write_counted({1: CycleCount(MIDNIGHT, MIDNIGHT, (1, 1), None)})
    assert expires(store, kinds.SPARK + MIDNIGHT // STEP) == STEP + 2 * HOUR
    assert expires(store, kinds.AVAILABILITY + TODAY) == 32 * DAY
    assert expires(store, kinds.COUNTERS + MIDNIGHT // 60) == 2 * DAY
    assert expires(store, kinds.CYCLES) == 2 * DAY


def test_what_the_rollup_stores_of_the_fleet_expires(store: WatchedStore) -> None:
    done_up_to(store, BEFORE)
    write(store, 1, MIDNIGHT)
    job(store, MIDNIGHT + PERIOD + WAIT, servers=(1,)).run()
    reached.add(store.database, TODAY, {5: Minutes(1, 1)})
    assert expires(store, kinds.TRAFFIC + MIDNIGHT // PERIOD * SLICES) == PERIOD + 5 * 365 * DAY
    assert expires(store, kinds.REACHED + TODAY) == 11 * DAY
    assert expires(store, kinds.CURSOR) is None
