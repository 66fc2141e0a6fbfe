"""Shows the progress of a long command, if standard error is a terminal."""

import sys
import time

WIDTH = 30
REDRAW_SECONDS = 0.1


class ProgressBar:
    """A bar of `total` items; `total` may be too low if it is an estimate."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._drawn = 0.0
        self._is_seen = sys.stderr.isatty()

    def show(self, done: int) -> None:
        if self._is_seen and time.monotonic() - self._drawn >= REDRAW_SECONDS:
            self._drawn = time.monotonic()
            filled = WIDTH * min(done, self._total) // max(self._total, 1)
            sys.stderr.write(f"\r{self._what} [{'#' * filled}{' ' * (WIDTH - filled)}] {done:,} of {self._total:,}")
            sys.stderr.flush()

    def end(self) -> None:
        if self._is_seen:
            sys.stderr.write("\r\x1b[K")
