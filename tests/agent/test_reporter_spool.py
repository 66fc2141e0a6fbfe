"""Points on a real disk, and on disks that fail, break or are another's."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from scripted_dashboard import SECRET

from agent.clock import Clock
from agent.point import DAY, Point
from agent.spool import MOST_IN_MEMORY, TRY_AGAIN_SECONDS, Spool
from agent.spool_file import MOST_POINTS, SpoolInUse

ROOT = Path(__file__).parents[2]
NOW = 1_722_142_860
EVERY = 10**9


class Seconds:
    """Monotonic seconds that only the test moves, and a wall clock that stands."""

    def __init__(self, now=NOW):
        self.passed = 0.0
        self.clock = Clock(lambda: now, lambda: self.passed)


@pytest.fixture
def seconds():
    return Seconds()


def opened(directory, secret=SECRET, seconds=None):
    return closing(Spool(directory, secret, (seconds or Seconds()).clock))


def point(minute=0, monitor_id=1, delay=12.5, up=2, down=0):
    return Point(monitor_id, NOW + 60 * minute, delay, up, down)


def test_points_stay_over_a_restart_in_files_that_only_their_owner_reads(tmp_path):
    directory = tmp_path / "a" / "b"
    with opened(directory) as spool:
        spool.add([point(1), point(0), point(0, monitor_id=2)], NOW)
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in directory.iterdir()} == {0o600}
        assert {file.name for file in directory.iterdir()} == {"points.db", "points.db-wal", "points.db-shm"}
    with opened(directory) as spool:
        assert spool.pending(2) == [point(0), point(0, monitor_id=2)]
        assert spool.pending(EVERY) == [point(0), point(0, monitor_id=2), point(1)]


def test_points_that_are_taken_are_gone_also_after_a_restart(tmp_path):
    with opened(tmp_path) as spool:
        spool.add([point(0), point(1)], NOW)
        spool.taken([point(0)])
        assert spool.pending(EVERY) == [point(1)]
        spool.write(NOW)
    with opened(tmp_path) as spool:
        assert spool.pending(EVERY) == [point(1)]


def test_fuller_point_of_a_minute_stays(tmp_path):
    fuller = point(delay=3.0, up=3)
    with opened(tmp_path) as spool:
        for one in (point(), fuller, point(delay=4.0, up=1, down=2), point()):
            spool.add([one], NOW)
        assert spool.pending(EVERY) == [fuller]


def test_fuller_point_that_came_after_sending_is_sent_too(tmp_path):
    with opened(tmp_path) as spool:
        spool.add([point()], NOW)
        sent = spool.pending(EVERY)
        spool.add([point(up=3)], NOW)
        spool.taken(sent)
        spool.write(NOW)
        assert spool.pending(EVERY) == [point(up=3)]


def test_another_secret_does_not_see_the_points(tmp_path):
    with opened(tmp_path, "one") as spool:
        spool.add([point()], NOW)
    with opened(tmp_path, "two") as spool:
        assert spool.pending(EVERY) == []
        spool.add([point(delay=1.0)], NOW)
    with opened(tmp_path, "one") as spool:
        assert spool.pending(EVERY) == [point()]
    assert SECRET.encode() not in (tmp_path / "points.db").read_bytes()


def test_points_older_than_a_day_are_dropped_and_counted(tmp_path, caplog):
    old, young = point()._replace(at=NOW - DAY - 60), point()._replace(at=NOW - DAY)
    with opened(tmp_path) as spool:
        spool.add([old, young], NOW)
        assert spool.pending(EVERY) == [young]
    assert [record.message for record in caplog.records] == [
        "1 points were dropped unsent: older than a day, or more than the spool holds"
    ]
    with opened(tmp_path, seconds=Seconds(NOW + 60)) as spool:
        assert spool.pending(EVERY) == []


def test_the_oldest_over_the_bound_are_dropped_and_counted_once_an_hour(tmp_path, caplog, seconds):
    with opened(tmp_path, seconds=seconds) as spool:
        spool.add([point(monitor_id=number) for number in range(1, MOST_POINTS + 1)], NOW)
        spool.add([point(minute, monitor_id=1) for minute in (1, 2)], NOW)
        spool.add([point(3)], NOW)
        kept = spool.pending(EVERY)
        assert len(kept) == MOST_POINTS
        assert (kept[0].monitor_id, kept[-1]) == (4, point(3))
        seconds.passed += 3600
        spool.add([point(4), point(5)], NOW)
    assert [record.message.split()[0] for record in caplog.records] == ["2", "3"]


def test_second_reporter_is_refused(tmp_path):
    with opened(tmp_path), pytest.raises(SpoolInUse, match=r"in use by another reporter.*--spool"):
        Spool(tmp_path, "another", Seconds().clock)
    opened(tmp_path).thing.close()


WRITER = """
import itertools, os, sys
from pathlib import Path
from agent.clock import Clock
from agent.point import Point
from agent.spool import Spool
spool = Spool(Path(sys.argv[1]), sys.argv[2], Clock(lambda: 0.0, lambda: 0.0))
for minute in itertools.count():
    spool.add([Point(monitor, 60 * minute, 1.5, 1, 0) for monitor in (1, 2, 3)], 0.0)
    os.write(1, b"%d\\n" % minute)
    if minute >= 40:
        spool.taken([Point(1, 60 * (minute - 40), 1.5, 1, 0)])
