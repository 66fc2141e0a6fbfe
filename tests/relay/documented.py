"""What README.md and docs/relay.md show, to be tried word for word."""

import os
import shlex
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
README = PROJECT / "README.md"
RELAY = PROJECT / "docs/relay.md"


def block(first: str, page: Path = RELAY) -> str:
    """The block of code whose first line begins like this."""
    blocks = [one for one in _blocks(page) if one.startswith(first)]
    assert len(blocks) == 1, f"{page.name} shows {len(blocks)} blocks that begin with {first}"
    return blocks[0]


def commands(block: str) -> list[str]:
    return block.replace("\\\n", " ").splitlines()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Certificate and key as the documented command makes them, but for 127.0.0.1."""
    (command,) = commands(block("openssl req"))
    command = command.replace("DNS:relay.example.com", "IP:127.0.0.1").replace("/opt/nezha", str(folder))
    subprocess.run(shlex.split(command), check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


def program(name: str) -> str:
    """Where it is; skips the test without it, except in CI. Debian has some where only root's PATH looks."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return found


def _blocks(page: Path) -> list[str]:
    """Indented lines, with the empty ones between them."""
    blocks, lines = [], []
    for line in [*page.read_text().splitlines(), "the end"]:
        if line.startswith("    ") or (lines and not line):
            lines.append(line)
        elif lines:
            blocks.append(textwrap.dedent("\n".join(lines)).strip())
            lines = []
    return blocks
