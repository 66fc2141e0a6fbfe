"""Hostile requests against the local server: `python -m benchmarks.fuzz --requests 100000 --seed 1`.

Starts `python -m local` with nothing in it, sends malformed HTTP, JSON, headers, cookies, paths and Unicode over
several connections at once, among them slow clients and oversized bodies, while a well-behaved client sends requests.
Exits with 1 unless every complete request got an answer with a status below 500 in the project's shape, the honest
client got only correct answers, the server's memory stayed flat, and the service still works afterwards.
"""

import argparse
import http.client
import json
import re
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from benchmarks.fuzz_target import ANSWER_SECONDS, Target, dashboard
from benchmarks.hostile import Generator, Hostile

CLIENTS = 8
SLOW_CLIENTS = 100
OVERSIZED = 11 * 1024 * 1024
GROWTH_MB = 8
"""By how much the dashboard's memory may grow after the second tenth, in which the slow clients and the oversized
bodies come.
"""

VIOLATIONS_SHOWN = 20


@dataclass
class FuzzOutcome:
    """The outcome of a run. violations: described in words; empty if there were none."""

    statuses: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    memory_mb: list[float] = field(default_factory=list)
    seconds: float = 0.0
    honest: int = 0
    slowest_honest: float = 0.0
    violations: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description="Hostile requests, locally.")
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    outcome = fuzz(options.requests, options.seed)
    _print(outcome)
    return 1 if outcome.violations else 0


