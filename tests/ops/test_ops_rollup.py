"""`rollup`."""

import time
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from benchmarks.watched_store import Parameters, Send, WatchedStore
from chalicelib.fleet.history import Recorded, minute
from chalicelib.fleet.rollup import DAY, PERIOD, due, last_finished
from chalicelib.storage.series import kinds, progress
from chalicelib.storage.series.items import SeriesItem
from ops.errors import OpsError
from ops.rollup import roll_up
from tests.ops.ops_command import Ops
from tests.support.dashboard import Dashboard


def places(store: WatchedStore, server_id: int) -> set[int]:
    return {int(item["p"]["N"]) for item in store.database.query(SeriesItem, SeriesItem.series == server_id)}


def write(store: WatchedStore, server_id: int, at: int) -> None:
    assert not store.write_history({server_id: Recorded([minute(at, {"samples": 60, "CPU": 5})])}, at + 60)


def day(ago: int) -> str:
    return str(datetime.now(UTC).date() - timedelta(days=ago))


def test_rollup_does_what_is_due(ops: Ops, store: WatchedStore, dashboard: Dashboard) -> None:
    server, _ = dashboard.server()
    period = last_finished(time.time())
    write(store, server.id, period * PERIOD)
    before = len(due(None, int(time.time())))
    done = ops("rollup")
    assert (done.status, done.out) == (0, "")
    # A period may become due while it works.
    rolled_up = int(done.err.partition(" ")[0])
    assert rolled_up in (before, len(due(None, int(time.time()))))
    assert rolled_up >= 14
    assert done.err.startswith(f"{rolled_up} servers in {rolled_up} periods of 12 hours")
    assert {kinds.TEN_MINUTES + period, kinds.POINT_HOURS + period} <= places(store, server.id)
    assert ops("rollup").err == "0 servers in 0 periods of 12 hours; removed 0 items of deleted servers\n"


def test_rollup_removes_the_history_of_deleted_servers(ops: Ops, store: WatchedStore, dashboard: Dashboard) -> None:
    server, _ = dashboard.server()
    write(store, server.id, int(time.time()) - 2 * DAY)
    assert ops("server", "delete", server.id).status == 0
    assert "removed 1 items of deleted servers" in ops("rollup").err
    assert places(store, server.id) == set()


def test_rollup_again_from_a_day(ops: Ops, store: WatchedStore, dashboard: Dashboard) -> None:
    server, _ = dashboard.server()
    ops("rollup")
    period = last_finished(time.time()) - 4
    write(store, server.id, period * PERIOD)  # without a mark: as if it had been overlooked
    shown = ops("rollup", "--from", day(3), "--to", day(2))
    assert shown.err == "4 servers in 4 periods of 12 hours; removed 0 items of deleted servers\n"
    assert kinds.HOURS + period in places(store, server.id)


def test_rollup_says_how_far_back_it_can_go(ops: Ops, store: WatchedStore) -> None:
    failure = ops("rollup", "--from", day(30)).failure
    assert failure.startswith("minutes are kept for 8 days; the first day that can be rolled up again is 2")


def test_each_run_keeps_others_out_from_its_own_beginning_on(
    store: WatchedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lease that is counted from the beginning of the command would be over before a later run begins."""
    begins = []

    def note(send: Send, operation: str, parameters: Parameters) -> Parameters:
        if operation == "UpdateItem" and parameters.get("ReturnValues") == "ALL_NEW":
            values = parameters["ExpressionAttributeValues"].values()
            begins.append(max(int(value["N"]) for value in values) - progress.LEASE_SECONDS)
        return send(operation, parameters)

    now = int(time.time())
    write(store, 1, now - 2 * DAY)
    write(store, 1, now - 3 * DAY)
    store.database.transact([progress.deletion(store.database, 1)])
    monkeypatch.setattr("chalicelib.storage.series.removal.ITEMS_A_RUN", 1)
    with store.calls.around(note):
        monkeypatch.setattr("ops.rollup.time", Namespace(time=count(now, 600).__next__))
        roll_up(store, Namespace(first=None, last=None))
        due, begins[:] = begins[:], []
        monkeypatch.setattr("ops.rollup.time", Namespace(time=count(now, 600).__next__))
        roll_up(store, Namespace(first=now // DAY - 2, last=now // DAY - 2))
    assert due == [now, now + 600, now + 1200]
    assert begins == [now + 600, now + 1200]


def test_rollup_says_what_it_could_not_do(
    store: WatchedStore, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard.server()
    monkeypatch.setattr("ops.rollup.RUN_SECONDS", 0)
    two_days_ago = int(time.time()) // DAY - 2
    with pytest.raises(OpsError, match=f"{day(2)} could not be rolled up within an hour"):
        roll_up(store, Namespace(first=two_days_ago, last=two_days_ago))


def test_rollup_waits_for_its_turn(ops: Ops, store: WatchedStore) -> None:
    progress.begin(store.database, int(time.time()))
    assert ops("rollup").failure == "another rollup is running; try again in three minutes"


def test_a_malformed_day_is_refused(ops: Ops, store: WatchedStore) -> None:
    done = ops("rollup", "--from", "yesterday")
    assert done.status == 2
    assert "'yesterday' is not a day; write it as 2026-01-31" in done.err
