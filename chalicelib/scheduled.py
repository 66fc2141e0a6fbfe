"""The scheduled jobs. Each is declared once, here.

app.py registers it with Chalice, infra/from_jobs.py makes its role, log and alarm from it, and local/schedule.py runs
it on one machine.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import NamedTuple

from chalicelib.fleet.limits import EVALUATION_SECONDS
from chalicelib.fleet.store import Store

log = logging.getLogger(__name__)

DELIVERING = "deliver"
"""The thread that delivers under `make run`: it must end before the database does."""


class Job(NamedTuple):
    """name: also the name of its function. minutes: between two runs. seconds: the time limit of a run. memory: MB.

    repeats: whether a failed run is retried before the next one is due. tables: the DynamoDB actions that it may use,
    by table. start: called once in a process; returns the function that each run calls with the time. delivers: whether
    it needs the package that contains the channels' library.
    """

    name: str
    minutes: int
    seconds: int
    memory: int
    repeats: bool
    tables: Mapping[str, tuple[str, ...]]
    start: Callable[["Scheduled"], Callable[[float], None]]
    delivers: bool = False

    @property
    def rate(self) -> str:
        """The schedule, as EventBridge writes it."""
        return f"rate({self.minutes} minute{'s' if self.minutes > 1 else ''})"


def _watch(given: "Scheduled") -> Callable[[float], None]:
    # Imported here, so that a cold start of the API does not wait for it.
    from chalicelib.every_minute import EveryMinute

    return EveryMinute(
        given.store,
        given.report_interval,
        flush=given.flush,
        every=given.every,
        local=given.local,
        clock=given.clock,
    ).run


WATCH = Job(
    name="watch",
    minutes=1,
    seconds=55,
    memory=512,
    repeats=False,
    tables={
        "servers": ("GetItem", "Query", "Scan", "UpdateItem"),
        "states": ("Scan",),
        "series": ("BatchGetItem", "PutItem", "Query"),
        "monitors": ("Scan",),
        "settings": ("GetItem",),
        "alerts": ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
    },
    start=_watch,
    delivers=True,
)

ROLLUP_SECONDS = 480.0
"""For how long a run begins more work, so that it finishes before its time limit."""


def _rollup(given: "Scheduled") -> Callable[[float], None]:
    from chalicelib.delivery.shown_certificates import read_all
    from chalicelib.fleet.certificates import read_due
    from chalicelib.fleet.rollup import Busy

    read = partial(read_all, local=given.local)
    keep_cost = given.cost_keeper()

    def run(now: float) -> None:
        try:
            done = given.store.roll_up(now, ROLLUP_SECONDS)
        except Busy:
            log.info("rollup: another run is at work")
        else:
            log.info("rollup: %s", done, extra=asdict(done))
        if tried := read_due(given.store, read, now):
            log.info("rollup: read %d certificates", tried)
        keep_cost(now)

    return run


ROLLUP = Job(
    name="rollup",
    minutes=10,
    seconds=590,
    memory=1024,
    repeats=False,
    tables={
        "servers": ("GetItem", "Scan"),
        "monitors": ("Scan",),
        "series": ("BatchGetItem", "BatchWriteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
    },
    start=_rollup,
)

JOBS = (WATCH, ROLLUP)


class Scheduled:
    """Runs jobs in this process. Thread-safe as long as one job does not run twice at the same time."""

    def __init__(
        self,
        store: Store,
        report_interval: int,
        clock: Callable[[], float] = time.time,
        *,
        flush: int = 300,
        every: int = EVALUATION_SECONDS,
        local: bool = False,
        cost_keeper: Callable[[], Callable[[float], None]] = lambda: lambda _now: None,
    ) -> None:
        """report_interval: seconds between two reports. flush: seconds between two flushes of minutes and points.
        every: seconds between two evaluations of rules.

        local: whether this runs under `make run`, where channels may be on the same machine. cost_keeper: returns the
        function that updates the stage's costs when that is due.
        """
        self.store = store
        self.report_interval = report_interval
        self.clock = clock
        self.flush = flush
        self.every = every
        self.local = local
        self.cost_keeper = cost_keeper
        self._started: dict[str, Callable[[float], None]] = {}

    def run(self, job: Job) -> None:
        """Raises what the job raises, which Lambda counts as an error."""
        if job.name not in self._started:
            self._started[job.name] = job.start(self)
        began = self.clock()
        self._started[job.name](began)
        seconds = self.clock() - began
        log.info("%s: %.2f s", job.name, seconds, extra={"job": job.name, "seconds": round(seconds, 3)})

    def try_channel(self, channel_id: int) -> str:
        """Sends a test message at once. Returns "" if it arrived, otherwise what went wrong. Raises NotFound."""
        # Imported here, so that a cold start of the API does not wait for it.
        from chalicelib.delivery.sender import Sender
        from chalicelib.fleet.alerts.editing import channel
        from chalicelib.fleet.alerts.messages import site_of, trial_message

        site = site_of(self.store.view().settings)
        text = trial_message(site)
        return Sender(local=self.local).send(channel(self.store, channel_id), text, time.time_ns(), site.zone)
