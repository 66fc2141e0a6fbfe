"""Runs the scheduled jobs on this machine, where no EventBridge calls them: each on a timer, in a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable, Mapping

log = logging.getLogger("local")

PAUSE_PERIODS = 3
"""A gap of more periods than this between two runs is a pause: the machine slept, or a run took long."""


class JobTimers:
    """Runs jobs until it is stopped. What one of them raises or how long it takes does not affect the others."""

    def __init__(
        self, jobs: Mapping[str, tuple[float, Callable[[], None]]], clock: Callable[[], float] = time.time
    ) -> None:
        """jobs: by name, the seconds between two runs, and what to run. clock: also runs while the machine sleeps."""
        self._clock = clock
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(name, *job), name=name, daemon=True)
            for name, job in jobs.items()
        ]

    def start(self) -> None:
        """Starts the timers. Every job runs for the first time immediately."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> None:
        """Starts no further run, and waits at most `seconds` for those that have begun."""
        self._stopped.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0, deadline - time.monotonic()))

    def _repeat(self, name: str, period: float, run: Callable[[], None]) -> None:
        began = self._clock()
        while not self._stopped.is_set():
            last, began = began, self._clock()
            if began - last > PAUSE_PERIODS * period:
                log.warning("the job %s did not run for %.0f s", name, began - last)
            self._run(name, run)
            self._stopped.wait(max(0, began + period - self._clock()))

    def _run(self, name: str, run: Callable[[], None]) -> None:
        try:
            run()
        except Exception as error:
            if not self._stopped.is_set():  # else its database has stopped, too
                log.warning("the job %s failed: %s: %s", name, type(error).__name__, error)
