"""`make release VERSION=1.2.3`: writes the version and the changelog's heading, commits both, and tags the commit.

It changes only the local checkout. To publish, push the branch and the tag.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

VERSIONED = ("chalicelib/__init__.py", "agent/__init__.py")
"""What ships to Lambda and what runs on hosts. Neither may import the other, so each has its own `VERSION`."""
CHANGELOG = "CHANGELOG.md"

_NUMBER = r"(0|[1-9][0-9]*)"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}")
_VERSION_LINE = re.compile(r'^VERSION = "(.*)"$', re.M)
_UNRELEASED = re.compile(r"^## Unreleased\n(.*?)(?=^## |\Z)", re.M | re.S)


class ReleaseError(Exception):
    """Raised when the version cannot be released; the message says why, and what to do."""


def main(arguments: Sequence[str]) -> int:
    """Returns 0 after a release, or 1 after printing one line on stderr that says why there is none."""
    version = arguments[0] if arguments else ""
    try:
        release(PROJECT, version, datetime.now(UTC).date())
    except ReleaseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print(f"Released v{version}. Publish it with: git push --follow-tags")
    return 0


def release(project: Path, version: str, day: date) -> None:
    """Raises ReleaseError, in which case nothing was changed."""
    _refuse_unusable(version)
    _refuse_uncommitted_changes(project)
    _refuse_existing(project, version)
    changelog = _with_release(project, version, day)
    (project / CHANGELOG).write_text(changelog)
    for name in VERSIONED:
        file = project / name
        file.write_text(_VERSION_LINE.sub(f'VERSION = "{version}"', file.read_text()))
    _git(project, "commit", "--quiet", "--message", f"Release {version}", *VERSIONED, CHANGELOG)
    _git(project, "tag", "--annotate", "--message", f"Version {version}", f"v{version}")


def _refuse_unusable(version: str) -> None:
    if not _VERSION.fullmatch(version):
        raise ReleaseError(f"{version!r} is not a version; use three numbers: make release VERSION=1.2.3")


def _refuse_uncommitted_changes(project: Path) -> None:
    if _git(project, "status", "--porcelain"):
        raise ReleaseError("the checkout has uncommitted changes; commit them, or set them aside with git stash")


def _refuse_existing(project: Path, version: str) -> None:
    tags = _git(project, "tag", "--list", "v*").split()
    released = [tag.removeprefix("v") for tag in tags if _VERSION.fullmatch(tag.removeprefix("v"))]
    released += re.findall(r"^## (\d+\.\d+\.\d+)", (project / CHANGELOG).read_text(), re.M)
    if version in released:
        raise ReleaseError(f"version {version} exists already; choose a higher one")
    newest = max(released, key=_numbers, default="")
    if newest and _numbers(version) < _numbers(newest):
        raise ReleaseError(f"version {version} is lower than {newest}, which exists already; choose a higher one")


def _with_release(project: Path, version: str, day: date) -> str:
    """The changelog, with everything that is unreleased under a heading for the version."""
    text = (project / CHANGELOG).read_text()
    unreleased = _UNRELEASED.search(text)
    if not unreleased or not unreleased[1].strip():
        raise ReleaseError(f"{CHANGELOG} lists nothing under Unreleased; write down what changed")
    return f"{text[: unreleased.start(1)]}\n## {version} - {day}\n{text[unreleased.start(1) :]}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _git(project: Path, *arguments: str) -> str:
    """What git prints; raises ReleaseError with git's own message if it fails."""
    done = subprocess.run(  # noqa: S603
        ["git", *arguments],  # noqa: S607
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
