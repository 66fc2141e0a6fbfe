"""Points on disk: there after `kill -9`, bounded, and readable by their owner alone."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.point import Point
from agent.relay.spool import Spool, SpoolFailed, SpoolInUse

NOON = 1_722_142_800


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with closing(Spool(tmp_path / "spool", most=1000)) as opened:
        yield opened


def point(monitor: int = 1, minute: int = 0, up: int = 2) -> Point:
    return Point(monitor, NOON + 60 * minute, 12.5, up, 0)


def add(spool: Spool, *points: tuple[int, Point]) -> None:
    spool.add([(server_id, f"s{server_id}") for server_id, _ in points], points, NOON)


def test_points_come_by_neighbouring_servers_oldest_first(spool: Spool) -> None:
    add(spool, (7, point(minute=1)), (3, point()), (7, point()), (3, point(2)))
    first, second = spool.after(0, 10, 100)
    assert (first.server_id, first.secret, len(first.points)) == (3, "s3", 2)
    assert [one.at - NOON for one in second.points] == [0, 60]
    assert [one.server_id for one in spool.after(3, 10, 100)] == [7]
    assert [one.server_id for one in spool.after(0, 1, 100)] == [3]
    assert sum(len(one.points) for one in spool.after(0, 10, 3)) == 3
    assert spool.after(7, 10, 100) == []


def test_the_fuller_point_of_a_minute_stays(spool: Spool) -> None:
    add(spool, (1, point(up=2)), (1, point(up=3)), (1, point(up=1)))
    (waiting,) = spool.after(0, 10, 100)
    assert [one.up for one in waiting.points] == [3]
    assert spool.count == 1


def test_what_was_replaced_since_it_was_sent_is_not_removed(spool: Spool) -> None:
    add(spool, (1, point(up=2)))
    add(spool, (1, point(up=3)))
    spool.remove([(1, point(up=2))])
    assert spool.count == 1
    spool.remove([(1, point(up=3))])
    assert (spool.count, spool.oldest()) == (0, None)


def test_too_many_and_too_old_points_are_dropped_oldest_first_and_counted(spool: Spool) -> None:
    add(spool, *((1, point(minute=minute)) for minute in range(1100)))
    assert spool.count <= 1000
    assert spool.dropped == 1100 - spool.count
    assert spool.oldest() == NOON + 60 * spool.dropped
    spool.add([], [], NOON + 24 * 3600 + 60 * 1100)
    assert (spool.count, spool.dropped) == (0, 1100)


def test_files_are_readable_by_their_owner_alone(spool: Spool, tmp_path: Path) -> None:
    add(spool, (1, point()))
    for path in (tmp_path / "spool").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((tmp_path / "spool").stat().st_mode) == 0o700


def test_secrets_go_with_their_points(spool: Spool, tmp_path: Path) -> None:
    spool.add([(1, "Secret0OfOne"), (2, "Secret0OfTwo")], [(1, point()), (2, point())], NOON)
    spool.remove([(1, point())])
    spool.close()
    content = b"".join(path.read_bytes() for path in (tmp_path / "spool").iterdir())
    assert b"Secret0OfOne" not in content
    assert b"Secret0OfTwo" in content
    spool.__init__(tmp_path / "spool")  # type: ignore[misc]


def test_a_second_relay_is_told(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(SpoolInUse, match="another relay"):
        Spool(tmp_path / "spool")


def test_a_corrupt_file_is_moved_aside(tmp_path: Path) -> None:
    (tmp_path / "points.db").write_bytes(b"no database at all" * 1000)
    with closing(Spool(tmp_path)) as spool:
        add(spool, (1, point()))
        assert spool.count == 1
    assert (tmp_path / "points.db.corrupt").exists()


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolFailed):
        Spool(tmp_path / "file" / "spool")


def test_points_survive_kill_9(tmp_path: Path) -> None:
    writer = f"""
import time
from pathlib import Path
from agent.point import Point
from agent.relay.spool import Spool
spool = Spool(Path({str(tmp_path)!r}))
for minute in range(5):
    spool.add([(1, "s1")], [(1, Point(1, {NOON} + 60 * minute, 12.5, 2, 0))], {NOON})
print("written", flush=True)
time.sleep(60)
"""
    project = Path(__file__).resolve().parents[2]
    with subprocess.Popen([sys.executable, "-c", writer], stdout=subprocess.PIPE, text=True, cwd=project) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "written\n"
        os.kill(child.pid, signal.SIGKILL)
    with closing(Spool(tmp_path)) as spool:
        (waiting,) = spool.after(0, 10, 100)
        assert (waiting.secret, len(waiting.points)) == ("s1", 5)
