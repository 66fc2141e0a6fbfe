"""What every zip of the functions has to be, whoever made it: for this Python, for Lambda's CPU, and whole."""

import importlib.util
import struct
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
ARM64 = 183
"""The machine in the head of an ELF file."""
HEAD_BYTES = 20
OTHER_SYSTEMS = (b"MZ", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")


def heads(package: ZipFile) -> dict[str, bytes]:
    """The first bytes of each file."""
    return {name: package.read(name)[:HEAD_BYTES] for name in package.namelist()}


def assert_made_for_lambda(package: ZipFile) -> None:
    """Each compiled file is of this Python, and no binary is of another system or CPU."""
    for name, head in heads(package).items():
        if name.endswith(".pyc"):
            assert head[:4] == importlib.util.MAGIC_NUMBER, name
        assert not head.startswith(OTHER_SYSTEMS), f"{name} is for another system"
        if head.startswith(b"\x7fELF"):
            assert struct.unpack_from("<H", head, 18) == (ARM64,), name
            assert f"cpython-{PYTHON.replace('.', '')}" in name or ".abi3." in name, name


def assert_starts_alone(package: ZipFile, folder: Path) -> None:
    """Nothing that is installed here stands in for what is missing in it. folder: empty, to unpack into."""
    package.extractall(folder)
    program = f"import sys; sys.path.append({str(folder)!r}); import app; print(len(app.app.routes))"
    program += "; import chalicelib.delivery.shown_certificates"
    started = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        env={"NEZHA_TABLE_PREFIX": "test-", "AWS_REGION": "us-east-1"},
        capture_output=True,
        text=True,
    )
    assert (started.returncode, started.stderr) == (0, "")
    assert int(started.stdout) > 0
