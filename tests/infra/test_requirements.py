"""The packages that are installed here, ship to Lambda and run on hosts: each pinned, each with its hashes."""

import re
import subprocess

import pytest

from infra.lock import OLDEST_PYTHON
from tests.support.documented import PROJECT, program

LOCKED = {name: (PROJECT / f"{name}.txt").read_text() for name in OLDEST_PYTHON}
PINS = {name: set(re.findall(r"^([a-z0-9-]+==[^ ;]+)", text, re.M)) for name, text in LOCKED.items()}
REQUIREMENT = re.compile(r"[a-z0-9-]+==[\w.]+( ; [^\\]+)? \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+")


@pytest.mark.parametrize("name", LOCKED)
def test_every_line_pins_a_package_with_its_hashes(name: str) -> None:
    """And nothing else: no index, no host, no file."""
    assert REQUIREMENT.sub("", LOCKED[name]) == ""


@pytest.mark.parametrize("name", LOCKED)
def test_every_package_that_is_named_is_locked_at_that_version(name: str) -> None:
    assert named(name) <= PINS[name]


def named(name: str) -> set[str]:
    lines = (PROJECT / f"{name}.in").read_text().splitlines()
    pins = {re.sub(r"\[.*\]", "", line).replace("_", "-").lower() for line in lines if re.match(r"\w", line)}
    for line in lines:
        if line.startswith("-r "):
            pins |= named(f"{name.rpartition('/')[0]}/{line[3:].removesuffix('.in')}".lstrip("/"))
    return pins


@pytest.mark.parametrize("name", ["requirements", "agent/requirements", "agent/relay-requirements"])
def test_the_versions_that_ship_are_those_that_are_tested(name: str) -> None:
    assert PINS[name] <= PINS["requirements-dev"]


def test_no_requirements_file_is_left_out() -> None:
    files = subprocess.run(
        [program("git"), "ls-files", "*requirements*.in", "*requirements*.txt", "constraints*.txt"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert set(files) == {f"{name}.{suffix}" for name in OLDEST_PYTHON for suffix in ("in", "txt")}


def test_setup_takes_nothing_without_a_hash() -> None:
    (install,) = re.findall(r"^\t.*pip install .*$", (PROJECT / "Makefile").read_text(), re.M)
    assert "--require-hashes" in install
