"""The Python interpreters that are installed: on the PATH, and where pyenv and uv keep theirs."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
"""The Python versions that the reporter and the core support."""

SAYS = "import sqlite3, ssl, sys; print(sys.version.replace(chr(10), ' '))"


@cache
def interpreter(version: str) -> tuple[Path, str] | None:
    """One of this version that works, and what it says of itself in full; None when there is none."""
    for path in _candidates(version):
        said = subprocess.run([path, "-c", SAYS], capture_output=True, text=True, check=False)
        # pyenv has commands of versions that it was not told to use: they fail.
        if said.returncode == 0 and said.stdout.startswith(f"{version}."):
            return path, said.stdout.strip()
    return None


def _candidates(version: str) -> Iterator[Path]:
    found = shutil.which(f"python{version}")
    if found:
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path.home() / ".local/share/uv/python")
    for folder in (pyenv / "versions", uv):
        yield from sorted(folder.glob(f"*/bin/python{version}"), reverse=True)
