"""The core's and the reporter's tests under every other Python that they are made for, if it is installed."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.agent.interpreters import VERSIONS, interpreter
from tests.stack.emulator import cached
from tests.support.documented import PROJECT

REQUIREMENTS = PROJECT / "tests/agent/requirements.txt"
OTHERS = [version for version in VERSIONS if version != f"{sys.version_info.major}.{sys.version_info.minor}"]
OPTIONS = ("-c", os.devnull, "--rootdir", "tests/agent", "--confcutdir", "tests/agent", "-p", "no:cacheprovider")

WHOLE = ("tests/agent/core", "tests/agent/reporter", "-k", "not strange_file and not kill")
"""For the oldest and the newest: all but what the system does, whatever the Python."""

CHOSEN = (
    "tests/agent/core",
    "tests/agent/reporter/test_reporter_command.py::test_signal_ends_it_at_once",
    "-k",
    "not kill",
)
"""For those between, which lack nothing that both of the others have: what uses the library most, and the command."""


def environment(version: str) -> Path | None:
    """The Python of an environment with what the tests need, made on first use."""
    found = interpreter(version)
    if found is None:
        return None
    python, identity = found

    def fill(folder: Path) -> None:
        # With a pip of its own: ours installs for no Python that has reached its end of life.
        subprocess.run([python, "-m", "venv", folder], check=True, capture_output=True)
        pip: list[str | Path] = [folder / "bin/python", "-m", "pip", "--disable-pip-version-check", "--retries", "1"]
        install = [*pip, "install", "--no-compile", "--require-hashes", "-r", REQUIREMENTS]
        subprocess.run(install, check=True, capture_output=True)

    return cached(f"python{version}", REQUIREMENTS, fill, identity) / "bin/python"


def command(python: Path, tests: Sequence[str], temporary: Path) -> list[str | Path]:
    return [python, "-m", "pytest", *OPTIONS, "-q", "-W", "error", "--basetemp", temporary / "tests", *tests]


@pytest.mark.parametrize("version", OTHERS)
def test_core_and_reporter_pass_their_tests(version: str, tmp_path: Path) -> None:
    python = environment(version)
    if python is None:
        pytest.skip(f"Python {version} is not installed")
    ran = subprocess.run(
        command(python, WHOLE if version in (VERSIONS[0], VERSIONS[-1]) else CHOSEN, tmp_path),
        cwd=PROJECT,
        # What it compiles stays with its environment, for the next run.
        env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONPYCACHEPREFIX": str(python.parents[1] / "compiled")},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-4000:]
    # Not only what is there to be skipped.
    assert " passed" in ran.stdout
