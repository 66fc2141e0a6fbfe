"""Makes Chalice's package small and quick to import.

Python's own compiled files are added, and are taken unchecked: a function starts without compiling anything and without
looking at its sources, which stay for tracebacks. Of botocore's descriptions of services only those stay that the code
calls. The same sources give the same bytes, so that nothing is uploaded or deployed twice.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

SERVICES = ("apigateway", "dynamodb")
"""What the code calls: tables, and the authorizer's cache."""

WHERE = "/var/task"
"""Where Lambda unpacks it; tracebacks name files there."""

_NEVER_USED = ("RECORD", "examples-1.json*", "paginators-1*.json*", "waiters-2.json*", "*.pyc")


def slim(package: Path, to: Path) -> None:
    """Writes the slim form of a zip as another."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ZipFile(package) as whole:
            whole.extractall(folder, [name for name in whole.namelist() if _is_used(PurePosixPath(name))])
        _keep_regions_of_services(folder / "botocore" / "data" / "endpoints.json")
        _compile(folder)
        _zip(folder, to)


def _is_used(path: PurePosixPath) -> bool:
    match path.parts:
        case "botocore", "data", service, _, *_ if service not in SERVICES:
            return False
    return not any(path.match(pattern) for pattern in _NEVER_USED)


def _keep_regions_of_services(regions: Path) -> None:
    """Which hosts and regions there are: of our services only."""
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
