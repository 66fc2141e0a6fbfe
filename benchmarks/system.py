"""The local system as a separate process, empty and in memory."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
OPTIONS = ("--port", "0", "--dynamodb-port", "0", "--no-relay", "--no-report", "--data", "memory", "--json")


@contextmanager
def running(*options: str, **variables: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """Yields the process, and the JSON object that it prints."""
    # Another benchmark may have set the variables of its own database.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "NEZHA_"))}
    with subprocess.Popen(
        [sys.executable, "-m", "local", *OPTIONS, *options],
        cwd=PROJECT,
        env=clean | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.terminate()
