"""What ministack lacks of Lambda, and what it would take long for. Used by emulated_aws.py, in its process."""

import hashlib
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.stack.preloaded import Program, serving

FUNCTION_SECONDS = 100

Spec = dict[str, Any]


def finish_at_once() -> None:
    """Functions are ready by the time that a client asks, who would ask again after five seconds else.

    Their answers are passed on without 50 ms of waiting for a line of log, which comes with a later one. They also have
    minutes to answer: the emulator counts a cold start as part of the first call, and on a busy machine ten seconds are
    too few for that. What Lambda's timeout does is tested in test_real_runtime.py.
    """
    from ministack.core.lambda_runtime import Worker
    from ministack.services import lambda_svc

    lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = 0
    Worker._drain_stderr_bounded.__defaults__ = (0.0, 0.0, 0.25)
    stock_invoke = Worker.invoke

    def invoke(self: Any, *event: Any, **details: Any) -> Spec:
        self.config = {**self.config, "Timeout": FUNCTION_SECONDS}
        answer: Spec = stock_invoke(self, *event, **details)
        return answer

    Worker.invoke = invoke


def unpack_once(folder: Path) -> None:
    """All processes of functions with the same package share its files, and what Python compiles of them.

    Unpacking and compiling 500 files would be most of each cold start. Packages also share the files that are the same
    in several of them.
    """
    from ministack.core import lambda_runtime

    class SharedPackage(zipfile.ZipFile):
        def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
            # Short, because the path of a socket is made from it.
            unpacked = folder / hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()[:16]
            with unpacking:
                if not unpacked.is_dir():
                    self._unpack(unpacked)
            Path(path).rmdir()
            Path(path).symlink_to(unpacked, target_is_directory=True)

        def _unpack(self, to: Path) -> None:
            for one in self.infolist():
                key = (one.filename, one.CRC, one.file_size)
                if key in files and not one.is_dir():
                    (to / one.filename).parent.mkdir(parents=True, exist_ok=True)
                    (to / one.filename).hardlink_to(files[key])
                else:
                    files[key] = Path(self.extract(one, to))

    unpacking = threading.Lock()
    files: dict[tuple[str, int, int], Path] = {}
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedPackage})


LIBRARIES = ("botocore.session", "chalice", "pynamodb.models")
"""What a cold start spends most of its time on."""


def import_libraries_once(servers: ExitStack) -> None:
    """Processes of functions with the same package begin with its libraries imported. servers: end with it."""
    from ministack.core import lambda_runtime

    def popen(command: Sequence[str], *, cwd: str, env: Mapping[str, str], **_: Any) -> Function:
        package = Path(cwd).resolve()
        at = package.with_suffix(".socket")
        with starting:
            if not at.exists():
                environment = {**os.environ, "PYTHONPATH": str(package)}
                servers.enter_context(serving(sys.executable, at, LIBRARIES, environment))
        return Function(at, command[1:], cwd, env)

    starting = threading.Lock()
    lambda_runtime.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": popen})


class Function(Program):
    """A function's process, with pipes of text."""

    def __init__(self, server: Path, arguments: Sequence[str], folder: str, environment: Mapping[str, str]) -> None:
        (theirs_in, ours_in), (ours_out, theirs_out), (ours_err, theirs_err) = (os.pipe() for _ in range(3))
        self.stdin = os.fdopen(ours_in, "w", buffering=1)
        self.stdout, self.stderr = os.fdopen(ours_out), os.fdopen(ours_err)
        theirs = (theirs_in, theirs_out, theirs_err)
        super().__init__(server, arguments, folder, environment, theirs)
        for file in theirs:
            os.close(file)
