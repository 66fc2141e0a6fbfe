"""When each monitor is probed, and what is made of the results."""

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from agent.clock import Clock
from agent.minutes import Count, Minutes
from agent.monitor import Monitor
from agent.notices import Rarely
from agent.point import Point
from agent.probe import NotMeasured, probe
from agent.spool import Spool

WORKERS = 16
"""Probes that run at once."""

LATE_SECONDS = 5
"""A probe that is later than this had to wait: for a worker, or for a host that stood still."""

CATCH_UP_SECONDS = 60
"""The time over which late probes are spread, instead of one burst."""

CLOCK_CHANGE_SECONDS = 1.0
"""A probe during which the two clocks went apart by more than this is not counted: the host slept, or its clock was
set."""

LONGEST_WAIT = 1.0


def in_a_thread(work: Callable[[], None]) -> None:
    """Raises RuntimeError when the system gives no thread."""
    # A daemon, as the end of the process must not wait for a name server.
    threading.Thread(target=work, name="probe", daemon=True).start()


class Prober:
    """Probes the monitors that it was given last, and puts finished minutes into the spool.

    probe: one probe, as `agent.probe.probe`. spawn: runs its argument beside the caller. jitter: a random number
    between 0 and its argument.
    """

    def __init__(
        self,
        spool: Spool,
        clock: Clock,
        probe: Callable[[Monitor], float | None] = probe,
        spawn: Callable[[Callable[[], None]], None] = in_a_thread,
        jitter: Callable[[float], float] = lambda most: random.SystemRandom().uniform(0, most),
    ) -> None:
        self._spool = spool
        self._clock = clock
        self._probe = probe
        self._spawn = spawn
        self._jitter = jitter
        self._rarely = Rarely(clock.monotonic)
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._minutes = Minutes()
        self._planned: dict[int, _Plan] = {}
        self._running: set[int] = set()

    def start(self) -> None:
        """Goes on in a thread of its own until the process ends."""
        threading.Thread(target=self._run, name="prober", daemon=True).start()

    def take(self, monitors: Iterable[Monitor]) -> None:
        """From now on exactly these are probed, a new one after a random part of its interval."""
        with self._lock:
            now = self._clock.monotonic()
            self._planned = {monitor.id: self._plan(monitor, now) for monitor in monitors}
        self._wake.set()

    def tick(self) -> float:
        """Starts the probes that are due and keeps the minutes that are finished; returns seconds until the next."""
        with self._lock:
            points = self._minutes.finished(self._clock.now())
            due = self._due()
        for running in due:
            self._start(running)
        self._keep(points)
        with self._lock:
            return self._until_next()

    def _run(self) -> None:
        while True:
            self._wake.wait(self.tick())
            self._wake.clear()

    def _plan(self, monitor: Monitor, now: float) -> "_Plan":
        before = self._planned.get(monitor.id)
        if before and before.monitor.interval == monitor.interval:
            return _Plan(monitor, before.due)
        return _Plan(monitor, now + self._jitter(monitor.interval))

    def _due(self) -> list["_Running"]:
        now, wall = self._clock.monotonic(), self._clock.now()
        due = []
        for plan in sorted(self._planned.values(), key=lambda plan: plan.due):
            if plan.due > now:
                break
            number, interval = plan.monitor.id, plan.monitor.interval
            if now - plan.due > LATE_SECONDS:
                plan.due = now + self._jitter(min(interval, CATCH_UP_SECONDS))
            elif number in self._running:
                plan.due += interval
            elif len(self._running) < WORKERS:
                plan.due += interval
                self._running.add(number)
                due.append(_Running(plan.monitor, self._minutes.begin(number, wall), wall, now))
        return due

    def _start(self, running: "_Running") -> None:
        try:
            self._spawn(lambda: self._work(running))
        except RuntimeError:
            self._end(running, self._minutes.discard)
            self._rarely.trouble("threads", "probes are not possible for now: the system gives no thread")

    def _work(self, running: "_Running") -> None:
        end: Callable[[Count], None] = self._minutes.discard
        try:
            delay = self._probe(running.monitor)
            if self._clocks_agree(running):
                end = partial(self._minutes.end, delay=delay)
        except NotMeasured as error:
            self._rarely.trouble(error.kind, str(error))
        finally:
            self._end(running, end)

    def _clocks_agree(self, running: "_Running") -> bool:
        passed = self._clock.now() - running.wall
        return abs(passed - (self._clock.monotonic() - running.monotonic)) <= CLOCK_CHANGE_SECONDS

    def _end(self, running: "_Running", end: Callable[[Count], None]) -> None:
        with self._lock:
            end(running.count)
            self._running.discard(running.monitor.id)
        self._wake.set()

    def _keep(self, points: list[Point]) -> None:
        now = self._clock.now()
        if points:
            self._spool.add(points, now)
        else:
            self._spool.write(now)

    def _until_next(self) -> float:
        if len(self._running) >= WORKERS:
            return LONGEST_WAIT
        nearest = min((plan.due for plan in self._planned.values()), default=float("inf"))
        return min(max(nearest - self._clock.monotonic(), 0.0), LONGEST_WAIT)


@dataclass(slots=True)
class _Plan:
    """due: monotonic seconds of the next probe."""

    monitor: Monitor
    due: float


@dataclass(frozen=True, slots=True)
class _Running:
    """A probe that began at two clocks' times."""

    monitor: Monitor
    count: Count
    wall: float
    monotonic: float