"""


@pytest.mark.parametrize("after", [1, 7, 60, 133])
def test_nothing_that_was_added_is_lost_at_a_kill(tmp_path, after):
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path), SECRET], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as writer:
        added = [int(writer.stdout.readline()) for _ in range(after)]
        writer.send_signal(signal.SIGKILL)
        added += [int(line) for line in writer.stdout.read().splitlines()]
    with opened(tmp_path, seconds=Seconds(0)) as spool:
        found = {(one.monitor_id, one.at) for one in spool.pending(EVERY)}
    assert {(monitor, 60 * minute) for minute in added for monitor in (2, 3)} <= found
    assert {(1, 60 * minute) for minute in added[-40:]} <= found


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b"this is no database, however long it is" * 1000),
        lambda file: file.write_bytes(file.read_bytes()[:5000]),
        lambda file: file.write_bytes(file.read_bytes()[:4096] + os.urandom(file.stat().st_size - 4096)),
        lambda file: _execute(file, "DROP TABLE points", "CREATE TABLE points (other TEXT)"),
        lambda file: _execute(file, "PRAGMA ignore_check_constraints = 1", "UPDATE points SET delay = -5"),
    ],
)
def test_corrupt_file_is_moved_aside_and_a_new_one_begun(tmp_path, damage, caplog):
    with opened(tmp_path) as spool:
        spool.add([point(minute) for minute in range(1000)], NOW)
    file = tmp_path / "points.db"
    damage(file)
    damaged = file.read_bytes()
    with opened(tmp_path) as spool:
        assert spool.pending(EVERY) == []
        spool.add([point(7)], NOW)
        assert spool.pending(EVERY) == [point(7)]
    (said,) = [record.message for record in caplog.records]
    assert said.startswith(f"the spool {file} is corrupt (")
    assert said.endswith(f"it was moved to {file}.corrupt, and a new one is begun")
    assert Path(f"{file}.corrupt").read_bytes() == damaged
    with opened(tmp_path) as spool:
        assert spool.pending(EVERY) == [point(7)]


def _execute(file, *statements):
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_file_that_becomes_corrupt_while_it_is_used_is_moved_aside(tmp_path, caplog):
    with opened(tmp_path) as spool:
        spool.add([point(minute) for minute in range(10)], NOW)
        _execute(tmp_path / "points.db", "DROP TABLE points")
        spool.add([point(20)], NOW)
        assert spool.pending(EVERY) == [point(20)]
        _execute(tmp_path / "points.db", "DROP TABLE points")
        assert spool.pending(EVERY) == []
        spool.add([point(21)], NOW)
        assert spool.pending(EVERY) == [point(21)]
    assert "is corrupt" in caplog.records[0].message


def test_directory_that_cannot_be_had_means_memory_until_it_can(tmp_path, seconds, caplog):
    caplog.set_level("INFO")
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the directory should be")
    with opened(blocked / "spool", seconds=seconds) as spool:
        spool.add([point(0)], NOW)
        spool.add([point(1)], NOW)
        assert spool.pending(EVERY) == [point(0), point(1)]
        spool.taken([point(0)])
        assert spool.pending(EVERY) == [point(1)]
        (said,) = [record.message for record in caplog.records]
        assert said == (
            f"the spool {blocked / 'spool'} cannot be used (Not a directory): points are kept in memory for now"
        )
        blocked.unlink()
        spool.write(NOW)
        assert not blocked.exists()
        seconds.passed += TRY_AGAIN_SECONDS
        spool.write(NOW)
        assert caplog.records[-1].message == "points are kept on disk again"
    with opened(blocked / "spool") as spool:
        assert spool.pending(EVERY) == [point(1)]


def test_memory_is_bounded(tmp_path, caplog):
    (tmp_path / "file").touch()
    with opened(tmp_path / "file") as spool:
        spool.add([point(minute) for minute in range(MOST_IN_MEMORY + 5)], NOW)
        spool.add([point()._replace(at=NOW - DAY - 1)], NOW)
        kept = spool.pending(EVERY)
    assert len(kept) == MOST_IN_MEMORY
    assert kept[0] == point(5)
    assert caplog.records[-1].message.startswith("5 points were dropped")


FULL = """
import logging, resource, sys
from pathlib import Path
from agent.clock import Clock
from agent.point import Point
from agent.spool import Spool
logging.basicConfig(format="%(message)s", level=logging.INFO)
seconds = [0.0]
spool = Spool(Path(sys.argv[1]), sys.argv[2], Clock(lambda: 0.0, lambda: seconds[0]))
spool.add([Point(1, 0, 1.5, 1, 0)], 0.0)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, most))
expected = [Point(1, 60 * minute, 1.5, 1, 0) for minute in range(1000)]
for point in expected[1:]:
    spool.add([point], 0.0)
assert spool.pending(10**9) == expected
spool.taken(expected[:10])
assert spool.pending(10**9) == expected[10:]
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
seconds[0] += 10
spool.write(0.0)
assert spool.pending(10**9) == expected[10:]
spool.close()
"""


def test_full_disk_means_memory_until_there_is_room(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path, SECRET],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stderr.splitlines()
    assert "cannot be used" in first
    assert second == "points are kept on disk again"
    with opened(tmp_path, seconds=Seconds(0)) as spool:
        assert spool.pending(EVERY) == [Point(1, 60 * minute, 1.5, 1, 0) for minute in range(10, 1000)]


def test_disk_that_is_slow_does_not_hold_up_a_report(tmp_path):
    # Somebody who writes with a tool: SQLite waits for them, in `add` alone.
    with opened(tmp_path) as spool:
        spool.add([point(0)], NOW)
        with closing(sqlite3.connect(tmp_path / "points.db")) as other, other:
            other.execute("DELETE FROM points WHERE at < 0")
            assert spool.pending(EVERY) == [point(0)]
            spool.taken([point(0)])
            assert spool.pending(EVERY) == []
            spool.add([point(1)], NOW)
            assert spool.pending(EVERY) == [point(1)]
    with opened(tmp_path) as spool:
        assert spool.pending(EVERY) == [point(0)]
