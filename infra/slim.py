"""Makes Chalice's package small and quick to import.

Adds compiled files, marked so that Python uses them without checking their sources, so that a function starts without
compiling anything. The sources stay, for tracebacks. Removes botocore's descriptions of all services that the code does
not call. The same sources always give the same bytes, so that nothing is uploaded or deployed twice.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

SERVICES = ("apigateway", "cloudwatch", "dynamodb", "lambda", "sns")
"""The services that the code calls: for the authorizer's cache, the costs, the tables, the test of a channel, and the
email that the ceiling is reached.
"""

WHERE = "/var/task"
"""Where Lambda unpacks the package. Tracebacks show this path."""

_NEVER_USED = ("RECORD", "examples-1.json*", "paginators-1*.json*", "waiters-2.json*", "*.pyc")


def slim(package: Path, to: Path) -> None:
    """Writes a slim copy of a package. Both are zip files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ZipFile(package) as whole:
            whole.extractall(folder, [name for name in whole.namelist() if _is_used(PurePosixPath(name))])
        _keep_regions_of_services(folder / "botocore" / "data" / "endpoints.json")
        compile_sources(folder)
        zip_folder(folder, to)


def content(package: Path) -> str:
    """Returns a hash of the files that a slim copy is made from."""
    with ZipFile(package) as whole:
        files = sorted((one.filename, one.CRC, one.file_size) for one in whole.infolist())
    used = [file for file in files if _is_used(PurePosixPath(file[0]))]
    return hashlib.sha256(json.dumps(used).encode()).hexdigest()


def _is_used(path: PurePosixPath) -> bool:
    match path.parts:
        case "botocore", "data", service, _, *_ if service not in SERVICES:
            return False
    return not any(path.match(pattern) for pattern in _NEVER_USED)


def _keep_regions_of_services(regions: Path) -> None:
    """Removes all services that we do not use from the list of regions and host names, in which CloudWatch is called
    `monitoring`.
    """
    endpoints = json.loads(regions.read_text())
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: partition["services"][name] for name in (*SERVICES, "monitoring") if name in partition["services"]
        }
    regions.write_text(json.dumps(endpoints, separators=(",", ":")))


def compile_sources(folder: Path) -> None:
    """Adds the compiled form of each source."""
    subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
            *("-s", folder, "-p", WHERE, folder),
        ],
        check=True,
        # In one process and with fixed hashes. Otherwise, the elements of constant sets are written in another order
        # each time. Python's other variables would put the compiled files elsewhere, or give them other names.
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
            "PYTHONHASHSEED": "0",
        },
    )


def zip_folder(folder: Path, to: Path) -> None:
    """Writes the files of a folder; the same files always give the same bytes."""
    with ZipFile(to, "w", ZIP_DEFLATED, compresslevel=9) as package:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            info = ZipInfo(path.relative_to(folder).as_posix())  # the date is always 1980
            info.external_attr = 0o644 << 16
            info.compress_type = ZIP_DEFLATED
            package.writestr(info, path.read_bytes())
