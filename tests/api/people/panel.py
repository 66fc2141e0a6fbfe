"""A signed-in person's browser for tests, and a valid request for every route."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import scrypt
from threading import Barrier
from typing import Any

from chalicelib.api.site_files import accent_file
from chalicelib.fleet.devices import new_device
from chalicelib.fleet.passwords import Password
from chalicelib.fleet.tokens import hash_of
from tests.support.dashboard import Dashboard, HttpAnswer, application, serve

PASSWORD_TEXT = "correct horse battery staple"
SALT = "00112233445566778899aabbccddeeff"
PASSWORD = Password(scrypt(PASSWORD_TEXT.encode(), salt=bytes.fromhex(SALT), n=2, r=1, p=1).hex(), SALT, 2, 1, 1, 1)
"""Stored with parameters that take no time to check."""

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
ICMP = {"name": "Loopback", "type": "icmp", "target": "127.0.0.1"}
NTFY = {"name": "Phone", "kind": "apprise", "url": "ntfy://127.0.0.1:1/topic"}
RULE = {"name": "Disk", "conditions": [{"type": "disk", "above": 90}]}
TCP = {"name": "Web", "type": "tcp", "target": "example.com:443"}


@dataclass
class Panel:
    """`cookie` is a Cookie header."""

    dashboard: Dashboard
    cookie: str

    def request(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = SAME_ORIGIN) -> HttpAnswer:
        """`body` is sent as it is when it is bytes, else as JSON unless it is None."""
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        return self.dashboard.request(method, path, {"Cookie": self.cookie, **headers}, raw)

    def get(self, path: str) -> HttpAnswer:
        return self.request("GET", path, headers={})

    def post(self, path: str, body: Any = None) -> HttpAnswer:
        return self.request("POST", path, body)

    def patch(self, path: str, body: Any) -> HttpAnswer:
        return self.request("PATCH", path, body)

    def delete(self, path: str) -> HttpAnswer:
        return self.request("DELETE", path)

    def monitor(self, **fields: Any) -> int:
        """The id of a new monitor."""
        return int(self.post("/api/monitor", {**ICMP, **fields}).result["id"])

    def channel(self, **fields: Any) -> int:
        """The id of a new channel."""
        return int(self.post("/api/channel", {**NTFY, **fields}).result["id"])

    def one(self, path: str, id_: int | str) -> Any:
        """What a list route tells of one thing."""
        (found,) = [thing for thing in self.get(path).result if thing["id"] == id_]
        return found


def sign_in(dashboard: Dashboard, password: str = PASSWORD_TEXT, headers: Mapping[str, str] = {}) -> HttpAnswer:
    return dashboard.request("POST", "/api/login", headers, json.dumps({"password": password}).encode())


def signed_in(dashboard: Dashboard) -> Panel:
    """A new session; sets the password."""
    dashboard.store.set_password(PASSWORD)
    return Panel(dashboard, cookie_of(sign_in(dashboard)))


def cookie_of(answer: HttpAnswer) -> str:
    """The Cookie header that a browser sends after this answer."""
    assert answer.status == 200, answer.body
    return answer.headers["set-cookie"].partition(";")[0]


def ask_host(
    dashboard: Dashboard, host: str, method: str, path: str, headers: Mapping[str, str] = {}, body: Any = None
) -> HttpAnswer:
    """A request that names another host than the others do."""
    raw = None if body is None else json.dumps(body).encode()
    return dashboard.request(method, path, {**headers, "Host": host}, raw)


def names_field(answer: HttpAnswer, field: str) -> bool:
    """Whether this is the 400 that tells which field is wrong."""
    return answer.error == (400, 400) and f'"{field}"' in answer.json["message"]


@contextmanager
def serve_another(dashboard: Dashboard) -> Iterator[Dashboard]:
    """The application in another process, on the same tables at the same time."""
    with serve(dashboard.store.another(), dashboard.clock) as other:
        yield other


def together(*calls: Callable[[], Any]) -> list[Any]:
    """The results of calls that begin at once, each in a thread of its own."""
    barrier = Barrier(len(calls))

    def begin(call: Callable[[], Any]) -> Any:
        barrier.wait(60)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(begin, calls))


def every_route(dashboard: Dashboard) -> set[str]:
    """`METHOD /path` of every route of the application; HEAD, which goes with GET, is left out."""
    routes = application(dashboard.store, dashboard.clock).routes
    return {f"{method} {path}" for path, methods in routes.items() for method in methods if method != "HEAD"}


_BODIES: Mapping[str, Any] = {
    "POST /api/v1/server/register": {},
    "POST /api/v1/agent/report": {"reports": [{}]},
    "POST /api/login": {"password": PASSWORD_TEXT},
    "POST /api/password": {"current": PASSWORD_TEXT, "new": "another password"},
    "POST /api/token": {},
    "POST /api/server": {"name": "new"},
    "PATCH /api/server": {"servers": [{"id": 1, "tag": "new"}]},
    "PATCH /api/server/{id}": {"note": "new"},
    "POST /api/monitor": ICMP,
    "PATCH /api/monitor/{id}": {"name": "new"},
    "POST /api/rule": RULE,
    "PATCH /api/rule/{id}": {"name": "new"},
    "POST /api/channel": NTFY,
    "PATCH /api/channel/{id}": {"name": "new"},
    "PATCH /api/settings": {"site_name": "new"},
}


def good_request(dashboard: Dashboard, panel: Panel, route: str, *, hidden: bool = False) -> tuple[str, str, bytes]:
    """(method, path, body) of a valid request for this route, about something new."""
    method, _, path = route.partition(" ")
    if path == "/api/login/device":
        body = {"password": PASSWORD_TEXT, "device": new_device(PASSWORD, "1", dashboard.clock())}
        return method, path, json.dumps(body).encode()
    if path == "/api/password":
        dashboard.store.set_password(PASSWORD)  # an earlier request may have changed it
    if route == "DELETE /api/server":
        path = f"/api/server?id={dashboard.server()[0].id}"
    if route == "DELETE /api/session":
        panel.cookie = cookie_of(sign_in(dashboard))  # an earlier request may have ended it
    if "/custom/{file}" in path:
        path = f"/custom/{accent_file('#2c52e0')}"
    if "{file}" in path:
        path = f"/static/{_published_file(dashboard)}"
    if "{badge}" in path:
        path = f"/badge/{dashboard.server()[0].id}.svg"
    if "{id}" in path:
        path = path.replace("{id}", str(_new_id(dashboard, panel, path, hidden=hidden)))
    return method, path, json.dumps(_BODIES[route]).encode() if route in _BODIES else b""


def _published_file(dashboard: Dashboard) -> str:
    """A file that the sign-in page needs."""
    found = re.search(r"static/([^\"']+)", dashboard.get("/login").body.decode())
    assert found
    return found[1]


def _new_id(dashboard: Dashboard, panel: Panel, path: str, *, hidden: bool) -> int | str:
    if path.startswith(("/api/v1/monitor/", "/api/server/", "/api/ping/", "/api/history/", "/server/")):
        return dashboard.server(hide_for_guest=hidden)[0].id
    if path.startswith("/api/session/"):
        return hash_of(cookie_of(sign_in(dashboard)).partition("=")[2])[:16]
    body = {"/api/rule": RULE, "/api/channel": NTFY}.get(path.partition("/{id}")[0], {**ICMP, "note": ""})
    thing: int | str = panel.post(path.partition("/{id}")[0], body).result["id"]
    return thing
