"""Points that wait until the dashboard has them: on disk, and in memory where the disk fails."""

import hashlib
import threading
from collections.abc import Collection, Iterable
from pathlib import Path

from agent.clock import Clock
from agent.notices import Rarely, log
from agent.point import DAY, Point
from agent.spool_file import SpoolCorrupt, SpoolError, SpoolFile, SpoolInUse

MOST_IN_MEMORY = 10_000

TRY_AGAIN_SECONDS = 10.0
"""Between two tries to write to a disk that fails."""

LONGEST_WAIT = 1.0
"""Seconds that a report waits for a disk that is slow; then it goes without the points of the disk."""


class Spool:
    """The points of one secret. Only `add` and `write` write to the disk, so that reports never wait for it."""

    def __init__(self, directory: Path, secret: str, clock: Clock) -> None:
        """Raises SpoolInUse when another reporter has this directory; a disk that fails is said and lived with."""
        self._directory = directory
        self._owner = hashlib.sha256(secret.encode()).hexdigest()[:16]
        self._monotonic = clock.monotonic
        self._rarely = Rarely(clock.monotonic)
        self._disk = threading.Lock()
        self._memory = threading.Lock()
        self._waiting: dict[tuple[int, int], Point] = {}
        self._taken: set[Point] = set()
        self._dropped = 0
        self._file: SpoolFile | None = None
        self._closed = False
        self._failed_at: float | None = None
        try:
            self._opened()
        except SpoolInUse:
            raise
        except SpoolError as error:
            self._failed(error)
        else:
            # Drops what has grown too old since the last process.
            self._write(clock.now())

    def add(self, points: Iterable[Point], now: float) -> None:
        """Keeps finished minutes: on disk when it returns, or in memory while the disk fails."""
        with self._memory:
            for point in points:
                _keep_fuller(self._waiting, point)
        self._write(now)

    def pending(self, most: int) -> list[Point]:
        """At most so many points that the dashboard does not have, oldest first."""
        has_disk = self._disk.acquire(timeout=LONGEST_WAIT)
        try:
            # Those that the dashboard has already may still be on the disk.
            stored = self._stored(most + len(self._taken)) if has_disk else []
            return self._untaken(stored)[:most]
        finally:
            if has_disk:
                self._disk.release()

    def taken(self, points: Collection[Point]) -> None:
        """The dashboard has these, or does not want them: they are not pending any more."""
        with self._memory:
            self._taken.update(points)
            for point in points:
                if self._waiting.get((point.monitor_id, point.at)) == point:
                    del self._waiting[point.monitor_id, point.at]

    def write(self, now: float) -> None:
        """Brings the disk up to date if there is anything to write; a disk that fails is left alone for a while."""
        with self._memory:
            idle = not self._waiting and not self._taken
        failed_lately = self._failed_at is not None and self._monotonic() - self._failed_at < TRY_AGAIN_SECONDS
        if not idle and not failed_lately:
            self._write(now)

    def close(self) -> None:
        """Nothing is written from now on. Gives up on a disk that hangs."""
        self._closed = True
        if self._disk.acquire(timeout=LONGEST_WAIT):
            if self._file:
                self._file.close()
            self._file = None
            self._disk.release()

    def _stored(self, most: int) -> list[Point]:
        if self._file is None:
            return []
        try:
            return self._file.oldest(self._owner, most)
        except SpoolError as error:
            self._failed(error)
            if isinstance(error, SpoolCorrupt):
                # Opening it again finds what is corrupt, and moves it aside.
                self._file.close()
                self._file = None
            return []

    def _untaken(self, stored: Iterable[Point]) -> list[Point]:
        points: dict[tuple[int, int], Point] = {}
        with self._memory:
            for point in (*stored, *self._waiting.values()):
                if point not in self._taken:
                    _keep_fuller(points, point)
        return sorted(points.values(), key=lambda point: (point.at, point.monitor_id))

    def _write(self, now: float) -> None:
        with self._disk:
            if self._closed:
                return
            with self._memory:
                new, gone = list(self._waiting.values()), list(self._taken)
            try:
                dropped = self._write_file(new, gone, now)
            except SpoolError as error:
                self._failed(error)
                dropped = self._shrink_memory(now)
            else:
                self._written(new, gone)
        self._say_dropped(dropped)

    def _opened(self) -> SpoolFile:
        self._file = self._file or SpoolFile(self._directory)
        return self._file

    def _write_file(self, new: Collection[Point], gone: Collection[Point], now: float) -> int:
        file = self._opened()
        try:
            return file.write(self._owner, new, gone, now)
        except SpoolCorrupt as error:
            self._file = None
            file.begin_anew(error)
            self._file = file
            return file.write(self._owner, new, gone, now)

    def _failed(self, error: SpoolError) -> None:
        self._failed_at = self._monotonic()
        self._rarely.trouble(
            "disk", f"the spool {self._directory} cannot be used ({error}): points are kept in memory for now"
        )

    def _written(self, new: Collection[Point], gone: Collection[Point]) -> None:
        if self._failed_at is not None:
            log.info("points are kept on disk again")
        self._failed_at = None
        with self._memory:
            self._taken.difference_update(gone)
            for point in new:
                if self._waiting.get((point.monitor_id, point.at)) == point:
                    del self._waiting[point.monitor_id, point.at]

    def _shrink_memory(self, now: float) -> int:
        """Drops what is too old or too much; returns how many points that were."""
        with self._memory:
            self._taken = {point for point in self._taken if point.at >= now - DAY}
            young = [point for point in self._waiting.values() if point.at >= now - DAY]
            kept = sorted(young, key=lambda point: point.at)[-MOST_IN_MEMORY:]
            dropped = len(self._waiting) - len(kept)
            self._waiting = {(point.monitor_id, point.at): point for point in kept}
        return dropped

    def _say_dropped(self, dropped: int) -> None:
        self._dropped += dropped
        if self._dropped and self._rarely.is_due("dropped"):
            log.warning("%d points were dropped unsent: older than a day, or more than the spool holds", self._dropped)
            self._dropped = 0


def _keep_fuller(points: dict[tuple[int, int], Point], point: Point) -> None:
    """Of two points for one minute the one made from more probes stays, of equals the first."""
    key = (point.monitor_id, point.at)
    before = points.get(key)
    if before is None or point.up + point.down > before.up + before.down:
        points[key] = point
