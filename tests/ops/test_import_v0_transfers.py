"""`import-v0`: cycles go on with the traffic that an original dashboard counted."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.fleet.cycle_totals import usage
from chalicelib.fleet.plans import plan_of
from chalicelib.fleet.traffic import CycleTraffic, Moved
from chalicelib.fleet.watch import Watch
from chalicelib.storage import DynamoStore
from ops.import_v0 import Import, ImportReport, open_database
from tests.fleet.alerts.fleets import state
from tests.ops.original_alerts import ORIGINAL


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


NOW = at("2026-11-28T21:52")


def run(store: DynamoStore, path: Path = ORIGINAL) -> ImportReport:
    with closing(open_database(path)) as database:
        return Import(store, database, NOW, write=True).run()


def moved(store: DynamoStore, server_id: int, start: str) -> Moved | None:
    return CycleTraffic(store.traffic).at(store.states(), [], NOW).moved(server_id, at(start))


def hourly(count: int, step: int) -> int:
    """Of the golden rows: 1, 2, 3 … bytes above so many million, an hour before the other."""
    return count * step * 1_000_000 + count * (count + 1) // 2


def test_traffic_counts_from_the_hour_in_which_it_was_moved(store: DynamoStore) -> None:
    report = run(store)
    assert moved(store, 1, "2026-11-28T21:00") == (5_000_000, 700_000)
    assert moved(store, 1, "2026-11-28T19:00") == (6_000_001, 2_700_001)
    assert moved(store, 1, "2026-11-28T18:00") == (7_000_003, 4_700_003)
    assert moved(store, 1, "2026-11-15T00:00") == (5_000_000 + hourly(48, 1), 700_000 + hourly(48, 2))
    assert moved(store, 3, "2026-11-08T20:00") == (
        15_000_000 + hourly(48, 3) + 3_000_480,
        2_100_000 + hourly(48, 6) + 6_000_480,
    )
    assert moved(store, 2, "2026-11-28T18:00") == (10_000_008, 1_400_080), "an offset in a time counts"
    assert moved(store, 2, "2026-11-28T17:00") == (2**63 - 1 + 10_000_008, 1_400_080)
    assert moved(store, 5, "2026-11-15T00:00") is None
    assert report.taken["hours of traffic"] == 51 + 3 + 51 + 1
    left = [line for line in report.not_taken if "traffic" in line]
    assert left == [
        "1 rows of traffic: their server is not here (rows 109)",
        "2 rows of traffic: they are older than 400 days, or in the future (rows 55, 106)",
    ]


def test_a_second_run_counts_nothing_twice_and_takes_what_is_new(store: DynamoStore, tmp_path: Path) -> None:
    first = run(store)
    again = run(store)
    assert again.already["hours of traffic"] == first.taken["hours of traffic"]
    assert "hours of traffic" not in again.taken
    assert moved(store, 1, "2026-11-28T19:00") == (6_000_001, 2_700_001)
    later = Path(shutil.copy(ORIGINAL, tmp_path / "later.sqlite"))
    with closing(sqlite3.connect(later)) as database, database:
        database.execute("UPDATE transfers SET `in` = `in` + 1 WHERE id = 3")
    run(store, later)
    assert moved(store, 1, "2026-11-28T19:00") == (6_000_002, 2_700_001)


def test_what_a_plan_has_used_goes_on_with_it(store: DynamoStore) -> None:
    """Server 1 has a plan of outbound traffic that restarts on the 15th."""
    run(store)
    store.write_states({1: state(now=NOW, NetOutTransfer=10**9)})
    watch = Watch(store, 60)
    watch.look(*store.view_and(store.states), NOW)
    store.write_states({1: state(now=NOW + 60, NetOutTransfer=10**9 + 5)})
    server = store.view().fleet.by_id[1]
    used = usage(plan_of(server.plan), store.traffic.counted()[1], (0, 10**9 + 5), NOW + 60, "UTC").used
    assert used == 700_000 + hourly(48, 2) + 5
