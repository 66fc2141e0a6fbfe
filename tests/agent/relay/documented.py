"""What docs/relay.md shows, to be tried word for word."""

import shlex
import subprocess
from pathlib import Path

from tests.support import documented
from tests.support.documented import PROJECT, commands

RELAY = PROJECT / "docs/relay.md"


def block(first: str, page: Path = RELAY) -> str:
    """The block of code whose first line begins like this."""
    return documented.block(first, page)


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Certificate and key as the documented command makes them, but for 127.0.0.1."""
    (command,) = commands(block("openssl req"))
    command = command.replace("DNS:relay.example.com", "IP:127.0.0.1").replace("/opt/nezha", str(folder))
    subprocess.run(shlex.split(command), check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"
