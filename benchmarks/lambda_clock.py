"""Time as it passes for a function on Lambda, however busy this machine is."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.handler import unit
from benchmarks.rollup import PROCESSOR_MEGABYTES, UNIT_MILLISECONDS
from benchmarks.watched_store import MovableClock


class LambdaClock(MovableClock):
    """Derives seconds from the CPU time of this process, plus seconds that were skipped. Thread-safe."""

    def __init__(self, memory: int) -> None:
        """memory: MB of the function, which determine its share of a processor."""
        super().__init__(runs=False)
        self._slower = UNIT_MILLISECONDS / unit() * PROCESSOR_MEGABYTES / memory
        self._lock = threading.Lock()
        self._not_counted = 0.0

    def cpu(self) -> float:
        """Seconds of this machine's CPU."""
        return time.process_time() - self._not_counted

    def monotonic(self) -> float:
        return self.cpu() * self._slower + super().monotonic()

    def skip(self, seconds: float) -> None:
        with self._lock:
            super().skip(seconds)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Excludes the CPU time of this thread within the block."""
        began = time.thread_time()
        try:
            yield
        finally:
            with self._lock:
                self._not_counted += time.thread_time() - began
