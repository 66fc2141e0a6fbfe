"""Records on a real disk, and on disks that fail, are full, or belong to another process."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.core.clock import Clock
from agent.core.limits import KEPT_SECONDS
from agent.core.points import Point, records
from agent.core.record_kinds import KINDS
from agent.core.records import Key, Record, RecordKind, Which
from agent.core.spool import TRY_AGAIN_SECONDS, Spool
from agent.core.spool_file import SpoolFailed, SpoolInUse, spool_path

ROOT = Path(__file__).parents[3]
NOW = 1_722_142_860
EVERY = 10**9
MEGABYTE = 1_000_000


class Seconds:
    """Clocks that only the test moves."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now
        self.passed = 0.0
        self.clock = Clock(lambda: self.now, lambda: self.passed)


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def opened(directory: Any, seconds: Any = None, megabytes: float = 100) -> Any:
    return closing(Spool(directory, int(megabytes * MEGABYTE), (seconds or Seconds()).clock))


def point(minute: int = 0, monitor_id: int = 1, delay: float = 12.5, up: int = 2, down: int = 0) -> Point:
    return Point(monitor_id, NOW + 60 * minute, delay, up, down)


def add(spool: Spool, *points: Any, source: int = 1, secret: str = "") -> None:
    spool.add(records(source, points), {source: secret})


def pending(spool: Spool, most: int = EVERY, **which: Any) -> list[Any]:
    """The points of what waits, as they come."""
    waiting = spool.pending(most, Which(**which), sources=100)
    return [Point(**entry) for one in waiting for entry in one.content["pings"]]


def taken(spool: Spool, *points: Any, source: int = 1) -> None:
    spool.taken(records(source, points))


def test_points_stay_over_a_restart_in_files_that_only_their_owner_reads(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b"
    with opened(directory) as spool:
        add(spool, point(1), point(0), point(0, monitor_id=2))
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in directory.iterdir()} == {0o600}
        assert {file.name for file in directory.iterdir()} == {"spool.db", "spool.db-wal", "spool.db-shm"}
        assert (spool.count, spool.oldest) == (3, NOW)
    with opened(directory) as spool:
        assert (spool.count, spool.oldest) == (3, NOW)
        assert pending(spool, 2) == [point(0), point(0, monitor_id=2)]
        assert pending(spool) == [point(0), point(0, monitor_id=2), point(1)]


def test_points_that_are_taken_are_gone_also_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        add(spool, point(0), point(1))
        taken(spool, point(0))
        assert pending(spool) == [point(1)]
        spool.write()
        assert (spool.count, spool.oldest) == (1, NOW + 60)
    with opened(tmp_path) as spool:
        assert pending(spool) == [point(1)]


def test_fuller_point_of_a_minute_stays(tmp_path: Path) -> None:
    fuller = point(delay=3.0, up=3)
    with opened(tmp_path) as spool:
        for one in (point(), fuller, point(delay=4.0, up=1, down=2), point()):
            add(spool, one)
        assert pending(spool) == [fuller]
        assert spool.count == 1


