"""An API that answers as a test tells it to, and keeps what it receives."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Report = dict[str, Any]


@dataclass
class ScriptedApi:
    """secrets: the server of each. status: of every answer. most_bytes: of a request, beyond which it is a 413.

    flush: None for a dashboard that knows no minutes.

    errors: (error, retry) by server, in place of taking it. is_frugal: looks up the others only if the first is right.

    refused_minutes: in the outcome of every report with minutes.

    is_silent: takes connections and gives no answer until `over` is set.
    """

    url: str = ""
    secrets: dict[str, int] = field(default_factory=dict)
    monitors: list[dict[str, Any]] = field(default_factory=list)
    interval: int = 10
    flush: int | None = 60
    status: int = 200
    most_bytes: int = 2**20
    headers: dict[str, str] = field(default_factory=dict)
    errors: dict[int, tuple[str, bool]] = field(default_factory=dict)
    refused_minutes: list[Report] = field(default_factory=list)
    is_frugal: bool = False
    is_silent: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    requests: list[list[Report]] = field(default_factory=list)

    @property
    def reports(self) -> list[Report]:
        return [report for request in self.requests for report in request]

    def reports_of(self, server_id: int, key: str) -> list[Report]:
        """Its reports that hold a state, a host, or pings."""
        return [report for report in self.reports if self.secrets.get(report["secret"]) == server_id and key in report]

    def answer(self, reports: list[Report]) -> dict[str, Any]:
        ids = [self.secrets.get(report["secret"], 0) for report in reports]
        outcomes = [self._outcome(server_id) for server_id in ids]
        for outcome, report in zip(outcomes, reports, strict=True):
            if self.refused_minutes and "minutes" in report:
                outcome["refused_minutes"] = self.refused_minutes
        if self.is_frugal and reports and not ids[0]:
            ids = [0] * len(ids)
            outcomes[1:] = [{"error": "unavailable", "message": "as scripted", "retry": True}] * (len(ids) - 1)
        return {
            "interval": self.interval,
            **({} if self.flush is None else {"flush": self.flush}),
            "reports": outcomes,
            "monitors": [
                {**monitor, "server_ids": sorted({id_ for id_ in ids if id_ in monitor["server_ids"]})}
                for monitor in self.monitors
            ],
        }

    def _outcome(self, server_id: int) -> dict[str, Any]:
        error, retry = self.errors.get(server_id, ("" if server_id else "unknown_secret", False))
        return {"error": error, "message": "as scripted", "retry": retry} if error else {"server_id": server_id}


def monitor(number: int, servers: list[int], interval: int = 10, target: str = "192.0.2.1:443") -> dict[str, Any]:
    kind = "tcp" if ":" in target else "icmp"
    return {"id": number, "type": kind, "target": target, "interval": interval, "server_ids": servers}


@contextmanager
def scripted_api(port: int = 0, **script: Any) -> Iterator[ScriptedApi]:
    """A real HTTP server on a free port."""
    api = ScriptedApi(**script)
    server: Any = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    server.daemon_threads = True
    server.api = api
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield api
    finally:
        api.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Any
    protocol_version = "HTTP/1.1"
    timeout = 10
    wbufsize = -1

    def do_POST(self) -> None:
        api: ScriptedApi = self.server.api
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) > api.most_bytes:
            self._answer(413, b"{}")
            return
        if api.is_silent:
            api.over.wait(60)
            self.close_connection = True
            return
        reports = json.loads(body)["reports"]
        api.requests.append(reports)
        result = {"code": 0, "message": "success", "result": api.answer(reports)}
        self._answer(api.status, json.dumps(result).encode() if api.status == 200 else b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        for name, value in self.server.api.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass
