"""The rollup: rolls up the periods that are due, oldest first, in slices of servers, as far as its time allows.

If a run is cut off, the next one continues where it stopped. A run with nothing to do reads one item. Only one run
works at a time.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial

from pynamodb.expressions.update import Action

from chalicelib.fleet import rollup
from chalicelib.fleet.errors import Throttled
from chalicelib.fleet.rollup import RollupOutcome
from chalicelib.storage.calls import Clock, Database
from chalicelib.storage.series import finished_days, progress, removal, rolling, traffic_items
from chalicelib.storage.series.progress import RollupProgress

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5, 80
"""Pauses after work was throttled: as long as a table in the always-free tier takes to save up the units that a slice
reads. If a pause was too short, the next slices begin with a longer one, because everything that a slice read before it
was throttled is wasted.
"""

MOVES = 10
"""Attempts to store how far a run has come, while the table is throttled."""


class RollupJob:
    """One run. server_ids: returns those of all servers. now: Unix seconds. seconds: for how long it may begin more
    work; what it has begun takes about a minute at most."""

    def __init__(
        self,
        database: Database,
        server_ids: Callable[[], Collection[int]],
        clock: Clock,
        now: float,
        seconds: float,
    ) -> None:
        self._database = database
        self._server_ids = server_ids
        self._clock = clock
        self._now = int(now)
        self._began = clock.monotonic()
        self._seconds = seconds
        self._held = self._now
        self._outcome = RollupOutcome()
        self._pause: float = FIRST_PAUSE_SECONDS

    def run(self) -> RollupOutcome:
        """Rolls up whatever is due, and removes deleted servers' history. Raises Busy."""
        found = progress.read(self._database)
        if rollup.due(found.done, self._now) or found.deleted:
            with self._alone() as found:
                self._outcome.left = not (self._roll_due(found) and self._remove(found.deleted))
        return self._outcome

    def run_again(self, periods: range) -> RollupOutcome:
        """Rolls up these periods once more, if all of their minutes are kept. Raises Busy."""
        with self._alone():
            kept = rollup.due(None, self._now)
            for period in periods:
                if period in kept:
                    done = self._roll(period, 0, again=True)
                    self._outcome.periods += done
                    self._outcome.left |= not done
        return self._outcome

    @contextmanager
    def _alone(self) -> Iterator[RollupProgress]:
        found = progress.begin(self._database, self._held)
        try:
            yield found
        finally:
            progress.end(self._database, self._held)

    def _roll_due(self, found: RollupProgress) -> bool:
        """Rolls up what is due. Returns whether all of it was done."""
        for period in rollup.due(found.done, self._now):
            first = found.next_slice if found.period == period else 0
            if not self._roll(period, first, again=False):
                return False
            self._move(progress.to_period(period))
            self._outcome.periods += 1
        return True

    def _roll(self, period: int, first: int, *, again: bool) -> bool:
        """Rolls up a period's slices from `first` on. Returns whether all of them were done."""
        oldest = rollup.due(None, self._now)[0]
        for number, server_ids in rollup.slices(self._server_ids()).items():
            if number < first:
                continue
            if not self._has_time():
                return False
            if not self._patiently(partial(self._roll_slice, server_ids, period, oldest, again)):
                return False
            self._outcome.servers += len(server_ids)
            self._move(() if again else progress.to_slice(period, number + 1))
        return True

    def _roll_slice(self, server_ids: Sequence[int], period: int, oldest: int, again: bool) -> None:
        made = rolling.rolled_up(self._database, server_ids, period, oldest, again=again)
        # Tiers are written last: once they are stored, late marks count as covered, and none of this is done again.
        finished_days.write(self._database, made)
        traffic_items.count(self._database, server_ids, made, rollup.last_finished(self._now), self._zone)
        rolling.write(self._database, made)

    @cached_property
    def _zone(self) -> str:
        """The site's time zone, read only if there is something to do."""
        return traffic_items.noted_zone(self._database)

    def _patiently(self, work: Callable[[], None]) -> bool:
        """Does the work, and repeats it after a pause while the table is throttled: reports need its capacity, too.

        Returns whether the work was done. Raises Throttled if the whole run has done nothing.
        """
        while True:
            try:
                work()
            except Throttled:
                if not self._has_time(self._pause):
                    if not self._outcome.servers:
                        raise
                    return False
                self._clock.sleep(self._pause)
                self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
                self._move(())
            else:
                return True

    def _remove(self, server_ids: Collection[int]) -> bool:
        """Removes deleted servers' items, as many as one run may. Returns whether nothing is left of them."""
        for id_ in server_ids:
            if not self._has_time():
                return False
            room = removal.ITEMS_A_RUN - self._outcome.removed
            removed = removal.remove(self._database, id_, room)
            self._outcome.removed += removed
            if removed == room:
                return False
            self._move(progress.without(id_))
        return True

    def _has_time(self, needed: float = 0) -> bool:
        return self._clock.monotonic() - self._began + needed < self._seconds

    def _move(self, changes: Sequence[Action]) -> None:
        for attempt in range(MOVES):
            now = self._now + int(self._clock.monotonic() - self._began)
            try:
                progress.move(self._database, self._held, now, changes)
            except Throttled:
                if attempt == MOVES - 1:
                    raise
                self._clock.sleep(FIRST_PAUSE_SECONDS)
            else:
                self._held = now
                return
