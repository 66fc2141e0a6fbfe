"""Probes monitors and puts finished minutes into the spool."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from agent.core.certificates import Certificate
from agent.core.changes import Changes
from agent.core.clock import Clock, Jitter, random_seconds
from agent.core.monitor_types import TYPES
from agent.core.monitor_types.probing import NotMeasured, Probed
from agent.core.monitors import Monitor
from agent.core.notices import Rarely
from agent.core.open_points import Count, OpenPoints
from agent.core.points import Point, records
from agent.core.recent_probes import RecentProbes
from agent.core.schedule import ProbeSchedule, part_of
from agent.core.spool import Spool
from agent.core.urls import is_address
from agent.reporter.certificates import Certificates

WORKERS = 16
"""The most probes of addresses that run at once."""

NAME_WORKERS = 128
"""The most probes of names that run at once. These have workers of their own, and many, because a silent name server
delays each probe for half a minute, and must not delay other probes.
"""

CLOCK_CHANGE_SECONDS = 1.0
"""A probe is not counted when the two clocks diverged by more than this: the host slept, or its clock was set."""

LONGEST_WAIT = 1.0


def probe_once(monitor: Monitor) -> Probed:
    """Raises NotMeasured."""
    return TYPES[monitor.type].probed(monitor.target)


def in_a_thread(work: Callable[[], None]) -> None:
    """Raises RuntimeError when the system cannot start a thread."""
    # A daemon thread, as the process must not wait for a name server before it ends.
    threading.Thread(target=work, name="probe", daemon=True).start()


class Prober:
    """Probes the monitors that `take` was last given."""

    def __init__(
        self,
        spool: Spool,
        source: int,
        clock: Clock,
        probe: Callable[[Monitor], Probed] = probe_once,
        spawn: Callable[[Callable[[], None]], None] = in_a_thread,
        jitter: Jitter = random_seconds,
        part: Callable[[int, int], float] = part_of,
        changed: Callable[[], None] = lambda: None,
        certificates: Certificates | None = None,
    ) -> None:
        """source: whose records these are. spawn: runs its argument concurrently. part: where in its interval a
        monitor's probes are, from 0 up to 1, given the source and the monitor.

        changed: is called, at most once a minute, when probes began to fail or to work; their points are in the spool
        by then. certificates: collects what https targets show.
        """
        self._spool = spool
        self._source = source
        self._clock = clock
        self._probe = probe
        self._spawn = spawn
        self._rarely = Rarely(clock.monotonic)
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._minutes = OpenPoints()
        self._changes = Changes(clock.monotonic)
        self._recent = RecentProbes()
        self._changed = changed
        self._certificates = certificates or Certificates(clock.monotonic)
        self._monitors: dict[int, Monitor] = {}
        self._schedule: ProbeSchedule[int] = ProbeSchedule(clock, jitter, partial(part, source))
        self._running: dict[int, bool] = {}
        """By monitor ID, the probes that run; the value says whether the target needs a name lookup."""
        self._due: list[_Running] = []

    def run(self) -> None:
        """Does not return."""
        while True:
            self._wake.wait(self.tick())
            self._wake.clear()

    def take(self, monitors: Iterable[Monitor]) -> None:
        """From now on exactly these monitors are probed."""
        with self._lock:
            before, self._monitors = self._monitors, {monitor.id: monitor for monitor in monitors}
            self._schedule.drop(before.keys() - self._monitors.keys())
            others = [id_ for id_, monitor in before.items() if monitor != self._monitors.get(id_)]
            self._changes.forget(self._source, others)
            self._recent.forget(others)
            self._certificates.forget(others)
            for monitor in self._monitors.values():
                self._schedule.plan(monitor.id, monitor.interval)
                if not self._minutes.has(monitor.id, self._clock.now()):
                    self._schedule.make_up(monitor.id)
        self._wake.set()

    def recent(self) -> dict[str, float]:
        """Latency and packet loss, as a state has them."""
        with self._lock:
            return self._recent.figures(self._clock.monotonic())

    def tick(self) -> float:
        """Starts the probes that are due, and stores finished minutes. Returns the seconds until the next call."""
        with self._lock:
            points = self._minutes.finished(self._clock.now())
            has_changed = bool(self._changes.due())
            if has_changed:
                points += self._minutes.running()
            following = self._schedule.run(self._begin)
            due, self._due = self._due, []
        for running in due:
            self._start(running)
        self._keep(points)
        if has_changed:
            self._changed()
        return min(following, LONGEST_WAIT)

    def keep_the_rest(self) -> None:
        """Call this before the process ends. Puts unfinished minutes into the spool as well, as they are."""
        with self._lock:
            points = [*self._minutes.finished(self._clock.now()), *self._minutes.running()]
        self._keep(points)

    def for_journal(self) -> dict[str, Any]:
        """points: the unfinished minutes, for `OpenPoints.restored`. monitors: what is probed, for `parse_monitor`."""
        with self._lock:
            monitors = [monitor._asdict() for monitor in self._monitors.values()]
            return {"points": self._minutes.for_journal(), "monitors": monitors}

    def restore(self, points: OpenPoints, monitors: Iterable[Monitor]) -> None:
        """Continues with the minutes and monitors of an earlier process. Call this before `run`."""
        self._minutes = points
        self.take(monitors)

    def _begin(self, monitor_id: int, _late: float) -> bool:
        if monitor_id in self._running:
            return True
        monitor = self._monitors[monitor_id]
        needs_name = not is_address(TYPES[monitor.type].host_of(monitor.target))
        if list(self._running.values()).count(needs_name) >= (NAME_WORKERS if needs_name else WORKERS):
            return False
        wall = self._clock.now()
        self._running[monitor_id] = needs_name
        self._due.append(_Running(monitor, self._minutes.begin(monitor, wall), wall, self._clock.monotonic()))
        return True

    def _start(self, running: _Running) -> None:
        try:
            self._spawn(partial(self._work, running))
        except RuntimeError:
            self._end(running, self._minutes.discard)
            self._rarely.trouble("threads", "probes are not possible for now: the system has no more threads")

    def _work(self, running: _Running) -> None:
        end: Callable[[Count], None] = self._minutes.discard
        try:
            found = self._probe(running.monitor)
            if self._clocks_agree(running):
                end = partial(self._measured, running.monitor, found.delay)
            if found.certificate:
                self._saw(running.monitor, found.certificate)
        except NotMeasured as error:
            self._rarely.trouble(error.kind, str(error))
        except Exception as error:
            # An unexpected error, for example on a system that forbids something else, says nothing about the target.
            self._rarely.trouble(f"{error!r}", f"a probe of monitor {running.monitor.id} failed: {error!r}")
        finally:
            self._end(running, end)

    def _measured(self, monitor: Monitor, delay: float | None, count: Count) -> None:
        self._minutes.end(count, delay)
        self._recent.saw(monitor, delay, self._clock.monotonic())
        self._changes.saw(self._source, monitor.id, works=delay is not None)

    def _saw(self, monitor: Monitor, certificate: Certificate) -> None:
        with self._lock:
            # The monitor may have another target by now.
            if self._monitors.get(monitor.id) == monitor:
                self._certificates.saw(monitor.id, monitor.target, certificate)

    def _clocks_agree(self, running: _Running) -> bool:
        passed = self._clock.now() - running.wall
        return abs(passed - (self._clock.monotonic() - running.monotonic)) <= CLOCK_CHANGE_SECONDS

    def _end(self, running: _Running, end: Callable[[Count], None]) -> None:
        with self._lock:
            end(running.count)
            del self._running[running.monitor.id]
        self._wake.set()

    def _keep(self, points: list[Point]) -> None:
        if points:
            self._spool.add(records(self._source, points))
        else:
            self._spool.write()


@dataclass(frozen=True)
class _Running:
    """A running probe. wall, monotonic: when it began, in seconds of both clocks."""

    monitor: Monitor
    count: Count
    wall: float
    monotonic: float
