"""Small files that stay intact when the process is killed."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.core.journal import Journal, line

ROOT = Path(__file__).parents[3]


def journal(path: Path) -> Journal:
    return Journal(path, lambda: 0.0)


def read(path: Path) -> Any:
    nothing: Any = "nothing"
    return journal(path).read(lambda entries: entries, nothing)


def write(path: Path, *entries: Any) -> None:
    journal(path).write([line(entry) for entry in entries])


def test_what_was_written_is_read_by_the_next_process_and_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "running.json"
    assert read(path) == "nothing"
    write(path, {"a": [1, 2.5]}, 7)
    assert read(path) == [{"a": [1, 2.5]}, 7]
    write(path, {"a": [3]})
    assert read(path) == [{"a": [3]}]
    write(path)
    assert read(path) == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["running.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"[1]", b"[1,2]\n{}\n", b"[1,1]\n{\n", b"[1,1]\n{}\n", b"\xff"])
def test_a_file_that_cannot_be_used_is_said_and_left_alone(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "running.json"
    path.write_bytes(content)
    assert journal(path).read(lambda entries: entries[0]["minutes"], "nothing") == "nothing"
    (said,) = [record.message for record in caplog.records]
    assert said.startswith(f"cannot use {path}")


def test_a_file_of_another_version_counts_as_absent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "running.json"
    path.write_bytes(b"[99,1]\n7\n")
    assert read(path) == "nothing"
    assert not caplog.records


def test_a_disk_that_fails_is_said_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    one = journal(tmp_path / "file" / "running.json")
    one.write([line(1)])
    one.write([line(2)])
    assert ["cannot write" in record.message for record in caplog.records] == [True]


WRITER = """
import itertools, os, sys
from pathlib import Path
from agent.core.journal import Journal, line
journal = Journal(Path(sys.argv[1]), lambda: 0.0)
for number in itertools.count():
    journal.write([line(number)] * 20_000)
    os.write(1, b"%d\\n" % number)
"""


@pytest.mark.parametrize("after", [1, 20, 55])
def test_a_kill_leaves_what_was_written_last(tmp_path: Path, after: int) -> None:
    path = tmp_path / "running.json"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as writer:
        assert writer.stdout
        for _ in range(after):
            last = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        last = max([last, *map(int, writer.stdout.read().split())])
    found = read(path)
    assert len(found) == 20_000
    assert set(found) in ({last}, {last + 1})