def test_what_came_to_a_minute_after_sending_is_sent_too(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        add(spool, point())
        (sent,) = spool.pending(EVERY)
        add(spool, point(monitor_id=2))
        spool.taken(sent.records)
        spool.write()
        assert pending(spool) == [point(), point(monitor_id=2)]
        taken(spool, point(), point(monitor_id=2))
        spool.write()
        assert (pending(spool), spool.count) == ([], 0)


def test_records_come_oldest_first_across_all_sources_ten_minutes_at_a_time(tmp_path: Path) -> None:
    start = NOW // 600 * 600
    minutes = [start + 60 * minute for minute in range(-2, 4)]
    with opened(tmp_path) as spool:
        for source in (7, 3):
            spool.add(records(source, [Point(1, at, 1.0, 1, 0) for at in reversed(minutes)]))
        found = [record for one in spool.pending(EVERY, sources=100) for record in one.records]
        assert sorted(record.key for record in found) == [
            Key(at // 600, source, at, 1) for block in (minutes[:2], minutes[2:]) for source in (3, 7) for at in block
        ]
        assert [one.source for one in spool.pending(2, sources=100)] == [3]
        for most in (4, 5, 7):
            first, second = spool.pending(most, sources=100)
            assert [record.at - start for record in first.records] == [-120, -60]
            assert [record.at - start for record in second.records] == [-120, -60]
        first, second = spool.pending(8, sources=100)
        assert [record.at - start for record in first.records] == [-120, -60, 0, 60, 120, 180]
        last = max(record.key for one in (first, second) for record in one.records)
        assert len(pending(spool, after=last)) == 4
        assert {point.at for point in pending(spool, before=start)} == set(minutes[:2])
        assert [one.source for one in spool.pending(EVERY, sources=1)] == [3]
        assert {point.at for point in pending(spool, sources=(7,))} == set(minutes)


def test_a_source_gives_so_many_blocks_at_once_and_others_theirs(tmp_path: Path) -> None:
    start = NOW // 600 * 600
    with opened(tmp_path) as spool:
        for source in (1, 2):
            spool.add(records(source, [Point(1, start + 60 * minute, 1.0, 1, 0) for minute in range(0, 35, 5)]))
        assert spool.sources() == [1, 2]
        for blocks, counts in ((1, [2, 2]), (2, [4, 4]), (9, [7, 7])):
            found = spool.pending(EVERY, sources=2, blocks=blocks)
            assert [len(one.records) for one in found] == counts
        # What is taken, but not yet gone from the disk, does not count.
        spool.taken([record for one in spool.pending(EVERY, sources=2, blocks=1) for record in one.records])
        assert [len(one.records) for one in spool.pending(EVERY, sources=2, blocks=1)] == [2, 2]
    with opened(tmp_path) as spool:
        assert spool.sources() == [1, 2]


def test_each_source_has_its_secret_for_as_long_as_it_has_records(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        add(spool, point(), source=1, secret="Secret0OfOne")
        add(spool, point(), source=2, secret="Secret0OfTwo")
        assert [one.secret for one in spool.pending(EVERY, sources=2)] == ["Secret0OfOne", "Secret0OfTwo"]
        add(spool, point(1), source=2, secret="Secret0Anew")
        assert [one.secret for one in spool.pending(EVERY, sources=2)] == ["Secret0OfOne", "Secret0Anew"]
        taken(spool, point(), source=1)
        spool.write()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Secret0Anew" in content
    assert b"Secret0OfOne" not in content
    assert b"Secret0OfTwo" not in content


def test_secrets_are_known_while_the_disk_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with opened(tmp_path / "file") as spool:
        add(spool, point(), secret="Secret0OfOne")
        assert [one.secret for one in spool.pending(EVERY)] == ["Secret0OfOne"]


@pytest.mark.parametrize("folder", ["spool", "file"])
def test_a_better_point_that_comes_while_the_first_is_sent_stays(tmp_path: Path, folder: str) -> None:
    """On disk, and in memory, which takes its place where there can be no folder."""
    (tmp_path / "file").touch()
    with opened(tmp_path / folder) as spool:
        add(spool, point(up=1))
        add(spool, point(up=2))
        taken(spool, point(up=1))
        assert pending(spool) == [point(up=2)]
        spool.write()
        assert pending(spool) == [point(up=2)]


def test_secrets_are_known_while_the_disk_is_slow(tmp_path: Path) -> None:
    with opened(tmp_path) as spool, closing(sqlite3.connect(spool_path(tmp_path))) as other, other:
        # Somebody who writes with a tool: SQLite waits for them, in `add` alone.
        other.execute("DELETE FROM records WHERE at < 0")
        adding = threading.Thread(target=add, args=(spool, point()), kwargs={"secret": "Secret0OfOne"})
        adding.start()
        time.sleep(0.3)
        assert [one.secret for one in spool.pending(EVERY)] == ["Secret0OfOne"]
        adding.join()


def test_records_that_are_too_old_are_dropped_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    old, young = point()._replace(at=NOW - KEPT_SECONDS - 60), point()._replace(at=NOW - KEPT_SECONDS)
    with opened(tmp_path) as spool:
        add(spool, old, young)
        assert pending(spool) == [young]
        assert spool.dropped == 1
    assert [record.message for record in caplog.records] == [
        "1 points and minutes were dropped unsent: too old, or more than the spool may hold"
    ]
    with opened(tmp_path, Seconds(NOW + 60)) as spool:
        assert (pending(spool), spool.count) == ([], 0)


def test_a_clock_that_is_days_ahead_for_a_while_makes_nothing_old(tmp_path: Path, seconds: Any) -> None:
    with opened(tmp_path, seconds) as spool:
        add(spool, point(0))
        seconds.now += 2 * 86_400
        for _ in range(3):
            seconds.now, seconds.passed = seconds.now + 600, seconds.passed + 600
            add(spool, point(1))
        assert pending(spool) == [point(0), point(1)]
        seconds.now -= 2 * 86_400
        add(spool, point(2))
        assert pending(spool) == [point(0), point(1), point(2)]
        # But in the end it is believed.
        seconds.now += 2 * 86_400
        add(spool, point(3))
        seconds.now, seconds.passed = seconds.now + 3600, seconds.passed + 3600
        add(spool, point(4))
        assert pending(spool) == []
        assert spool.dropped == 5


def test_a_spool_that_is_too_large_drops_its_oldest_and_says_so_once_an_hour(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, seconds: Any
) -> None:
    def fill(spool: Spool, minutes: range) -> None:
        for minute in minutes:
            add(spool, *(point(minute, monitor_id, delay=monitor_id / 7) for monitor_id in range(1, 101)))

    with opened(tmp_path, seconds, megabytes=0.06) as spool:
        fill(spool, range(120))
        kept = pending(spool)
        assert 4_000 < len(kept) < 12_000
        assert kept[-1].at == point(119).at
        assert kept[0].at // 600 == spool.oldest // 600
        assert len(kept) + spool.dropped == 120 * 100
        assert spool.count == len(kept)
        seconds.passed += 3600
        fill(spool, range(120, 140))
        dropped = [int(record.message.split()[0]) for record in caplog.records]
        assert len(dropped) == 2
        assert sum(dropped) <= spool.dropped
    assert spool_path(tmp_path).stat().st_size < 0.08 * MEGABYTE


def test_second_process_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(SpoolInUse, match=r"in use by another process.*--spool"):
        Spool(tmp_path, MEGABYTE, Seconds().clock)
    opened(tmp_path).thing.close()


WRITER = """
import itertools, os, sys
from pathlib import Path
from agent.core.clock import Clock
from agent.core.points import Point, records
from agent.core.spool import Spool
spool = Spool(Path(sys.argv[1]), 10**8, Clock(lambda: 0.0, lambda: 0.0))
for minute in itertools.count():
    for source in (1, 2, 3):
        spool.add(records(source, [Point(1, 60 * minute, 1.5, 1, 0)]))
    os.write(1, b"%d\\n" % minute)
    if minute >= 40:
        spool.taken(records(1, [Point(1, 60 * (minute - 40), 1.5, 1, 0)]))
"""


@pytest.mark.parametrize("after", [1, 7, 60, 133])
def test_nothing_that_was_added_is_lost_at_a_kill(tmp_path: Path, after: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        added = [int(writer.stdout.readline()) for _ in range(after)]
        writer.send_signal(signal.SIGKILL)
        added += [int(line) for line in writer.stdout.read().splitlines()]
    with opened(tmp_path, Seconds(0)) as spool:
        found = {(one.source, record.at) for one in spool.pending(EVERY, sources=3) for record in one.records}
    assert {(source, 60 * minute) for minute in added for source in (2, 3)} <= found
    assert {(1, 60 * minute) for minute in added[-40:]} <= found


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b"this is no database, however long it is" * 1000),
        lambda file: file.write_bytes(file.read_bytes()[:5000]),
        lambda file: file.write_bytes(file.read_bytes()[:4096] + os.urandom(file.stat().st_size - 4096)),
        lambda file: _execute(file, "DROP TABLE records", "CREATE TABLE records (other TEXT)"),
        lambda file: _execute(file, "PRAGMA ignore_check_constraints = 1", "UPDATE records SET packed = 'text'"),
        lambda file: _execute(file, "PRAGMA user_version = 99"),
    ],
)
def test_corrupt_file_is_moved_aside_and_a_new_one_begun(
    tmp_path: Path, damage: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as spool:
        add(spool, *(point(minute) for minute in range(1000)))
    file = spool_path(tmp_path)
    damage(file)
    damaged = file.read_bytes()
    with opened(tmp_path) as spool:
        assert pending(spool) == []
        add(spool, point(7))
        assert pending(spool) == [point(7)]
    (said,) = [record.message for record in caplog.records]
    assert said.startswith(f"the spool {file} cannot be read (")
    assert said.endswith(f"it was renamed to {file}.corrupt, and a new one was made")
    assert Path(f"{file}.corrupt").read_bytes() == damaged
    with opened(tmp_path) as spool:
        assert pending(spool) == [point(7)]


def _execute(file: Path, *statements: Any) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_file_that_becomes_corrupt_while_it_is_used_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as spool:
        add(spool, *(point(minute) for minute in range(10)))
        _execute(spool_path(tmp_path), "DROP TABLE records")
        add(spool, point(20))
        assert pending(spool) == [point(20)]
        _execute(spool_path(tmp_path), "DROP TABLE records")
        assert pending(spool) == []
        add(spool, point(21))
        assert pending(spool) == [point(21)]
    assert "cannot be read" in caplog.records[0].message


def test_a_damaged_record_sets_the_file_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(tmp_path) as spool:
        add(spool, point(0), point(1))
        _execute(spool_path(tmp_path), "UPDATE records SET packed = x'ff'")
        assert pending(spool) == []
        spool.write()
        assert (pending(spool), spool.count) == ([], 0)
        add(spool, point(2))
        assert pending(spool) == [point(2)]
        _execute(spool_path(tmp_path), "UPDATE records SET packed = x'ff'")
        add(spool, point(2))
        assert pending(spool) == [point(2)]
    assert ["a record is damaged" in record.message for record in caplog.records] == [True, True]


def test_a_further_kind_is_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fuller(_at: Any, first: Any, second: Any) -> Any:
        return max(first, second, key=lambda packed: packed[0])

    figures = RecordKind(3, "figures", fuller, lambda at, packed: [{"at": at, "samples": packed[0]}], lambda _: 1)
    monkeypatch.setitem(KINDS, figures.code, figures)
    with opened(tmp_path) as spool:
        add(spool, point(0), point(1))
        for samples in (5, 12, 7):
            spool.add([Record(1, NOW, figures.code, bytes([samples]))])
        (waiting,) = spool.pending(EVERY)
        assert waiting.content == {
            "pings": [point(0)._asdict(), point(1)._asdict()],
            "figures": [{"at": NOW, "samples": 12}],
        }
        spool.taken(waiting.records)
        spool.write()
        assert spool.pending(EVERY) == []


def test_kinds_of_a_later_version_are_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        add(spool, point())
        _execute(spool_path(tmp_path), "INSERT INTO records SELECT block, source, at, 99, 1, packed FROM records")
        assert pending(spool) == [point()]


def test_directory_that_cannot_be_had_means_memory_until_it_can(
    tmp_path: Path, seconds: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the directory should be")
    with opened(blocked / "spool", seconds) as spool:
        add(spool, point(0))
        add(spool, point(1))
        assert pending(spool) == [point(0), point(1)]
        taken(spool, point(0))
        assert pending(spool) == [point(1)]
        (said,) = [record.message for record in caplog.records]
        assert said == (
            f"cannot use the spool {blocked / 'spool'} (Not a directory): unsent data is kept in memory for now"
        )
        blocked.unlink()
        spool.write()
        assert not blocked.exists()
        seconds.passed += TRY_AGAIN_SECONDS
        spool.write()
        assert caplog.records[-1].message == "unsent data is kept on disk again"
    with opened(blocked / "spool") as spool:
        assert pending(spool) == [point(1)]


def test_a_directory_that_must_open_is_an_error_if_it_does_not(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpoolFailed):
        Spool(tmp_path / "file" / "spool", MEGABYTE, Seconds().clock, must_open=True)


def test_memory_is_bounded(tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.core.spool.MOST_IN_MEMORY", 1000)
    (tmp_path / "file").touch()
    with opened(tmp_path / "file") as spool:
        add(spool, *(point(minute) for minute in range(1005)))
        add(spool, point()._replace(at=NOW - KEPT_SECONDS - 1))
        kept = pending(spool)
        assert (spool.count, spool.dropped) == (1000, 6)
    assert len(kept) == 1000
    assert kept[0] == point(5)
    assert caplog.records[-1].message.startswith("5 points and minutes were dropped")


FULL = """
import logging, resource, sys
from pathlib import Path
from agent.core.clock import Clock
from agent.core.points import Point, records
from agent.core.spool import Spool
logging.basicConfig(format="%(message)s", level=logging.INFO)
seconds = [0.0]
spool = Spool(Path(sys.argv[1]), 10**8, Clock(lambda: 0.0, lambda: seconds[0]))
def add(*points):
    spool.add(records(1, points))
def pending():
    return [Point(**entry) for one in spool.pending(10**9) for entry in one.content["pings"]]
add(Point(1, 0, 1.5, 1, 0))
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, most))
expected = [Point(1, 60 * minute, 1.5, 1, 0) for minute in range(1000)]
for point in expected[1:]:
    add(point)
assert pending() == expected
spool.taken(records(1, expected[:10]))
assert pending() == expected[10:]
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
seconds[0] += 10
spool.write()
assert pending() == expected[10:]
spool.close()
"""


def test_full_disk_means_memory_until_there_is_room(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stderr.splitlines()
    assert "cannot use the spool" in first
    assert second == "unsent data is kept on disk again"
    with opened(tmp_path, Seconds(0)) as spool:
        assert pending(spool) == [Point(1, 60 * minute, 1.5, 1, 0) for minute in range(10, 1000)]


def test_disk_that_is_slow_does_not_hold_up_a_report(tmp_path: Path) -> None:
    # Somebody who writes with a tool: SQLite waits for them, in `add` alone.
    with opened(tmp_path) as spool:
        add(spool, point(0))
        with closing(sqlite3.connect(spool_path(tmp_path))) as other, other:
            other.execute("DELETE FROM records WHERE at < 0")
            assert pending(spool) == [point(0)]
            taken(spool, point(0))
            assert pending(spool) == []
            add(spool, point(1))
            assert pending(spool) == [point(1)]
    with opened(tmp_path) as spool:
        assert pending(spool) == [point(0)]
