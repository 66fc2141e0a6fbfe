"""Samples this host, puts finished minutes into the spool, and keeps a journal of the running one.

The journal also contains the monitors, so that a process that starts while the dashboard is away goes on probing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from agent.core.clock import Clock
from agent.core.figures import State
from agent.core.journal import Journal, line
from agent.core.limits import JOURNAL_SECONDS, SAMPLE_SECONDS
from agent.core.minutes import Minute, records
from agent.core.monitors import Monitor, UnusableMonitor, parse_monitor
from agent.core.open_minutes import OpenMinutes
from agent.core.open_points import OpenPoints
from agent.core.spool import Spool
from agent.reporter.prober import Prober
from agent.reporter.state import Meter

SHORTEST_SAMPLE = 1.0
"""Seconds. A CPU share over less time is mostly noise."""

TICK_SECONDS = 0.5


class Recorder:
    """Every report is a sample. If reports are rare, there are more samples in between."""

    def __init__(self, meter: Meter, clock: Clock, spool: Spool, source: int, prober: Prober, journal: Journal) -> None:
        """source: whose minutes these are. Continues from the journal of an earlier process."""
        self._meter = meter
        self._clock = clock
        self._spool = spool
        self._source = source
        self._prober = prober
        self._journal = journal
        self._measuring = threading.Lock()
        self._counting = threading.Lock()
        self._last: State = {}
        self._sampled_at = float("-inf")
        self._journaled_at = float("-inf")
        restored = journal.read(self._restored, _nothing())
        self._minutes = restored.minutes
        prober.restore(restored.points, restored.monitors)

    def state(self, now: float) -> State:
        """The state at `now`, Unix seconds: a new sample, unless there was one a moment ago."""
        with self._measuring:
            monotonic = self._clock.monotonic()
            if monotonic - self._sampled_at >= SHORTEST_SAMPLE:
                is_first, self._last = not self._last, self._meter.state(now)
                self._sampled_at = monotonic
                # The first one is compared with the counters that the previous process left in the journal.
                moved = None if is_first else self._meter.moved
                with self._counting:
                    self._minutes.add(self._last, now, monotonic, bytes_moved=moved)
            return {**self._last, **self._prober.recent()}

    def run(self) -> None:
        """Does not return."""
        while True:
            time.sleep(TICK_SECONDS)
            self.tick()

    def tick(self) -> None:
        """Does what is due: a sample, a minute for the spool, the journal."""
        if self._clock.monotonic() - self._sampled_at >= SAMPLE_SECONDS - TICK_SECONDS / 2:
            self.state(self._clock.now())
        with self._counting:
            finished = self._minutes.finished(self._clock.now())
        if finished:
            self._keep(finished)
        if finished or self._clock.monotonic() - self._journaled_at >= JOURNAL_SECONDS:
            self._write_journal()

    def keep_the_rest(self) -> None:
        """Call this before the process ends. Writes the journal for the next process, and puts unfinished minutes into
        the spool in case there is none.
        """
        self._write_journal()
        self._prober.keep_the_rest()
        with self._counting:
            running = self._minutes.running()
        self._keep(running)

    def _keep(self, minutes: list[Minute]) -> None:
        self._spool.add(records(self._source, minutes))

    def _write_journal(self) -> None:
        self._journaled_at = self._clock.monotonic()
        probed = self._prober.for_journal()
        with self._counting:
            entry = line({"source": self._source, "minutes": self._minutes.for_journal(), **probed})
        self._journal.write([entry])

    def _restored(self, entries: list[Any]) -> _Restored:
        (content,) = entries
        # If the secret was changed, the journal is another server's.
        if content["source"] != self._source:
            return _nothing()
        minutes, points = OpenMinutes.restored(content["minutes"]), OpenPoints.restored(content["points"])
        return _Restored(minutes, points, _usable(content.get("monitors", ())))


class _Restored(NamedTuple):
    """What an earlier process left."""

    minutes: OpenMinutes
    points: OpenPoints
    monitors: Sequence[Monitor]


def _nothing() -> _Restored:
    return _Restored(OpenMinutes(), OpenPoints(), ())


def _usable(kept: Iterable[Mapping[str, Any]]) -> list[Monitor]:
    """Leaves out monitors that another version of this program could probe and this one cannot."""
    monitors = []
    for one in kept:
        with suppress(UnusableMonitor):
            monitors.append(parse_monitor(one))
    return monitors
