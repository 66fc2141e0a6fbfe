"""The size of the package that is uploaded to Lambda, and its cold start until DynamoDB's first answer.

A cold start is measured with a new interpreter that imports only the unpacked package, and answers one request from the
embedded DynamoDB on loopback. The figure is its CPU time, less that of an interpreter that does nothing. The budget is
a ratio, because Lambda's cores differ from this machine's: the other package is Chalice's own, complete and without
compiled files. Times on Lambda are estimated from the function's share of a core: a whole one at 1,769 MB, and
proportionally less below.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from benchmarks import sample_data
from benchmarks.events import HEALTH
from benchmarks.table import Row
from chalicelib.fleet import passwords
from infra.package import build
from infra.stage import Stage

TURNS = 7
CORE_MB = 1769
"""With this much memory a function has one core: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""
MEMORY_MB = 512
"""`lambda_memory_size` of .chalice/config.json."""

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import app
event = json.loads(sys.argv[2])
answer = app.app(event, None)
# 503 is expected, as there is no table; all that matters is that DynamoDB answered.
assert answer["statusCode"] in (200, 503), answer
"""


def rows() -> Iterator[Row]:
    package = build(Stage("benchmark"), "us-east-1")
    with TemporaryDirectory() as name, sample_data.dynamodb() as url:
        slim, plain = Path(name) / "slim", Path(name) / "plain"
        _unpack(package.code, slim)
        _unpack(package.code.with_name("deployment.zip"), plain)
        for compiled in plain.rglob("*.pyc"):
            compiled.unlink()
        started: dict[Path | None, list[float]] = {None: [], slim: [], plain: []}
        peaks: list[float] = []
        for _ in range(TURNS):
            for folder, seconds in started.items():
                spent, peak = _start(folder, url)
                seconds.append(spent)
                if folder is slim:
                    peaks.append(peak)
    nothing, ours, whole = (statistics.median(seconds) for seconds in started.values())
    yield Row("the package", package.code.stat().st_size / 1e6, "MB")
    yield Row("the package as Chalice makes it", package.code.with_name("deployment.zip").stat().st_size / 1e6, "MB")
    yield Row(
        "cold start, against unpruned .py-only packaging", (ours - nothing) / (whole - nothing), "times", 1 / 2, 1 / 3
    )
    yield Row("cold start, CPU of this machine", (ours - nothing) * 1000, "ms")
    yield Row("memory after the first answer", statistics.median(peaks), "MB", must=MEMORY_MB / 2)
    scrypt = _cpu_of_a_sign_in()
    for memory in (256, MEMORY_MB, 1024, CORE_MB):
        share = CORE_MB / memory * 1000
        yield Row(f"cold start with {memory} MB, by its share of a core", (ours - nothing) * share, "ms")
        yield Row(f"checking a password with {memory} MB", scrypt * share, "ms")


def _unpack(package: Path, folder: Path) -> None:
    with ZipFile(package) as content:
        content.extractall(folder)


def _start(folder: Path | None, dynamodb_url: str) -> tuple[float, float]:
    """Returns CPU seconds and peak memory in MB of a new interpreter that answers from `folder`, or does nothing."""
    program = [PROGRAM, str(folder), json.dumps(HEALTH)] if folder else ["pass"]
    process = subprocess.Popen(
        # -I and -S exclude packages that are installed here; -B keeps one turn from compiling files for the next.
        [sys.executable, "-I", "-S", "-B", "-c", *program],
        env={
            "NEZHA_TABLE_PREFIX": "none-",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": "benchmark",
            "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url,
        },
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, "the package does not start"
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _cpu_of_a_sign_in() -> float:
    password = passwords.new_password("correct horse")
    spent = []
    for _ in range(TURNS):
        before = time.process_time()
        passwords.matches("correct horse", password)
        spent.append(time.process_time() - before)
    return statistics.median(spent)
