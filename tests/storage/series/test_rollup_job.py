"""Runs of the rollup: when they work, where they stop, and what they leave behind."""

from collections.abc import Iterator
from contextlib import suppress
from threading import Lock

import pytest

from benchmarks.watched_store import MovableClock, Parameters, Send, WatchedStore
from chalicelib.fleet.errors import Throttled
from chalicelib.fleet.rollup import DAY, DAYS, HOURS, PERIOD, SLICE, TEN_MINUTES, WAIT, Busy
from chalicelib.storage.calls import Database
from chalicelib.storage.dump import JsonItem
from chalicelib.storage.failures import CallRefused
from chalicelib.storage.series import kinds, progress, tiers
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.kinds import SPAN
from chalicelib.storage.series.measures import DELAYS, FIGURES
from chalicelib.storage.series.rollup_job import RollupJob
from tests.storage.series.histories import MIDNIGHT, NOON, recorded, sums_of
from tests.support.dynamodb import empty

BEFORE = MIDNIGHT // PERIOD - 1

ALL = (1, 2, SLICE, 5 * SLICE + 3)
DUE = NOON + WAIT
"""When the period from midnight to noon can be rolled up."""


def job(
    store: WatchedStore,
    now: int = DUE,
    seconds: float = 60,
    servers: tuple[int, ...] = ALL,
    calls_clock: MovableClock | None = None,
) -> RollupJob:
    database = Database(store.prefix, store.calls, calls_clock or store.clock)
    return RollupJob(database, lambda: servers, store.clock, now, seconds)


class PauselessClock(MovableClock):
    """Skips pauses. On a clock that advances with each pause, threads would use up each other's time."""

    def sleep(self, seconds: float, /) -> None:
        pass


def done_up_to(store: WatchedStore, period: int) -> None:
    """As if everything up to this period had been rolled up."""
    progress.begin(store.database, 0)
    progress.move(store.database, 0, 0, progress.to_period(period))
    progress.end(store.database, 0)


def write(store: WatchedStore, server_id: int, at: int, number: int = 1000, now: int | None = None) -> None:
    """A minute, received when it ended."""
    assert not store.write_history({server_id: recorded(at, number)}, at + 60 if now is None else now)


def places(store: WatchedStore, server_id: int) -> list[int]:
    items = store.database.query(SeriesItem, SeriesItem.series == server_id)
    return [int(item["p"]["N"]) for item in items]


class Calls:
    """Counts calls by operation; `after` is called after each."""

    def __init__(self) -> None:
        self.made: list[tuple[str, Parameters]] = []

    def __call__(self, send: Send, operation: str, parameters: Parameters) -> Parameters:
        self.made.append((operation, parameters))
        return send(operation, parameters)


@pytest.fixture
def calls(store: WatchedStore) -> Iterator[Calls]:
    counted = Calls()
    with store.calls.around(counted):
        yield counted


def test_a_run_with_nothing_due_reads_one_item(store: WatchedStore, calls: Calls) -> None:
    assert job(store).run().periods > 0
    calls.made.clear()
    done = job(store).run()
    assert (done.periods, done.servers, done.left) == (0, 0, False)
    assert [operation for operation, _ in calls.made] == ["GetItem"]


