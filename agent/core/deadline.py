"""Ends exchanges over a connection that take too long."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Overdue(OSError):
    """Raised at the end of a `Deadline` that has passed, in place of the error that the shutdown caused."""


class Deadline:
    """Shuts a connection down if the block takes longer than this many seconds.

    A socket's own timeout starts again with every byte, so a peer that sends one now and then would never run into it.
    Only another thread can bound the whole exchange.
    """

    def __init__(self, connected: socket.socket, seconds: float) -> None:
        self._socket = connected
        self._has_passed = False
        self._timer = threading.Timer(seconds, self._break_off)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        """Raises Overdue."""
        self._timer.cancel()
        if self._has_passed:
            raise Overdue("the exchange took too long")

    def _break_off(self) -> None:
        self._has_passed = True
        with suppress(OSError):
            # Not SSLSocket's own method, which takes away what the other thread is reading from.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
