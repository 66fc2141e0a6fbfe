"""What the pages show, to be followed word for word."""

import os
import re
import shutil
import textwrap
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
README = PROJECT / "README.md"


def block(first: str, page: Path) -> str:
    """The block of code whose first line begins like this."""
    found = [one for one in blocks(page) if one.startswith(first)]
    assert len(found) == 1, f"{page.name} shows {len(found)} blocks that begin with {first}"
    return found[0]


def blocks(page: Path, section: str = "") -> list[str]:
    """Indented lines, with the empty ones between them; of the section under that heading."""
    found: list[str] = []
    lines: list[str] = []
    for line in [*_text(page, section).splitlines(), "the end"]:
        if line.startswith("    ") or (lines and not line):
            lines.append(line)
        elif lines:
            found.append(textwrap.dedent("\n".join(lines)).strip())
            lines = []
    return found


def commands(block: str) -> list[str]:
    return block.replace("\\\n", " ").splitlines()


def commands_in_text(page: Path, section: str = "") -> list[str]:
    """Those between backticks in a section's sentences and tables."""
    spans = re.findall(r"`([^`]+)`", _text(page, section))
    return [
        " ".join(span.split()) for span in spans if re.match(r"(\w+=\w+ )?(make|git|aws|curl|\.venv/bin/\w+) ", span)
    ]


def program(name: str) -> str:
    """Where it is; skips the test without it, except in CI. Debian has some where only root's PATH looks."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return found


def _text(page: Path, section: str) -> str:
    """The page, or what stands between a heading and the next of its level."""
    text = page.read_text()
    if not section:
        return text
    _, found, rest = f"\n{text}".partition(f"\n## {section}\n")
    assert found, f"{page.name} has no section {section}"
    return rest.partition("\n## ")[0]
