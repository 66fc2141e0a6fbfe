"""A whole dashboard for a test: the application on a real local HTTP server, over a store with tables of its own."""

import gzip
import http.client
import itertools
import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chalice.app import AuthRequest, AuthResponse, Chalice

from benchmarks.watched_store import WatchedStore, opened
from chalicelib.api.authorizer import authorize, guarded
from chalicelib.api.route import Route
from chalicelib.api.routes import ROUTES
from chalicelib.api.serving import Api
from chalicelib.fleet import servers, tokens
from chalicelib.fleet.servers import Server
from chalicelib.fleet.tokens import ALL_SCOPES, Scope
from chalicelib.scheduled import Scheduled
from chalicelib.storage import DynamoStore
from local.api_gateway import create_server
from tests.support.described import problems
from tests.support.moto_transport import MotoTransport, create_tables

NOW = 1_795_444_683.0
LOOPBACK = "127.0.0.1"

_numbers = itertools.count()


@dataclass
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class HttpAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def result(self) -> Any:
        assert (self.status, self.json["code"]) == (200, 0), self.body
        return self.json["result"]

    @property
    def error(self) -> tuple[int, int]:
        """(status, code) of an error in one of the two shapes that errors have."""
        more = {"error", "field"} if "error" in self.json else set()
        assert self.json.keys() - {"limit", "retry_after"} == {"code", "message", *more}, self.body
        assert self.json["message"]
        return self.status, self.json["code"]


class Client:
    """Sends requests to an API. base: what comes before the API's paths at that port."""

    def __init__(self, port: int, base: str = "") -> None:
        self.port = port
        self.base = base

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(
        self, method: str, target: str, headers: Mapping[str, str | list[str]] | None = None, body: bytes | None = None
    ) -> HttpAnswer:
        """One request, its target and headers sent byte for byte as given; the description must know the answer."""
        lines = [f"{method} {self.base}{target} HTTP/1.1", "Connection: close"]
        for name, value in {"Host": LOOPBACK, **(headers or {})}.items():
            lines += [f"{name}: {one}" for one in ([value] if isinstance(value, str) else value)]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))
            answer = http.client.HTTPResponse(connection, method=method)
            answer.begin()
            with answer:
                received = {name.lower(): value for name, value in answer.getheaders()}
                content = answer.read()
                if received.get("content-encoding") == "gzip":
                    content = gzip.decompress(content)
        assert problems(method, target, (answer.status, received, content)) == []
        return HttpAnswer(answer.status, received, content)

    def get(self, path: str, credential: str | None = None) -> HttpAnswer:
        return self.request("GET", path, _authorization(credential))

    def post(self, path: str, credential: str | None = None, body: Any = None) -> HttpAnswer:
        """`body` is sent as it is when it is bytes, else as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("POST", path, _authorization(credential), raw)

    def report(self, *reports: Mapping[str, Any], credential: str | None = None) -> Any:
        """The outcomes of some reports in one request."""
        return self.post("/api/v1/agent/report", credential, {"reports": reports}).result["reports"]


@dataclass
class Dashboard(Client):
    """A client of a dashboard whose store and clock are at hand. report_url: where it tells agents to send reports."""

    store: WatchedStore
    port: int
    clock: Clock = field(default_factory=Clock)
    base: str = ""
    report_url: str = ""

    def details(self, server_id: int) -> Any:
        (server,) = self.get(f"/api/v1/server/details?id={server_id}", self.token()).result
        return server

    def token(self, *scopes: Scope, expires: int = 0) -> str:
        return tokens.create(self.store, self.clock(), scopes=scopes or ALL_SCOPES, expires=expires)[1]

    def server(self, name: str = "one", **details: Any) -> tuple[Server, str]:
        """A new server and its agent's secret; visible to guests unless told otherwise."""
        wanted = Server(0, name, **{"hide_for_guest": False, **details})
        return servers.create(self.store, wanted, self.clock())


def _authorization(credential: str | None) -> dict[str, str]:
    return {} if credential is None else {"Authorization": credential}


def new_store(url: str | None = None) -> WatchedStore:
    """A store with tables of its own, in moto in this process or in the DynamoDB at `url`."""
    prefix = f"t{next(_numbers)}-"
    store = opened(url, prefix) if url else WatchedStore(prefix, MotoTransport())
    if url:
        store.create_tables()
    else:
        create_tables(store)
    return store


@contextmanager
def serve(
    store: WatchedStore,
    clock: Clock | None = None,
    *,
    edge_secret: str = "",
    report_url: str = "",
    state_units: int = 0,
    routes: Sequence[Route] = ROUTES,
    port: int = 0,
) -> Iterator[Dashboard]:
    """The application over `store`, on a free port unless another is given."""
    clock = clock or Clock()
    app = application(store, clock, routes, edge_secret, report_url, state_units)
    server = create_server(app, port, allow_hosts=None)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield Dashboard(store, server.port, clock)
    finally:
        server.close()
        thread.join(60)


def application(
    store: DynamoStore,
    clock: Clock,
    routes: Sequence[Route] = ROUTES,
    edge_secret: str = "",
    report_url: str = "",
    state_units: int = 0,
) -> Chalice:
    """What app.py puts together, with another store and clock."""
    app = Chalice(app_name="test", configure_logs=False)
    behind_the_authorizer = guarded(routes)

    @app.authorizer()
    def authorizer(request: AuthRequest) -> AuthResponse:
        return authorize(request, store, clock(), behind_the_authorizer)

    scheduled = Scheduled(store, 10, clock, local=True)
    api = Api(
        app,
        store,
        authorizer,
        clock,
        report_interval=10,
        flush=300,
        report_url=report_url,
        state_units=state_units,
        compress=True,
        edge_secret=edge_secret,
        try_channel=scheduled.try_channel,
    )
    api.add(routes)
    return app
