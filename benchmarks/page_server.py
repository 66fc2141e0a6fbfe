"""A dashboard that takes almost no CPU, so that a browser on the same machine can be measured.

Its servers are simulated. The real handler produces each answer once, with an embedded DynamoDB. From then on, the
answer is sent from memory, compressed as API Gateway and CloudFront do. The figures of states change with every answer,
so that a page has to redraw all of them.
"""

import gzip
import json
import random
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from benchmarks import sample_data
from benchmarks.dashboard import ColdApp
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import sign_in
from chalicelib.fleet.watch import Watch
from local.api_gateway import ApiGateway
from local.demo import feed
from local.http import HttpServer

WAIT_SECONDS = 300
PASSWORD = "a password for benchmarks"  # noqa: S105
STATES = ("/api/summary", "/api/server")
"""Paths whose answers contain states of servers."""
LEVEL = 6
"""The level of gzip; about what CloudFront uses."""


class PageServer(NamedTuple):
    """url: the dashboard's. session: the session cookie's value of a signed-in person."""

    url: str
    session: str


@contextmanager
def serving(servers: int) -> Iterator[PageServer]:
    """Serves a dashboard with simulated servers, whose events and monitors are public; the first one has a history."""
    with sample_data.dynamodb() as url:
        store = sample_data.new_store(url)
        _simulate(store, servers)
        store.edit_settings({"public_events": True, "public_monitors": True})
        sign_in.set_password(store, PASSWORD)
        session = sign_in.sign_in(store, PASSWORD, "127.0.0.1", time.time())
        server = HttpServer(_Answers(ApiGateway(ColdApp(url).app, None)), 0)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield PageServer(f"http://127.0.0.1:{server.port}", session)
        finally:
            server.close()
            thread.join()


def _simulate(store: WatchedStore, servers: int) -> None:
    """Runs simulated servers until nearly all have reported, and then stops them. Some are offline."""
    stop = threading.Event()
    thread = threading.Thread(target=feed, args=(store, servers, stop, 1))
    thread.start()
    try:
        end = time.monotonic() + WAIT_SECONDS
        while len(store.states()) < 0.9 * servers or not _has_past(store):
            if time.monotonic() > end:
                raise TimeoutError(f"the {servers} simulated servers did not report within {WAIT_SECONDS} s")
            time.sleep(1)
    finally:
        stop.set()
        thread.join()
    Watch(store, 60).look(*store.view_and(store.states), time.time())


def _has_past(store: WatchedStore) -> bool:
    """Whether the first server has points of the last minutes, which are added last."""
    now = int(time.time())
    return bool(store.pinged([1], now - 600, now))


class _Kept(NamedTuple):
    """An answer of the gateway. at: when it was given, in Unix seconds. packed: its body, compressed."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    packed: bytes
    at: float


class _Answers:
    """A WSGI application that requests each answer from the gateway only once."""

    def __init__(self, gateway: ApiGateway) -> None:
        self._gateway = gateway
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = (environ["REQUEST_URI"], environ.get("HTTP_COOKIE", ""))
        with self._one_at_a_time:
            kept = self._kept.get(asked) or self._kept.setdefault(asked, self._ask(environ))
        body = kept.packed
        if urlsplit(asked[0]).path in STATES:
            body = gzip.compress(_moved(kept), LEVEL)
        headers = [*kept.headers, ("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))]
        start_response(kept.status, headers)
        return [body]

    def _ask(self, environ: WSGIEnvironment) -> _Kept:
        began: list[Any] = []
        (body,) = self._gateway(environ, lambda *started: began.extend(started))  # type: ignore[arg-type]
        status, headers = began
        kept = [(name, value) for name, value in headers if name != "Content-Length"]
        return _Kept(status, kept, body, gzip.compress(body, LEVEL), time.time())


def _moved(kept: _Kept) -> bytes:
    """The answer with other figures, as if every online server had just reported."""
    answer = json.loads(kept.body)
    result = answer["result"]
    later = int(time.time() - kept.at)
    for server in result["servers"] if isinstance(result, dict) else result:
        if server["online"]:
            _move(server, later)
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def _move(server: dict[str, Any], later: int) -> None:
    status = server["status"]
    server["last_active"] += later
    status["Uptime"] += later
    status["CPU"] = min(100, max(0, status["CPU"] + random.uniform(-8, 8)))
    status["MemUsed"] = int(status["MemUsed"] * random.uniform(0.97, 1.03))
    status["Load1"] = round(status["Load1"] * random.uniform(0.8, 1.2), 2)
    for way in ("In", "Out"):
        speed = int(status[f"Net{way}Speed"] * random.uniform(0.7, 1.4))
        status[f"Net{way}Speed"] = speed
        status[f"Net{way}Transfer"] += speed * later
    if server["latency"] is not None:
        server["latency"] = round(server["latency"] * random.uniform(0.9, 1.1), 2)
