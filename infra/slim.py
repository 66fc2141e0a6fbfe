"""Makes Chalice's package small and quick to import.

Python's own compiled files are added, and are taken unchecked: a function starts without compiling anything and without
looking at its sources, which stay for tracebacks. Of botocore's descriptions of services only those stay that the code
calls. The same sources give the same bytes, so that nothing is uploaded or deployed twice.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

SERVICES = ("apigateway", "dynamodb")
"""What the code calls: tables, and the authorizer's cache."""

WHERE = "/var/task"
"""Where Lambda unpacks it; tracebacks name files there."""

_NEVER_USED = ("RECORD", "examples-1.json*", "paginators-1*.json*", "waiters-2.json*")


def slim(package: Path, to: Path) -> None:
    """Writes the slim form of a zip as another."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ZipFile(package) as whole:
            whole.extractall(folder)
        _prune(folder)
        _compile(folder)
        _zip(folder, to)


def _prune(folder: Path) -> None:
    data = folder / "botocore" / "data"
    for service in data.iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)
    for pattern in (*_NEVER_USED, "*.pyc"):
        for path in folder.rglob(pattern):
            path.unlink()
    # Which hosts and regions there are: of our services only.
    regions = data / "endpoints.json"
    endpoints = json.loads(regions.read_text())
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: partition["services"][name] for name in SERVICES if name in partition["services"]
        }
    regions.write_text(json.dumps(endpoints, separators=(",", ":")))


def _compile(folder: Path) -> None:
    subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
            *("-s", folder, "-p", WHERE, folder),
        ],
        check=True,
        # In one process, with the same hashes each time: else a set of constants comes out in another order.
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )


def _zip(folder: Path, to: Path) -> None:
    with ZipFile(to, "w", ZIP_DEFLATED, compresslevel=9) as package:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            info = ZipInfo(path.relative_to(folder).as_posix())  # dated 1980, whenever it is made
            info.external_attr = 0o644 << 16
            info.compress_type = ZIP_DEFLATED
            package.writestr(info, path.read_bytes())
