"""What runs by the clock: each job is named once, here.

app.py registers it with Chalice, infra/from_jobs.py makes its role, log and alarm from it, and local/schedule.py runs
it on one machine.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import NamedTuple

from chalicelib.fleet.store import Store

log = logging.getLogger(__name__)


class Job(NamedTuple):
    """name: of its function, too. minutes: between two runs. seconds: after which a run is ended. memory: MB.

    repeats: whether a failed run is tried again before the next one is due. tables: what it may do with each table.
    start: called once in a process, with the store and the seconds between two reports; returns what each run calls
    with the time.
    """

    name: str
    minutes: int
    seconds: int
    memory: int
    repeats: bool
    tables: Mapping[str, tuple[str, ...]]
    start: Callable[[Store, int], Callable[[float], None]]

    @property
    def rate(self) -> str:
        """As EventBridge writes it."""
        return f"rate({self.minutes} minute{'s' if self.minutes > 1 else ''})"


def _watch(store: Store, report_interval: int) -> Callable[[float], None]:
    # Here, so that a cold start of the API does not wait for this import.
    from chalicelib.fleet.watch import Watch

    return Watch(store, report_interval).run


WATCH = Job(
    name="watch",
    minutes=1,
    seconds=55,
    memory=512,
    repeats=False,
    tables={
        "servers": ("GetItem", "Query", "Scan"),
        "states": ("Scan",),
        "series": ("PutItem", "Query"),
        "settings": ("GetItem",),
    },
    start=_watch,
)

ROLLUP_SECONDS = 480.0
"""For which a run may begin work, so that it ends what it has begun before its time limit."""


def _rollup(store: Store, _: int) -> Callable[[float], None]:
    from chalicelib.fleet.rollup import Busy

    def run(now: float) -> None:
        try:
            done = store.roll_up(now, ROLLUP_SECONDS)
        except Busy:
            log.info("rollup: another run is at work")
        else:
            log.info("rollup: %s", done, extra=asdict(done))

    return run


ROLLUP = Job(
    name="rollup",
    minutes=10,
    seconds=590,
    memory=1024,
    repeats=False,
    tables={
        "servers": ("Scan",),
        "series": ("BatchGetItem", "BatchWriteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
    },
    start=_rollup,
)

JOBS = (WATCH, ROLLUP)


class Scheduled:
    """Runs jobs in this process. Thread-safe as long as one job does not run twice at the same time."""

    def __init__(self, store: Store, report_interval: int, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._report_interval = report_interval
        self._clock = clock
        self._started: dict[str, Callable[[float], None]] = {}

    def run(self, job: Job) -> None:
        """Raises what the job raises: Lambda counts it as an error."""
        if job.name not in self._started:
            self._started[job.name] = job.start(self._store, self._report_interval)
        began = self._clock()
        self._started[job.name](began)
        seconds = self._clock() - began
        log.info("%s: %.2f s", job.name, seconds, extra={"job": job.name, "seconds": round(seconds, 3)})
