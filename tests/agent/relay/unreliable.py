"""An API that fails: a proxy between a relay and the dashboard, which fails some of the requests."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3

FAILURES = ("503", "429", "500", "answer lost", "no answer")


@dataclass
class Unreliable:
    """share: of requests that fail. taken: every report that the dashboard took, also when the answer got lost.

    requests: the reports of each request that came.
    """

    dashboard_url: str
    random: random.Random
    share: float = 0.0
    url: str = ""
    taken: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    requests: list[list[dict[str, Any]]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=16, retries=False))

    def fate(self) -> str:
        with self._lock:
            return self.random.choice(FAILURES) if self.random.random() < self.share else "fine"

    def forward(self, path: str, body: bytes) -> tuple[int, bytes]:
        response = self._pool.request(
            "POST", self.dashboard_url + path, body=body, headers={"Content-Type": "application/json"}
        )
        if response.status == 200:
            outcomes = response.json()["result"]["reports"]
            reports = json.loads(body)["reports"]
            with self._lock:
                self.taken += [
                    (outcome["server_id"], report)
                    for outcome, report in zip(outcomes, reports, strict=True)
                    if "server_id" in outcome
                ]
        return response.status, response.data

    def states(self) -> list[dict[str, Any]]:
        """The reports with a state that were taken."""
        with self._lock:
            return [report for _, report in self.taken if "state" in report]

    def points(self) -> set[tuple[int, int, int, float, int, int]]:
        """Every different point that was taken, with its server."""
        with self._lock:
            return {
                (server_id, point["monitor_id"], point["at"], point["delay"], point["up"], point["down"])
                for server_id, report in self.taken
                for point in report.get("pings", ())
            }

    def minutes(self) -> dict[tuple[int, int], int]:
        """The samples of every minute that was taken, by server and start. Of several the one from more samples."""
        kept: dict[tuple[int, int], int] = {}
        with self._lock:
            for server_id, report in self.taken:
                for minute in report.get("minutes", ()):
                    key = (server_id, minute["at"])
                    kept[key] = max(minute["samples"], kept.get(key, 0))
        return kept


@contextmanager
def unreliable(dashboard_url: str, seed: int = 0, share: float = 0.0) -> Iterator[Unreliable]:
    """A real HTTP server on a free port."""
    api = Unreliable(dashboard_url, random.Random(seed), share)  # noqa: S311
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.api = api
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        api._pool.clear()


class _Handler(BaseHTTPRequestHandler):
    server: Any
    protocol_version = "HTTP/1.1"
    timeout = 10
    wbufsize = -1

    def do_POST(self) -> None:
        api: Unreliable = self.server.api
        body = self.rfile.read(int(self.headers["Content-Length"]))
        api.requests.append(json.loads(body)["reports"])
        fate = api.fate()
        if fate == "no answer":
            self.close_connection = True
        elif fate in ("fine", "answer lost"):
            status, answer = api.forward(self.path, body)
            if fate == "fine":
                self._answer(status, answer)
            self.close_connection = fate != "fine"
        else:
            self._answer(int(fate), b'{"code":0,"message":"as scripted"}')

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass
