"""A DynamoDB over HTTP that answers as a test tells it to: throttled, halfway, or not at all."""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Answer:
    body: Any
    status: int = 200

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


LOST = None
"""In the place of an answer: the request is taken and the connection then closed."""


def error(code: str, status: int = 400, message: str = "scripted") -> Answer:
    return Answer({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}, status)


DONE = Answer({})


class ScriptedDynamoDB:
    """requests: (operation, parameters) of what was asked so far."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._answers: Iterator[Answer | None] = iter(())

    def will_answer(self, answers: Iterable[Answer | None]) -> None:
        """One answer for each request to come."""
        self._answers = iter(answers)

    def answer(self, operation: str, parameters: dict[str, Any]) -> Answer | None:
        self.requests.append((operation, parameters))
        return next(self._answers, error("ValidationException"))

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.requests]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scripted = ScriptedDynamoDB(f"http://127.0.0.1:{self.server_port}")


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "X-Amz-Target" in self.headers:
            asked = self.headers["X-Amz-Target"].partition(".")[2], json.loads(body)
        else:  # another service's form
            form = dict(parse_qsl(body.decode()))
            asked = form["Action"], form
        answer = self.server.scripted.answer(*asked)
        if answer is LOST:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(answer.raw)))
        self.end_headers()
        self.wfile.write(answer.raw)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def scripted_dynamodb() -> Iterator[ScriptedDynamoDB]:
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.scripted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
