"""Servers and states for tests, and threads that begin together."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from benchmarks.watched_store import Send, WatchedStore
from chalicelib.fleet.figures import V0_FIGURES
from chalicelib.fleet.servers import Server, create
from chalicelib.fleet.states import State
from chalicelib.storage import DynamoStore

NOW = 1_795_444_683


@contextmanager
def before_calls(store: WatchedStore, operation: str, act: Callable[[], None]) -> Iterator[None]:
    """Within the block, acts before each call of an operation."""

    def handle(send: Send, called: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if called == operation:
            act()
        return send(called, parameters)

    with store.calls.around(handle):
        yield


@contextmanager
def after_calls(store: WatchedStore, operation: str, act: Callable[[], None]) -> Iterator[None]:
    """Within the block, acts when an operation was answered and its caller does not know yet."""

    def handle(send: Send, called: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer = send(called, parameters)
        if called == operation:
            act()
        return answer

    with store.calls.around(handle):
        yield


@contextmanager
def requests_of(store: WatchedStore) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """The (operation, parameters) of what is sent within the block."""
    sent: list[tuple[str, dict[str, Any]]] = []

    def note(send: Send, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        sent.append((operation, parameters))
        return send(operation, parameters)

    with store.calls.around(note):
        yield sent


def add_server(store: DynamoStore, name: str = "one", **details: Any) -> Server:
    return add_server_with_secret(store, name, **details)[0]


def add_server_with_secret(store: DynamoStore, name: str = "one", **details: Any) -> tuple[Server, str]:
    return create(store, Server(0, name, **details), NOW)


def servers(store: DynamoStore) -> dict[int, Server]:
    """Every server by id, as of this moment."""
    return dict(store.view().fleet.by_id)


def state(at: int = NOW, *, received: int | None = None, mark: int = 0, temperatures: str = "") -> State:
    """A short state; `mark` tells it from others of the same time."""
    return State(at, at if received is None else received, ",".join([str(mark)] * len(V0_FIGURES)), temperatures)


def agent_state(number: int, at: int = NOW) -> State:
    """A state as agents send it: 17-digit percentages, long counters, loads of two decimals."""
    figures = (
        "15.686274509819874",
        str(12_345_678_848 + number),
        str(2_147_479_552 + number),
        str(1_234_567_890_944 + number),
        str(9_876_543_210_987 + number),
        str(8_765_432_109_876 + number),
        str(1_234_567 + number),
        str(7_654_321 + number),
        str(23_456_789 + number),
        "10.25",
        "12.08",
        "11.97",
        "1234",
        "123",
        "1234",
        "33.16831683166077",
    )
    return State(at, at, ",".join(figures))


def together(work: Callable[[Any], Any], arguments: Iterable[Any]) -> list[Any]:
    """The results of calling `work` with each argument, in threads that begin at the same moment."""
    arguments = list(arguments)
    begin = threading.Barrier(len(arguments))

    def run(argument: Any) -> Any:
        begin.wait(60)
        return work(argument)

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(run, arguments))