def fuzz(requests: int, seed: int) -> FuzzOutcome:
    outcome = FuzzOutcome()
    began = time.monotonic()
    with dashboard() as target:
        generators = [Generator(seed * 1000 + client, target.credentials, target.cookie) for client in range(CLIENTS)]
        for tenth in range(10):
            share = requests * (tenth + 1) // 10 - requests * tenth // 10
            counts = [share * (client + 1) // CLIENTS - share * client // CLIENTS for client in range(CLIENTS)]
            with ThreadPoolExecutor(CLIENTS) as clients, _honest(target, outcome), ExitStack() as slow:
                if tenth == 1:
                    slow.enter_context(_slow_clients(target.port))
                    slow.enter_context(_oversized(target.port, outcome))
                list(clients.map(_send_all, generators, counts, [target] * CLIENTS, [outcome] * CLIENTS))
            outcome.memory_mb.append(target.memory_mb())
        _check_unharmed(target, outcome)
        _check_memory(outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


def _send_all(generator: Generator, count: int, target: Target, outcome: FuzzOutcome) -> None:
    for _ in range(count):
        request = generator.request()
        _, problem = _sent(target.port, request, outcome)
        if problem:
            outcome.violations.append(f"{request.kind}: {problem}\n    {request.raw[:300]!r}")


def _sent(port: int, request: Hostile, outcome: FuzzOutcome) -> tuple[int, str]:
    """The status, 0 for no answer, and what is wrong with the answer, "" for nothing. Counts the request's kind and the
    status.
    """
    outcome.kinds[request.kind] += 1
    try:
        status, problem = _exchange(port, request)
    except (OSError, http.client.HTTPException) as error:
        status, problem = 0, f"no answer: {error!r}"
    outcome.statuses[status] += 1
    return status, problem


def _exchange(port: int, request: Hostile) -> tuple[int, str]:
    """The status, and what is wrong with the answer, "" for nothing. Raises when there is none."""
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            # The server may refuse a request before it has read all of it, but must still answer.
            connection.sendall(request.raw)
        with http.client.HTTPResponse(connection, method=request.method) as answer:
            answer.begin()
            body = answer.read()
    return answer.status, _problem(request, answer, body)


def _problem(request: Hostile, answer: http.client.HTTPResponse, body: bytes) -> str:
    if answer.status >= 500:
        return f"{answer.status} {body[:200]!r}"
    if answer.status < 400 or request.method == "HEAD" or request.raw.startswith(b"HEAD "):
        return ""
    try:
        error = json.loads(body)
    except ValueError:
        error = None
    code = 403 if answer.status == 401 else answer.status
    if not (isinstance(error, dict) and error.get("code") == code and error.get("message") and error.keys() <= _KEYS):
        return f"{answer.status} not in the shape of errors: {body[:200]!r}"
    return ""


_KEYS = {"code", "message", "error", "field", "limit", "retry_after"}
"""Every error has the first two. Errors of people's routes have the others where they apply."""


@contextmanager
def _honest(target: Target, outcome: FuzzOutcome) -> Iterator[None]:
    """Asks for the list throughout the block, and at least once within it."""
    over = threading.Event()

    def ask() -> None:
        while True:
            began = time.monotonic()
            try:
                servers = target.ask("GET", "/api/v1/server/list", {"Authorization": target.token})["result"]
                if 1 not in [server["id"] for server in servers]:
                    outcome.violations.append(f"the honest client got a list without server 1: {servers}")
            except (OSError, ValueError, http.client.HTTPException) as error:
                outcome.violations.append(f"the honest client was not served: {error!r}")
            outcome.honest += 1
            outcome.slowest_honest = max(outcome.slowest_honest, time.monotonic() - began)
            if over.wait(0.1):
                return

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _slow_clients(port: int) -> Iterator[None]:
    """Opens connections that send a byte every half second and do not finish within the block."""
    over = threading.Event()
    connections = [socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS) for _ in range(SLOW_CLIENTS)]

    def trickle() -> None:
        head = b"POST /api/v1/agent/report HTTP/1.1\r\nContent-Length: 1000000\r\nX-Slow: "
        sent = 0
        while not over.wait(0.5):
            for connection in connections:
                connection.sendall(head[sent : sent + 1] or b"x")
            sent += 1

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for connection in connections:
            connection.close()


@contextmanager
def _oversized(port: int, outcome: FuzzOutcome) -> Iterator[None]:
    """Sends four bodies that are too large, each of which must get a 413."""
    head = (
        b"POST /api/v1/agent/report HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % OVERSIZED
    )
    request = Hostile("oversized", head + b"x" * OVERSIZED, "POST")

    def send() -> None:
        status, problem = _sent(port, request, outcome)
        if problem or status != 413:
            outcome.violations.append(f"oversized: {status} {problem}")

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()


def _check_unharmed(target: Target, outcome: FuzzOutcome) -> None:
    """Checks that a report that is sent now shows in the details that are requested next."""
    try:
        report = {"secret": target.secret, "state": {"CPU": 12.5, "MemUsed": 77}}
        (taken,) = target.ask("POST", "/api/v1/agent/report", {}, {"reports": [report]})["result"]["reports"]
        path = f"/api/v1/server/details?id={taken['server_id']}"
        (server,) = target.ask("GET", path, {"Authorization": target.token})["result"]
        if (server["id"], server["status"]["CPU"], server["status"]["MemUsed"]) != (1, 12.5, 77):
            outcome.violations.append(f"afterwards details are {server}")
    except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
        outcome.violations.append(f"afterwards the service is harmed: {error!r}")


def _check_memory(outcome: FuzzOutcome) -> None:
    growth = outcome.memory_mb[-1] - outcome.memory_mb[1]
    if growth > GROWTH_MB:
        outcome.violations.append(f"memory grew by {growth:.0f} MB")


def _print(outcome: FuzzOutcome) -> None:
    sent = sum(outcome.kinds.values())
    print(f"sent       {sent:,} in {outcome.seconds:.0f} s: " + _counts(outcome.kinds))
    print("statuses   " + _counts(outcome.statuses))
    print("memory     " + " ".join(f"{figure:.0f}" for figure in outcome.memory_mb) + " MB, after each tenth")
    print(f"honest     {outcome.honest} answers, the slowest in {outcome.slowest_honest:.1f} s")
    for violation in outcome.violations[:VIOLATIONS_SHOWN]:
        print(f"violation  {violation}")
    print(f"verdict    {'NOT HELD: ' + str(len(outcome.violations)) + ' violations' if outcome.violations else 'held'}")


def _counts(counter: Counter[Any]) -> str:
    return ", ".join(f"{re.sub('^0$', 'none', str(what))} {count:,}" for what, count in sorted(counter.items()))


if __name__ == "__main__":
    sys.exit(main())