def test_a_run_goes_on_where_the_last_one_was_cut(store: WatchedStore, calls: Calls) -> None:
    done_up_to(store, BEFORE)
    for id_ in ALL:
        write(store, id_, MIDNIGHT)
    runs = []
    for _ in range(6):
        calls.made.clear()
        with store.calls.around(_clock_after_each_query(store)):
            runs.append(job(store, seconds=5).run())
    assert [(one.servers, one.periods, one.left) for one in runs] == [
        (2, 0, True),
        (1, 0, True),
        (1, 1, False),
        (0, 0, False),
        (0, 0, False),
        (0, 0, False),
    ]
    assert all(kinds.TEN_MINUTES + MIDNIGHT // PERIOD in places(store, id_) for id_ in ALL)


def _clock_after_each_query(store: WatchedStore) -> Calls:
    class Slow(Calls):
        def __call__(self, send: Send, operation: str, parameters: Parameters) -> Parameters:
            if operation == "BatchGetItem" and str(kinds.LATE) in str(parameters):  # once for each slice
                store.clock.skip(6)
            return super().__call__(send, operation, parameters)

    return Slow()


def test_only_one_run_works_at_a_time(store: WatchedStore) -> None:
    done_up_to(store, BEFORE)
    held = int(DUE)
    progress.begin(store.database, held)
    with pytest.raises(Busy):
        job(store).run()
    with pytest.raises(Busy):
        job(store).run_again(range(1))
    progress.end(store.database, held)
    assert job(store).run().periods > 0


def test_a_dead_run_keeps_others_out_for_three_minutes_only(store: WatchedStore) -> None:
    done_up_to(store, BEFORE)
    progress.begin(store.database, int(DUE))
    with pytest.raises(Busy):
        job(store, DUE + progress.LEASE_SECONDS - 1).run()
    assert job(store, DUE + progress.LEASE_SECONDS).run().periods > 0


def test_a_run_that_was_overtaken_stops(store: WatchedStore) -> None:
    overtaken = 0

    def overtake(send: Send, operation: str, parameters: Parameters) -> Parameters:
        nonlocal overtaken
        if operation == "BatchGetItem" and not overtaken:
            overtaken += 1
            store.clock.skip(progress.LEASE_SECONDS + 1)
            progress.begin(store.database, int(DUE) + progress.LEASE_SECONDS + 1)
        return send(operation, parameters)

    with store.calls.around(overtake), pytest.raises(Busy):
        job(store, seconds=10_000).run()
    assert overtaken == 1
    assert progress.read(store.database).next_slice == 0
    with pytest.raises(Busy):  # the other one's lease was not ended
        job(store, DUE + progress.LEASE_SECONDS + 2).run()


class Died(Exception):
    """What ends a run in the middle."""


@pytest.mark.parametrize("operation", ["PutItem", "BatchWriteItem", "UpdateItem"])
def test_what_a_dead_run_had_begun_is_done_by_the_next_one(store: WatchedStore, operation: str) -> None:
    """It dies at a write of its second slice. Before noon, UpdateItem writes only the cursor."""
    done_up_to(store, BEFORE)
    for id_ in ALL:
        write(store, id_, MIDNIGHT)
    slices_begun = 0

    def die(send: Send, called: str, parameters: Parameters) -> Parameters:
        nonlocal slices_begun
        slices_begun += called == "BatchGetItem" and str(kinds.LATE) in str(parameters)
        if slices_begun == 2 and called == operation:
            raise Died
        return send(called, parameters)

    with store.calls.around(die), pytest.raises(Died):
        job(store).run()
    assert progress.read(store.database).next_slice == 1
    done = job(store, DUE + progress.LEASE_SECONDS).run()
    assert (done.servers, done.periods, done.left) == (2, 1, False)
    assert all(kinds.TEN_MINUTES + MIDNIGHT // PERIOD in places(store, id_) for id_ in ALL)


def test_a_run_that_dies_at_any_write_leaves_to_the_next_one_what_it_would_have_stored(store: WatchedStore) -> None:
    """Also of a day that is over and got a minute late, which only its ten-minutes tell to be done."""
    writes = _with_a_late_minute(store, dies_at=None)
    undisturbed = _stored(store)
    assert writes > 8
    for number in range(1, writes + 1):
        empty(store.database)
        assert _with_a_late_minute(store, dies_at=number) == number
        job(store, DUE + progress.LEASE_SECONDS, servers=(1,)).run()
        assert _stored(store) == undisturbed, number


def _with_a_late_minute(store: WatchedStore, dies_at: int | None) -> int:
    """A run that rolls up a period, and an earlier one again. Returns the number of its writes."""
    done_up_to(store, BEFORE - 1)
    write(store, 1, MIDNIGHT - PERIOD)
    job(store, MIDNIGHT + WAIT, servers=(1,)).run()
    write(store, 1, MIDNIGHT - 60, number=2000, now=MIDNIGHT + WAIT + 60)
    write(store, 1, MIDNIGHT)
    writes = 0

    def die(send: Send, operation: str, parameters: Parameters) -> Parameters:
        nonlocal writes
        if operation in ("PutItem", "UpdateItem", "BatchWriteItem"):
            writes += writes != dies_at
            if writes == dies_at:
                raise Died
        return send(operation, parameters)

    with store.calls.around(die), suppress(Died):
        job(store, servers=(1,)).run()
    return writes


def _stored(store: WatchedStore) -> dict[tuple[str, str], JsonItem]:
    """Everything but how far the rollup came."""
    items = (item for table, item in store.dump.items() if table == "series")
    found = {(item["s"]["N"], item["p"]["N"]): item for item in items}
    return {key: item for key, item in found.items() if key != (str(kinds.FLEET), str(kinds.CURSOR))}


def test_a_slice_that_appears_in_a_later_period_is_not_taken_for_done(store: WatchedStore) -> None:
    """The place where a run stopped counts for its period only."""
    done_up_to(store, BEFORE)
    with store.calls.around(_clock_after_each_query(store)):
        assert job(store, seconds=11).run().servers == 3
    write(store, 1, NOON)
    later = DUE + 9 * DAY  # the period in which it stopped is over, and its minutes are gone
    job(store, later, servers=ALL).run()
    assert progress.read(store.database).done == (MIDNIGHT + 9 * DAY) // PERIOD


def test_late_minutes_are_rolled_up_by_the_next_run(store: WatchedStore) -> None:
    done_up_to(store, BEFORE)
    write(store, 1, MIDNIGHT)
    job(store).run()
    write(store, 1, MIDNIGHT + 60, number=2000, now=DUE + 60)
    write(store, 1, NOON)
    job(store, DUE + PERIOD).run()
    found = tiers.read(store.database, FIGURES, 1, MIDNIGHT, DUE + PERIOD, DAYS)
    assert sums_of(found)[MIDNIGHT][0] == 3
    with store.calls.around(counted := Calls()):
        reader = Database(store.prefix, store.calls, store.clock)
        for tier in (TEN_MINUTES, HOURS, DAYS):
            tiers.read(reader, FIGURES, 1, MIDNIGHT, DUE + PERIOD, tier)
            tiers.read(reader, DELAYS, 1, MIDNIGHT, DUE + PERIOD, tier)
    # Two Queries for a range in ten-minutes or hours, three for one in days: no minutes are read again.
    assert len(counted.made) == 2 * (2 + 2 + 3)


def test_a_minute_that_arrives_while_its_period_is_rolled_up_again_is_shown(store: WatchedStore) -> None:
    done_up_to(store, BEFORE)
    write(store, 1, MIDNIGHT)
    job(store).run()
    write(store, 1, MIDNIGHT + 60, now=DUE + 60)
    period = {"N": str(MIDNIGHT // SPAN)}
    writer, arrived = store.another(), 0

    def arrive(send: Send, operation: str, parameters: Parameters) -> Parameters:
        nonlocal arrived
        answer = send(operation, parameters)
        if operation == "Query" and period in parameters["ExpressionAttributeValues"].values():
            arrived += 1
            write(writer, 1, MIDNIGHT + 120, now=DUE + PERIOD)
        return answer

    with store.calls.around(arrive):
        job(store, DUE + PERIOD).run()
    assert arrived == 1
    for later in (0, PERIOD):
        for tier in (TEN_MINUTES, HOURS, DAYS):
            found = tiers.read(store.database, FIGURES, 1, MIDNIGHT, DUE + PERIOD + later, tier)
            assert sums_of(found)[MIDNIGHT][0] == 3
        job(store, DUE + PERIOD + later).run()


def test_minutes_that_are_rolled_up_are_not_read_for_want_of_monitors(store: WatchedStore) -> None:
    done_up_to(store, BEFORE)
    write(store, 1, MIDNIGHT, number=3000)
    job(store).run()
    with store.calls.around(counted := Calls()):
        reader = Database(store.prefix, store.calls, store.clock)
        assert tiers.read(reader, DELAYS, 1, MIDNIGHT, DUE, TEN_MINUTES) == {}
    assert len(counted.made) == 2


def test_a_run_waits_for_capacity(store: WatchedStore) -> None:
    done_up_to(store, BEFORE)
    write(store, 1, MIDNIGHT)
    store.clock = MovableClock(runs=False)
    refused = 0

    def throttle(send: Send, operation: str, parameters: Parameters) -> Parameters:
        nonlocal refused
        if operation == "BatchWriteItem" and store.clock.monotonic() < 30:
            refused += 1
            raise CallRefused("ProvisionedThroughputExceededException", 400, {})
        return send(operation, parameters)

    with store.calls.around(throttle):
        assert job(store).run().periods > 0
    assert refused
    store.clock = MovableClock(runs=False)
    with store.calls.around(throttle), pytest.raises(Throttled):
        job(store, seconds=20).run_again(range(MIDNIGHT // PERIOD, MIDNIGHT // PERIOD + 1))


def test_a_table_of_few_units_is_rolled_up_in_some_runs(store: WatchedStore) -> None:
    """It answers two reads a second, and what is asked sooner in vain: a slice needs many times as many at once."""
    done_up_to(store, BEFORE)
    write(store, 1, MIDNIGHT)
    clock = store.clock = MovableClock(runs=False)
    units, at = 0.0, 0.0
    lock = Lock()

    def throttle(send: Send, operation: str, parameters: Parameters) -> Parameters:
        nonlocal units, at
        if operation in ("Query", "BatchGetItem"):
            with lock:
                units, at = min(600, units + 2 * (clock.monotonic() - at)), clock.monotonic()
                if units < 1:
                    raise CallRefused("ProvisionedThroughputExceededException", 400, {})
                units -= 1
        return send(operation, parameters)

    runs = 0
    with store.calls.around(throttle):
        while job(store, DUE + int(clock.monotonic()), 480, tuple(range(1, 4 * SLICE)), PauselessClock()).run().left:
            runs += 1
            clock.skip(600 - clock.monotonic() % 600)
            assert runs < 5
    assert progress.read(store.database).done == MIDNIGHT // PERIOD
    assert tiers.read(store.database, DELAYS, 1, MIDNIGHT, DUE, TEN_MINUTES)


def test_an_empty_period_leaves_nothing(store: WatchedStore) -> None:
    job(store).run()
    assert places(store, 1) == []


def test_tiers_expire(store: WatchedStore) -> None:
    done_up_to(store, BEFORE)
    write(store, 1, MIDNIGHT)
    job(store, DUE + PERIOD).run()
    items = {int(item["p"]["N"]): item for item in store.database.query(SeriesItem, SeriesItem.series == 1)}
    period, month = MIDNIGHT // PERIOD, 2026 * 12 + 11
    end = MIDNIGHT + PERIOD
    assert int(items[kinds.TEN_MINUTES + period]["ttl"]["N"]) == end + 36 * DAY
    assert int(items[kinds.POINT_HOURS + period]["ttl"]["N"]) == end + 401 * DAY
    assert int(items[kinds.DAYS + month]["ttl"]["N"]) > end + 5 * 365 * DAY


def test_what_is_left_of_a_deleted_server_is_removed(store: WatchedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    done_up_to(store, BEFORE)
    for minute in range(0, 60, 10):
        for id_ in (1, 2):
            write(store, id_, MIDNIGHT + 60 * minute)
    job(store).run()
    kept = places(store, 2)
    store.database.transact([progress.deletion(store.database, 1)])
    monkeypatch.setattr("chalicelib.storage.series.removal.ITEMS_A_RUN", 4)
    first = job(store, servers=(2,)).run()
    assert (first.removed, first.left) == (4, True)
    while (done := job(store, servers=(2,)).run()).left:
        assert done.removed == 4
    assert places(store, 1) == []
    assert places(store, 2) == kept
    assert job(store, servers=(2,)).run().removed == 0


def test_periods_can_be_rolled_up_again_by_hand(store: WatchedStore) -> None:
    done_up_to(store, BEFORE)
    write(store, 1, MIDNIGHT)
    job(store).run()
    key = {"s": {"N": "1"}, "p": {"N": str(kinds.TEN_MINUTES + MIDNIGHT // PERIOD)}}
    before = store.database.get(SeriesItem, key)
    store.database.delete(SeriesItem, key)
    job(store).run_again(range(MIDNIGHT // PERIOD - 1, MIDNIGHT // PERIOD + 5))
    assert store.database.get(SeriesItem, key) == before
