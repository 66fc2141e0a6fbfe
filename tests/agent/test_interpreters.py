"""The core's and the reporter's tests under every other Python that they are made for, if it is installed."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from packaging.markers import Marker

from tests.agent.interpreters import VERSIONS, interpreter
from tests.stack.emulator import cached, pip
from tests.support.documented import PROJECT

REQUIREMENTS = PROJECT / "tests/agent/requirements.txt"
OTHERS = [version for version in VERSIONS if version != f"{sys.version_info.major}.{sys.version_info.minor}"]
OPTIONS = ("-c", os.devnull, "--rootdir", "tests/agent", "--confcutdir", "tests/agent", "-p", "no:cacheprovider")

WHOLE = (
    (
        "tests/agent",
        "--ignore=tests/agent/relay",
        "--ignore=tests/agent/test_interpreters.py",
        *(f"--ignore-glob=*_{name}.py" for name in ("pings", "loop", "recorder", "command")),
        "-k",
        "not strange_file and not kill",
    ),
    ("tests/agent/reporter/test_reporter_pings.py", "tests/agent/reporter/test_reporter_loop.py"),
    (
        "tests/agent/reporter/test_reporter_recorder.py",
        "tests/agent/reporter/test_reporter_command.py",
        "-k",
        "not kill",
    ),
)
"""For the oldest, which lacks the most, in three processes: all tests that depend on the Python version."""

NEWEST = (
    (
        "tests/agent/core",
        "tests/agent/reporter/test_reporter_command.py",
        "-k",
        "not kill",
    ),
)
"""For the newest: the tests that would notice a change of the standard library or of how commands start."""

CHOSEN = (
    (
        "tests/agent/core",
        "tests/agent/reporter/test_reporter_command.py::test_signal_ends_it_at_once",
        "-k",
        "not kill",
    ),
)
"""For those between, which lack nothing that both of the others have: what uses the library most, and the command."""

Runs = dict[str, list[subprocess.Popen[str]]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """All at the same time, as most of these tests wait."""
    found = {version: one for version in VERSIONS if (one := interpreter(version))}
    packages = installed(next(iter(found))) if found else None
    started = {
        version: [
            start(python, packages, tests, tmp_path_factory)
            for tests in {VERSIONS[0]: WHOLE, VERSIONS[-1]: NEWEST}.get(version, CHOSEN)
        ]
        for version, (python, _) in found.items()
        if version in OTHERS and packages
    }
    yield started
    for processes in started.values():
        for process in processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with what its tests have started
            process.communicate()


def installed(oldest: str) -> Path:
    """The folder with the packages that the tests need, made on first use.

    They are those of the oldest Python; the others can use them too, as none is compiled for one Python alone.
    """

    def fill(folder: Path) -> None:
        needed = folder / "needed.txt"
        needed.write_text(needed_by(oldest, REQUIREMENTS.read_text()))
        # Our pip does not run on a Python that has reached its end of life, but installs for it.
        for_oldest = ("--no-deps", "--only-binary", ":all:", "--python-version", oldest)
        target = ("--require-hashes", "--target", folder / "packages", "-r", needed)
        pip("install", "--no-compile", *for_oldest, *target)

    return cached("interpreters", REQUIREMENTS, fill, oldest) / "packages"


def needed_by(version: str, locked: str) -> str:
    """The requirements of that Python, without their markers: pip would apply these to the Python it runs on."""
    entries = re.finditer(r"^(\S+==\S+)(?: ; (.*?))? (\\\n(?:    --hash=.*\n?)+)", locked, re.MULTILINE)
    python = {"python_version": version, "python_full_version": f"{version}.0"}
    return "".join(
        name + " " + hashes
        for name, marker, hashes in (entry.groups() for entry in entries)
        if marker is None or Marker(marker).evaluate(python)
    )


def start(python: Path, packages: Path, tests: Sequence[str], folders: pytest.TempPathFactory) -> subprocess.Popen[str]:
    temporary = folders.mktemp("interpreter")
    return subprocess.Popen(
        [python, "-m", "pytest", *OPTIONS, "-q", "-W", "error", "--basetemp", temporary / "tests", *tests],
        cwd=PROJECT,
        # What they compile stays with the packages, for the next run.
        env={
            **os.environ,
            "PYTHONPATH": f"{PROJECT}{os.pathsep}{packages}",
            "PYTHONPYCACHEPREFIX": str(packages.with_name("compiled")),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )


@pytest.mark.parametrize("version", OTHERS)
def test_core_and_reporter_pass_their_tests(runs: Runs, version: str) -> None:
    if version not in runs:
        pytest.skip(f"Python {version} is not installed")
    for process in runs[version]:
        said, _ = process.communicate(timeout=600)
        assert process.returncode == 0, said[-4000:]
        # Not only what is there to be skipped.
        assert " passed" in said
