"""`python -m ops`, in this process or in one of its own."""

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ops.__main__ import main

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.status == 0, self.err
        return json.loads(self.out)

    @property
    def failure(self) -> str:
        """The single line on stderr of a command that failed."""
        assert (self.status, self.out) == (1, ""), self
        (line,) = self.err.splitlines()
        assert line.startswith("ops: ")
        return line.removeprefix("ops: ")


class Ops:
    """Runs commands of a stage in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: object, stage: str = "local", stdin: str = "") -> Done:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        self._capsys.readouterr()
        try:
            status = main([f"--stage={stage}", *map(str, arguments)])
        except SystemExit as end:
            status = int(end.code or 0)
        return Done(status, *self._capsys.readouterr())


def run(*arguments: str, environment: Mapping[str, str], stdin: str = "") -> Done:
    """Runs one command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "ops", *arguments],
        cwd=PROJECT,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
