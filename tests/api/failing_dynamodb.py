"""A DynamoDB that fails where a test tells it to, and passes everything else on to one that works."""

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Failure:
    """status: of the answer; 0 for a connection that is cut, -1 for one that is never answered.

    -2 for a request that is done, and whose answer is lost. seconds: how late it is.
    """

    status: int
    error: str = ""
    message: str = "scripted"
    seconds: float = 0.0

    @property
    def body(self) -> bytes:
        return json.dumps(
            {"__type": f"com.amazonaws.dynamodb.v20120810#{self.error}", "message": self.message}
        ).encode()


THROTTLED = Failure(400, "ThrottlingException")
EXCEEDED = Failure(400, "ProvisionedThroughputExceededException")
BROKEN = Failure(500, "InternalServerError")
CUT = Failure(0)
SILENT = Failure(-1)
LOST = Failure(-2)
SLOW = Failure(200, seconds=0.6)
"""Done, and answered just within the application's timeout."""
TOO_SLOW = Failure(200, seconds=1.4)
"""Done, and answered after the application's timeout."""

Decision = Callable[[str, Any], Failure | None]
"""How an operation with its parameters fails; None if it succeeds."""


class FailingDynamoDB:
    """`failure` decides what fails; at first nothing does."""

    def __init__(self, url: str, upstream: str) -> None:
        self.url = url
        self.upstream = upstream
        self.ended = threading.Event()
        self.failure: Decision = lambda *_: None

    def fails(self, failure: Failure, *operations: str) -> None:
        """From now on these operations fail, all of them where none is named."""
        self.failure = lambda operation, _: failure if not operations or operation in operations else None

    def works(self) -> None:
        """From now on nothing fails."""
        self.failure = lambda *_: None


class _Handler(BaseHTTPRequestHandler):
    server: Any
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one piece: head and body apart would wait for acknowledgements

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        database: FailingDynamoDB = self.server.database
        failure = database.failure(self.headers["X-Amz-Target"].partition(".")[2], json.loads(body))
        if failure is None:
            self._answer(*self._forwarded(body))
        elif failure.seconds:
            self._answer_late(failure.seconds, body)
        elif failure.status > 0:
            self._answer(failure.status, failure.body)
        else:
            self.close_connection = True
            if failure is LOST:
                self._forwarded(body)
            if failure is SILENT:
                database.ended.wait()

    def _answer_late(self, seconds: float, body: bytes) -> None:
        answer = self._forwarded(body)
        time.sleep(seconds)
        try:
            self._answer(*answer)
        except OSError:  # nobody waits for it any more
            self.close_connection = True

    def _forwarded(self, body: bytes) -> tuple[int, bytes]:
        request = urllib.request.Request(self.server.database.upstream, body, dict(self.headers))
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def failing_dynamodb(upstream: str) -> Iterator[FailingDynamoDB]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.database = FailingDynamoDB(f"http://127.0.0.1:{server.server_port}", upstream)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.database
    finally:
        server.database.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
