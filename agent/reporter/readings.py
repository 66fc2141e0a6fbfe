"""Readings that a system may lack, forbid, or get wrong. A failure costs a figure, not a report."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
Otherwise = TypeVar("Otherwise")

LONGEST_WAIT = 1.0
"""Seconds that a report waits for a slow reading."""


def reading(read: Callable[[], T], otherwise: Otherwise) -> T | Otherwise:
    """What `read` returns, or `otherwise` when it fails.

    Every exception counts as a failure, as psutil also raises errors of its own parsing, such as an IndexError for a
    line that is cut off.
    """
    try:
        return read()
    except Exception:
        return otherwise


def text_of(path: Path) -> str:
    """The content of a file, "" when it cannot be read."""
    return reading(lambda: path.read_text(errors="replace"), "")


class Latest(Generic[T]):
    """A reading that may hang, in a name lookup or a file system. While it hangs, its last result counts."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._value: T | None = None
        self._running: threading.Event | None = None

    def get(self) -> T | None:
        """Reads again, and returns the newest result within LONGEST_WAIT; None before the first one."""
        if self._running is None or self._running.is_set():
            done = self._running = threading.Event()
            thread = threading.Thread(target=self._run, args=(done,), name="reading", daemon=True)
            if reading(thread.start, done) is done:
                done.set()
        self._running.wait(LONGEST_WAIT)
        return self._value

    def _run(self, done: threading.Event) -> None:
        self._value = reading(self._read, self._value)
        done.set()
