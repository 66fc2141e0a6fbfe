"""Lambda, as a function's process sees it: the Runtime API, with time limits, frozen processes and JSON logs.

The functions run under AWS's own runtime interface client, which is what runs them on Lambda. This is the other side of
it: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. It can run anywhere, which AWS's emulator of that
side cannot: that one has to be compiled, and does not freeze processes.
"""

import json
import os
import queue
import signal
import struct
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.stack.emulator import HERE, cached_python

API = "/2018-06-01/runtime"
ANSWER_BYTES = 6_291_556
"""What Lambda takes of an answer to a synchronous call."""
START_SECONDS = 60
"""How long a cold start may take on a busy machine. On Lambda it is ten seconds."""
FRAME = struct.Struct(">IIQ")
ARN = "arn:aws:lambda:us-east-1:000000000000:function:nezha"


@dataclass(frozen=True)
class Outcome:
    """What came of an invocation.

    answer: of the function. error: `errorType` and `errorMessage` instead. seconds: until then. cold: whether a process
    was started for it.
    """

    answer: Any
    error: Mapping[str, Any] | None
    seconds: float
    cold: bool


class Function:
    """One function with at most one process, which is enough for a test that asks one thing after the other.

    code: the folder with the package. handler: for example `app.app`. timeout: seconds for one invocation.
    """

    def __init__(self, code: Path, handler: str, environment: Mapping[str, str], timeout: float, log: Path) -> None:
        self._command: list[str | Path] = [
            cached_python("runtime", HERE / "runtime-requirements.txt"),
            "-m",
            "awslambdaric",
            handler,
        ]
        self._code = code
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._server = _Service()
        self.timeout = timeout

    def invoke(self, event: Mapping[str, Any]) -> Outcome:
        """Runs the function, in the process of the invocation before if there is one, and freezes the process again."""
        cold = self._process is None
        if self._process is None:
            self._process = self._started()
        else:
            self._process.send_signal(signal.SIGCONT)
        began = time.monotonic()
        self._server.events.put((str(uuid.uuid4()), json.dumps(event).encode(), time.time() + self.timeout))
        try:
            # A cold start has a time of its own.
            kind, body = self._server.outcomes.get(timeout=self.timeout + (START_SECONDS if cold else 0))
        except queue.Empty:
            message = f"Task timed out after {self.timeout:.2f} seconds"
            kind, body = "timeout", json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message}).encode()
        seconds = time.monotonic() - began
        if kind in ("response", "error"):
            self._process.send_signal(signal.SIGSTOP)
        else:
            self.end()
        said = json.loads(body)
        return Outcome(said if kind == "response" else None, None if kind == "response" else said, seconds, cold)

    @property
    def log(self) -> list[Mapping[str, Any]]:
        """Every message that the function has logged. Raises ValueError for one that is not JSON."""
        rest, messages = self._log.read_bytes(), []
        while rest:
            # The frames in which a runtime hands messages to Lambda: kind, length, time.
            _, length, _ = FRAME.unpack_from(rest)
            messages.append(json.loads(rest[FRAME.size : FRAME.size + length]))
            rest = rest[FRAME.size + length :]
        return messages

    def end(self) -> None:
        """Ends the process, as Lambda does after a timeout."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self._server.forget()

    def close(self) -> None:
        self.end()
        self._server.shutdown()
        self._server.server_close()

    def _started(self) -> subprocess.Popen[bytes]:
        of_lambda = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "nezha",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": "INFO",
            "LAMBDA_TASK_ROOT": str(self._code),
            "PYTHONPATH": str(self._code),
            "PATH": os.environ["PATH"],
        }
        with self._log.open("ab") as log:
            of_lambda["_LAMBDA_TELEMETRY_LOG_FD"] = str(log.fileno())
            environment = {**of_lambda, **self._environment}
            return subprocess.Popen(self._command, cwd=self._code, env=environment, pass_fds=(log.fileno(),))


class _Service(ThreadingHTTPServer):
    """events: (request id, event, Unix time of its deadline). outcomes: (what kind, body)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: queue.Queue[tuple[str, bytes, float] | None] = queue.Queue()
        self.outcomes: queue.Queue[tuple[str, bytes]] = queue.Queue()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def forget(self) -> None:
        """Lets go of what the process that ended has asked for or left."""
        ended = self.events
        self.events, self.outcomes = queue.Queue(), queue.Queue()
        ended.put(None)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Service

    def handle(self) -> None:
        with suppress(ConnectionError):  # the process was ended
            super().handle()

    def do_GET(self) -> None:
        event = self.server.events.get()
        if event is None:
            self.close_connection = True
            return
        request_id, body, deadline = event
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(round(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
        }
        self._answer(200, body, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = "init" if self.path == f"{API}/init/error" else self.path.rpartition("/")[2]
        outcomes = self.server.outcomes
        if len(body) > ANSWER_BYTES:
            error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": "Response payload size exceeded"}
            kind, body = "error", json.dumps(error).encode()
        self._answer(202, b'{"status":"OK"}', {})
        outcomes.put((kind, body))

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Writes nothing."""


@contextmanager
def deployed_function(
    code: Path, handler: str, environment: Mapping[str, str], *, log: Path, timeout: float = 10
) -> Iterator[Function]:
    """A function whose process ends with this block."""
    function = Function(code, handler, environment, timeout, log)
    try:
        yield function
    finally:
        function.close()
