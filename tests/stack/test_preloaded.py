"""Programs that begin with libraries imported are otherwise as if Python had just started them."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

import pytest

from tests.stack.preloaded import Program, run, serving

PROGRAM = """
import json, os, sys
sys.modules["json"].seen = hasattr(json, "seen")
print(sys.argv[1:], sys.stdin.read(), os.getcwd(), os.environ["WHO"], "HOME" in os.environ, json.seen)
sys.exit(len(sys.argv))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    with TemporaryDirectory() as folder:  # the path of a socket has to be short
        at = Path(folder) / "socket"
        with serving(sys.executable, at, ["json"], os.environ):
            yield at


def outcome(server: Path, folder: Path, program: str, *arguments: str) -> CompletedProcess[str]:
    (folder / "program.py").write_text(program)
    return run(server, ["-m", "program", *arguments], folder, {"WHO": "me"}, "typed", 60)


def test_program_has_what_its_client_says_and_nothing_of_another(server: Path, tmp_path: Path) -> None:
    for _ in range(2):
        done = outcome(server, tmp_path, PROGRAM, "one", "two words")
        assert done.stdout == f"['one', 'two words'] typed {tmp_path} me False False\n"
        assert (done.returncode, done.stderr) == (3, "")


def test_file_is_a_program_like_a_module(server: Path, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("NAME = 'beside'")
    (tmp_path / "program.py").write_text("import beside; print(beside.NAME, __name__)")
    done = run(server, [tmp_path / "program.py"], tmp_path.parent, {}, "", 60)
    assert (done.returncode, done.stdout) == (0, "beside __main__\n")


def test_failure_is_explained_as_python_does(server: Path, tmp_path: Path) -> None:
    done = outcome(server, tmp_path, "raise ValueError('wrong')")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.endswith("\nValueError: wrong\n")


def test_program_that_is_killed_has_ended(server: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("print('ready', end='', flush=True); input()")
    (theirs_in, ours_in), (ours_out, theirs_out) = os.pipe(), os.pipe()
    program = Program(server, ["-m", "program"], tmp_path, {}, (theirs_in, theirs_out, theirs_out))
    assert os.read(ours_out, 10) == b"ready"
    assert program.poll() is None
    program.kill()
    assert program.wait(60) == program.poll() == -9
    for file in (theirs_in, ours_in, ours_out, theirs_out):
        os.close(file)


def test_program_finds_its_project_as_it_is_now() -> None:
    with TemporaryDirectory() as name:
        project = Path(name)
        (project / "package").mkdir()
        (project / "package" / "part.py").write_text("WHEN = 'before'")
        (project / "package" / "__main__.py").write_text("from package.part import WHEN; print(WHEN, __name__)")
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        at, modules = project / "socket", ("package.part", "package.__main__")
        with serving(sys.executable, at, modules, environment, project=project):
            told = [run(at, ["-m", "package"], project, {}, "", 60)]
            (project / "package" / "part.py").write_text("WHEN = 'now'")
            told.append(run(at, ["-m", "package"], project, {}, "", 60))
    assert [(one.stdout, one.stderr) for one in told] == [("before __main__\n", ""), ("now __main__\n", "")]
