"""Builds the package of the functions that deliver messages: the usual package and the libraries for channels.

It is twice as large, which would slow down cold starts of the API's function, so that has a package without the
libraries. Of Apprise's dependencies, only those that sending needs are included, in their pure Python form.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import ZipFile

from infra.slim import compile_sources, zip_folder
from infra.stage import DeployError

LIBRARIES = ("apprise", "certifi", "charset-normalizer", "idna", "markdown", "requests")
"""The packages of requirements-alerts.txt that sending needs. The others are for Apprise's command line, YAML and one
service.
"""

_NEVER_USED = ("apprise/i18n", "apprise/assets", "apprise/cli.py", "bin")

FOR_EVERY_SYSTEM = ("--platform", "any", "--implementation", "py", "--abi", "none", "--only-binary", ":all:")
"""pip's options to install pure Python packages only."""


def pack_libraries(requirements: Path, to: Path) -> None:
    """Writes a zip of the libraries, compiled. Raises DeployError."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _install(needed(requirements.read_text()), folder)
        for path in _NEVER_USED:
            _remove(folder / path)
        compile_sources(folder)
        zip_folder(folder, to)


def add_libraries(code: Path, libraries: Path, to: Path) -> None:
    """Writes a copy of the zip `code`, with the files of the zip `libraries` that it lacks."""
    shutil.copy(code, to)
    with ZipFile(libraries) as added, ZipFile(to, "a") as whole:
        there = set(whole.namelist())
        for info in added.infolist():
            if info.filename not in there:
                whole.writestr(info, added.read(info))


def needed(locked: str) -> str:
    """The lines of a requirements file about LIBRARIES, each with its hashes."""
    entries = re.finditer(r"^([a-z0-9-]+)==.*\n(?:    --hash=.*\n?)+", locked, re.MULTILINE)
    return "".join(entry[0] for entry in entries if entry[1] in LIBRARIES)


def _install(requirements: str, folder: Path) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(requirements)
        file.flush()
        finished = subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--require-hashes"),
                *("--target", folder, *FOR_EVERY_SYSTEM, "-r", file.name),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    if finished.returncode:
        raise DeployError(f"the libraries for channels cannot be installed:\n{finished.stderr}".rstrip())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
