"""The dashboard that hostile requests are sent to, with credentials for it."""

import http.client
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psutil

from benchmarks import system

ANSWER_SECONDS = 30

ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}
"""glibc gives each thread a heap of its own, and reuses gaps in it late. With eight threads, memory grows by 14 MB over
100,000 requests of all sizes, although the memory in use stays the same. With one heap, the process's memory shows what
is in use.
"""

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Target:
    """token: reads and registers, for the honest client alone. reading: a token that only reads.

    secret: of server 1, which the honest client asks for.
    """

    process: subprocess.Popen[str]
    port: int
    token: str
    reading: str = ""
    secret: str = ""
    cookie: str = ""

    @property
    def credentials(self) -> tuple[str, ...]:
        # Without the token that can register servers: servers that fuzzed requests add do no harm, but use memory.
        return (self.secret, self.reading, "x" * 32)

    def memory_mb(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> Any:
        return self.answer(method, path, headers, body)[0]

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> tuple[Any, str]:
        """The parsed body, and the cookie, "" for none. Raises ValueError when the answer is an error."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        with closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body), dict(headers))
            answer = connection.getresponse()
            found = json.loads(answer.read())
        if answer.status != 200:
            raise ValueError(f"{path}: {answer.status} {found}")
        return found, (answer.headers["Set-Cookie"] or "").partition(";")[0]


@contextmanager
def dashboard() -> Iterator[Target]:
    """Runs a dashboard with one server, so that there is something to harm."""
    # The hostile requests use the host name "a". Without this option, all of them would be refused for it.
    with system.running("--allow-host", "a", **ONE_ARENA) as (process, said):
        yield _prepared(Target(process, int(said["url"].rpartition(":")[2]), said["token"]), said["password"])


def _prepared(target: Target, password: str) -> Target:
    """The target with a server, a token that only reads, and a session."""
    secret = target.ask("POST", "/api/v1/server/register", {"Authorization": target.token, **JSON}, {})["secret"]
    browser = {"Sec-Fetch-Site": "same-origin", **JSON}
    _, cookie = target.answer("POST", "/api/login", browser, {"password": password})
    created = target.ask("POST", "/api/token", {**browser, "Cookie": cookie}, {"note": "fuzz", "scopes": ["read"]})
    return replace(target, secret=secret, reading=created["result"]["token"], cookie=cookie)
