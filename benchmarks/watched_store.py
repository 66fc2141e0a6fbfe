"""A store whose calls can be watched or answered, whose items can be read directly, and whose clock can be moved."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest import mock

from chalicelib.config import Config
from chalicelib.storage import DynamoStore, connect
from chalicelib.storage.calls import Database, Transport

PATIENCE_SECONDS = 60

Parameters = dict[str, Any]
Send = Callable[[str, Parameters], Parameters]
"""Sends an operation's parameters and returns the answer."""

Handle = Callable[[Send, str, Parameters], Parameters]


class Watched:
    """A transport that passes calls on to `transport`, or to the handler within an `around` block."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._send: Send = transport.call

    def call(self, operation: str, parameters: Parameters) -> Parameters:
        return self._send(operation, parameters)

    def close(self) -> None:
        self._transport.close()

    @contextmanager
    def around(self, handle: Handle) -> Iterator[None]:
        """Within this block `handle(send, operation, parameters)` answers each call."""
        send = self._send
        self._send = partial(handle, send)
        try:
            yield
        finally:
            self._send = send


class MovableClock:
    """The machine's clock plus the skipped seconds; with `runs` false, a clock that moves only when seconds are
    skipped.
    """

    def __init__(self, *, runs: bool = True) -> None:
        self._runs = runs
        self._ahead = 0.0

    def monotonic(self) -> float:
        return self._ahead + (time.monotonic() if self._runs else 0.0)

    def sleep(self, seconds: float, /) -> None:
        if self._runs:
            time.sleep(seconds)
        else:
            self.skip(seconds)

    def skip(self, seconds: float) -> None:
        self._ahead += seconds


class WatchedStore(DynamoStore):
    """prefix, transport, clock: the arguments. calls: the transport that the store uses, which can be watched.

    database: the same tables, through calls that are not watched.
    """

    def __init__(self, prefix: str, transport: Transport, clock: MovableClock | None = None) -> None:
        self.prefix = prefix
        self.transport = transport
        self.clock = clock or MovableClock()
        self.calls = Watched(transport)
        self.database = Database(prefix, transport, self.clock)
        super().__init__(prefix, self.calls, self.clock)

    def another(self, prefix: str = "", clock: MovableClock | None = None) -> "WatchedStore":
        """A store with nothing in memory, as in another process, on the same tables or on those with `prefix`."""
        return WatchedStore(prefix or self.prefix, self.transport, clock or self.clock)


def opened(url: str, prefix: str, clock: MovableClock | None = None) -> WatchedStore:
    """A store at the DynamoDB at `url`, over the transport that Lambda uses."""
    return WatchedStore(prefix, connect.for_requests(Config(prefix, "us-east-1", url)), clock)


def opened_patiently(url: str, prefix: str) -> WatchedStore:
    """A store that waits longer for single answers, for a DynamoDB on a busy machine."""
    with mock.patch.object(connect, "READ_SECONDS", PATIENCE_SECONDS):
        return opened(url, prefix)
