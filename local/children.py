"""The processes that the local system runs beside its own."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 5


class Children:
    """Processes by name. Each one also stops when this process is killed; see `local.child`."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[str]] = {}

    def start(
        self,
        name: str,
        module: str,
        *arguments: str,
        environment: Mapping[str, str],
        stdout: Any = sys.stderr,
        stderr: Any = None,
    ) -> "subprocess.Popen[str]":
        """Runs a module; `environment` is all that it gets."""
        child = subprocess.Popen(
            [sys.executable, "-m", "local.child", module, *arguments],
            cwd=PROJECT,
            env=dict(environment),
            stdin=subprocess.PIPE,  # closes when this process ends
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=True,  # so that Ctrl-C reaches this process only, which then stops the others in order
        )
        self._running[name] = child
        return child

    def stopped(self) -> tuple[str, int] | None:
        """Returns the name and exit code of a child that stopped by itself, if there is one."""
        codes = ((name, child.poll()) for name, child in self._running.items())
        return next(((name, code) for name, code in codes if code is not None), None)

    def stop(self, name: str) -> None:
        """Stops a child; does nothing if it was never started."""
        if name not in self._running:
            return
        with self._running.pop(name) as child:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
