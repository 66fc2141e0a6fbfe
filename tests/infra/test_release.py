"""`make release`, in a repository of its own."""

import re
import subprocess
from datetime import date
from pathlib import Path

import pytest

import agent
import chalicelib
from infra.release import CHANGELOG, VERSIONED, ReleaseError, release
from tests.support.documented import PROJECT, program

DAY = date(2031, 2, 3)
HISTORY = """# Changelog

All notable changes, newest first.

## Unreleased

### Added

- Tea.

## 1.2.3 - 2030-01-01

- Coffee.
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / CHANGELOG).write_text(HISTORY)
    for name in VERSIONED:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text((PROJECT / name).read_text())
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "config", "user.name", "Somebody")
    git(tmp_path, "config", "user.email", "somebody@example.com")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    git(tmp_path, "tag", "v1.2.3")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        [program("git"), *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_release_is_a_commit_with_a_tag(repository: Path) -> None:
    release(repository, "1.3.0", DAY)
    assert git(repository, "log", "--format=%s") == "Release 1.3.0\nBegin"
    assert git(repository, "rev-parse", "v1.3.0^{commit}") == git(repository, "rev-parse", "HEAD")
    assert git(repository, "cat-file", "-t", "v1.3.0") == "tag"  # push --follow-tags leaves others behind
    assert git(repository, "status", "--porcelain") == ""


def test_everything_that_carries_the_version_is_written(repository: Path) -> None:
    release(repository, "1.3.0", DAY)
    for name in VERSIONED:
        expected = (PROJECT / name).read_text().replace(f'"{chalicelib.VERSION}"', '"1.3.0"')
        assert (repository / name).read_text() == expected


def test_the_unreleased_changes_get_the_version_as_their_heading(repository: Path) -> None:
    release(repository, "1.3.0", DAY)
    changelog = (repository / CHANGELOG).read_text()
    assert changelog == HISTORY.replace("## Unreleased\n", "## Unreleased\n\n## 1.3.0 - 2031-02-03\n")


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("1.2.3", "version 1.2.3 exists already; choose a higher one"),
        ("1.2.2", "version 1.2.2 is lower than 1.2.3, which exists already"),
        ("0.9.10", "version 0.9.10 is lower than 1.2.3, which exists already"),
        ("", "'' is not a version; use three numbers: make release VERSION=1.2.3"),
        ("v1.3.0", "'v1.3.0' is not a version"),
        ("1.3", "'1.3' is not a version"),
        ("01.3.0", "'01.3.0' is not a version"),
        ("1.3.0-rc1", "'1.3.0-rc1' is not a version"),
        ("1.3.0\n", "is not a version"),
    ],
)
def test_versions_that_are_refused(repository: Path, version: str, message: str) -> None:
    assert_refused(repository, version, message)


@pytest.mark.parametrize("file", [CHANGELOG, "new.py"])
def test_a_checkout_with_uncommitted_changes_is_refused(repository: Path, file: str) -> None:
    (repository / file).write_text("changed")
    assert_refused(repository, "1.3.0", "the checkout has uncommitted changes; commit them")


@pytest.mark.parametrize("known", ["tag", "changelog"])
def test_a_version_that_only_one_place_knows_exists(repository: Path, known: str) -> None:
    if known == "tag":
        git(repository, "tag", "v1.3.0")
    else:
        (repository / CHANGELOG).write_text(HISTORY.replace("1.2.3", "1.3.0"))
        git(repository, "commit", "--quiet", "--all", "--message", "Write about 1.3.0")
    assert_refused(repository, "1.3.0", "version 1.3.0 exists already")


def test_a_release_without_a_changelog_is_refused(repository: Path) -> None:
    release(repository, "1.3.0", DAY)
    assert_refused(repository, "1.4.0", "CHANGELOG.md lists nothing under Unreleased")


def assert_refused(repository: Path, version: str, message: str) -> None:
    before = everything(repository)
    with pytest.raises(ReleaseError, match=re.escape(message)):
        release(repository, version, DAY)
    assert everything(repository) == before


def everything(repository: Path) -> tuple[str, ...]:
    files = [(repository / name).read_text() for name in (*VERSIONED, CHANGELOG)]
    return (*files, git(repository, "log", "--format=%H"), git(repository, "tag"), git(repository, "status", "--short"))


def test_lambda_and_hosts_have_the_same_version() -> None:
    assert chalicelib.VERSION == agent.VERSION


def test_nothing_else_carries_the_version() -> None:
    """docs/operations.md names a version as an example of a rollback, which stays as it is."""
    line = r"^(VERSION|version) *= *\"[0-9]+\.[0-9]+"
    found = git(PROJECT, "grep", "--files-with-matches", "--extended-regexp", line)
    assert set(found.split()) == set(VERSIONED)
