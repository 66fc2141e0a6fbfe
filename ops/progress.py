"""How far a long command is, on a terminal; nothing where nobody looks."""

import sys
import time

WIDTH = 30
REDRAW_SECONDS = 0.1


class Progress:
    """A bar of `total` items; `total` may be too low, when it is a guess."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._drawn = 0.0

    def show(self, done: int) -> None:
        if sys.stderr.isatty() and time.monotonic() - self._drawn >= REDRAW_SECONDS:
            self._drawn = time.monotonic()
            filled = WIDTH * min(done, self._total) // max(self._total, 1)
            sys.stderr.write(f"\r{self._what} [{'#' * filled}{' ' * (WIDTH - filled)}] {done:,}")
            sys.stderr.flush()

    def end(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
