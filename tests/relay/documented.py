"""What docs/relay.md shows, to be tried word for word."""

import shlex
import subprocess
import textwrap
from pathlib import Path

_DOCS = Path(__file__).resolve().parents[2] / "docs/relay.md"


def block(first: str) -> str:
    """The block of code whose first line begins like this."""
    blocks = [one for one in _blocks() if one.startswith(first)]
    assert len(blocks) == 1, f"docs/relay.md shows {len(blocks)} blocks that begin with {first}"
    return blocks[0]


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Certificate and key as the documented command makes them, but for 127.0.0.1."""
    command = block("openssl req").replace("\\\n", " ")
    command = command.replace("DNS:relay.example.com", "IP:127.0.0.1").replace("/opt/nezha", str(folder))
    subprocess.run(shlex.split(command), check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


def _blocks() -> list[str]:
    """Indented lines, with the empty ones between them."""
    blocks, lines = [], []
    for line in [*_DOCS.read_text().splitlines(), "the end"]:
        if line.startswith("    ") or (lines and not line):
            lines.append(line)
        elif lines:
            blocks.append(textwrap.dedent("\n".join(lines)).strip())
            lines = []
    return blocks
