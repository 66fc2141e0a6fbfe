"""Unsent records: on disk, or in memory while the disk fails."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from agent.core.clock import Clock, TrustedTime
from agent.core.limits import KEPT_SECONDS
from agent.core.notices import Rarely, log
from agent.core.record_kinds import merged, size
from agent.core.records import EVERYTHING, Key, Record, Which
from agent.core.spool_file import SpoolCorrupt, SpoolError, SpoolFile, SpoolInUse, Totals
from agent.core.waiting import Waiting, by_source

MOST_IN_MEMORY = 100_000
"""Records that are kept while the disk fails."""

TRY_AGAIN_SECONDS = 10.0
"""Seconds between two attempts to write to a disk that fails."""

LONGEST_WAIT = 1.0
"""Seconds to wait for a disk that is slow. After that, a report goes without the records on disk."""

T = TypeVar("T")


class Spool:
    """The records in one directory. Any thread may use it.

    Only `add` and `write` write to the disk, so that reports never wait for it.
    """

    def __init__(self, directory: Path, most_bytes: int, clock: Clock, *, must_open: bool = False) -> None:
        """Raises SpoolInUse when another process has this directory.

        If the disk fails, this is logged, and records stay in memory; with `must_open`, raises SpoolFailed.
        """
        self._directory = directory
        self._most_bytes = most_bytes
        self._clock = clock
        self._rarely = Rarely(clock.monotonic)
        self._disk = threading.Lock()
        self._memory = threading.Lock()
        self._waiting: dict[Key, Record] = {}
        self._secrets: dict[int, str] = {}
        self._taken: dict[Key, Record] = {}
        self._on_disk = Totals(0, None)
        self._unlogged = 0
        self._file: SpoolFile | None = None
        self._corrupt: SpoolCorrupt | None = None
        self._closed = False
        self._failed_at: float | None = None
        self._age = TrustedTime(clock)
        self.dropped = 0
        """How many points and minutes were dropped unsent."""
        try:
            self._opened()
        except SpoolInUse:
            raise
        except SpoolError as error:
            if must_open:
                raise
            self._failed(error)
        else:
            # Drops what has become too old since the last process.
            self._write()

    @property
    def count(self) -> int:
        """How many points and minutes wait, approximately: those in memory may be on disk too."""
        with self._memory:
            return self._on_disk.size + sum(map(size, self._waiting.values()))

    @property
    def oldest(self) -> int | None:
        """Unix seconds of the oldest waiting record's minute, None when nothing waits."""
        with self._memory:
            minutes = [record.at for record in self._waiting.values()]
        found = [at for at in (self._on_disk.oldest, min(minutes, default=None)) if at is not None]
        return min(found, default=None)

    def add(self, records: Iterable[Record], secrets: Mapping[int, str] = {}) -> None:
        """Stores records: on disk when this returns, or in memory while the disk fails.

        Two records of one minute become one. secrets: the secret of each source, where sources have different ones.
        """
        with self._memory:
            for record in records:
                before = self._waiting.get(record.key)
                self._waiting[record.key] = merged(before, record) if before else record
                self._secrets[record.source] = secrets.get(record.source, "")
        if not self._failed_lately():
            self._write()
        elif len(self._waiting) > MOST_IN_MEMORY:
            self._log_dropped(self._shrink_memory(self._oldest_kept()))

    def pending(
        self, most: int, which: Which = EVERYTHING, *, sources: int = 1, blocks: int = MOST_IN_MEMORY
    ) -> list[Waiting]:
        """Records that the dashboard does not have, oldest first across all sources, with at most `most` points and
        minutes.

        The ten minutes (a block) of a source are cut only if they alone exceed `most`. sources: the maximum number of
        sources. blocks: the maximum number of blocks of each source.
        """
        has_disk = self._disk.acquire(timeout=LONGEST_WAIT)
        try:
            stored = self._stored(which, most, blocks) if has_disk else []
            groups = by_source(self._untaken(stored, which), most, sources, blocks)
            secrets = self._secrets_of(groups, has_disk=has_disk)
            # A record cannot be sent without its secret, which may be missing if the disk fails at this moment.
            return [Waiting(one, secrets[one], tuple(some)) for one, some in groups.items() if one in secrets]
        finally:
            if has_disk:
                self._disk.release()

    def sources(self) -> list[int]:
        """The sources that have records, ascending."""
        with self._memory:
            found = set(self._secrets)
        if self._disk.acquire(timeout=LONGEST_WAIT):
            try:
                found.update(self._read(SpoolFile.sources, []))
            finally:
                self._disk.release()
        return sorted(found)

    def taken(self, records: Collection[Record]) -> None:
        """These records are no longer pending: the dashboard has them, or rejected them for good."""
        with self._memory:
            for record in records:
                self._taken[record.key] = record
                if self._waiting.get(record.key) == record:
                    del self._waiting[record.key]

    def write(self) -> None:
        """Brings the disk up to date if there is anything to write. Leaves a disk that fails alone for a while."""
        with self._memory:
            idle = not self._waiting and not self._taken and self._corrupt is None
        if not idle and not self._failed_lately():
            self._write()

    def close(self) -> None:
        """Closes the file: nothing is written from now on. Does not wait for a disk that hangs."""
        self._closed = True
        if self._disk.acquire(timeout=LONGEST_WAIT):
            if self._file:
                self._file.close()
            self._file = None
            self._disk.release()

    def _stored(self, which: Which, most: int, blocks: int) -> list[Record]:
        # Records that the dashboard has already may still be on the disk.
        with self._memory:
            taken = self._taken.copy()
        found: list[Record] = []
        seen: dict[int, set[int]] = defaultdict(set)

        def read(file: SpoolFile) -> list[Record]:
            for record in file.find(which, most + sum(map(size, taken.values()))):
                if taken.get(record.key) != record:
                    seen[record.source].add(record.key.block)
                if len(seen[record.source]) > blocks:
                    break
                found.append(record)
            return found

        return self._read(read, [])

    def _untaken(self, stored: Iterable[Record], which: Which) -> list[Record]:
        records = {record.key: record for record in stored}
        with self._memory:
            for key, record in self._waiting.items():
                if which.has(record):
                    before = records.get(key)
                    records[key] = merged(before, record) if before else record
            return [records[key] for key in sorted(records) if self._taken.get(key) != records[key]]

    def _secrets_of(self, sources: Collection[int], *, has_disk: bool) -> dict[int, str]:
        stored: dict[int, str] = self._read(lambda file: file.secrets(sources), {}) if has_disk else {}
        with self._memory:
            return {**stored, **self._secrets}

    def _read(self, read: Callable[[SpoolFile], T], otherwise: T) -> T:
        if self._file is None or self._corrupt:
            return otherwise
        try:
            return read(self._file)
        except SpoolCorrupt as error:
            # The next write sets the file aside.
            self._corrupt = error
        except SpoolError as error:
            self._failed(error)
        return otherwise

    def _write(self) -> None:
        with self._disk:
            if self._closed:
                return
            with self._memory:
                new, gone, secrets = list(self._waiting.values()), list(self._taken.values()), dict(self._secrets)
            oldest = self._oldest_kept()
            try:
                file = self._opened()
                dropped = self._repaired(file, lambda: file.write(secrets, new, gone, oldest))
                totals = file.totals()
            except SpoolError as error:
                self._failed(error)
                dropped = self._shrink_memory(oldest)
            else:
                self._written(new, gone, totals)
        self._log_dropped(dropped)

    def _failed_lately(self) -> bool:
        return self._failed_at is not None and self._clock.monotonic() - self._failed_at < TRY_AGAIN_SECONDS

    def _oldest_kept(self) -> int:
        return max(0, int(self._age.now()) - KEPT_SECONDS)

    def _opened(self) -> SpoolFile:
        self._file = self._file or SpoolFile(self._directory, self._most_bytes)
        return self._file

    def _repaired(self, file: SpoolFile, work: Callable[[], T]) -> T:
        """What `work` returns. If the file is corrupt, `work` runs again with a new file."""
        try:
            if self._corrupt is None:
                return work()
        except SpoolCorrupt as error:
            self._corrupt = error
        corrupt, self._corrupt = self._corrupt, None
        self._file = None
        file.start_over(corrupt)
        self._file = file
        return work()

    def _failed(self, error: SpoolError) -> None:
        self._failed_at = self._clock.monotonic()
        self._rarely.trouble(
            "disk", f"cannot use the spool {self._directory} ({error}): unsent data is kept in memory for now"
        )

    def _written(self, new: Collection[Record], gone: Collection[Record], totals: Totals) -> None:
        if self._failed_at is not None:
            log.info("unsent data is kept on disk again")
        self._failed_at = None
        with self._memory:
            self._on_disk = totals
            for record in gone:
                if self._taken.get(record.key) == record:
                    del self._taken[record.key]
            for record in new:
                if self._waiting.get(record.key) == record:
                    del self._waiting[record.key]
            self._forget_secrets()

    def _shrink_memory(self, oldest: int) -> int:
        """Drops what is too old or too much; returns how many points and minutes that were."""
        with self._memory:
            self._taken = {key: record for key, record in self._taken.items() if record.at >= oldest}
            young = [key for key, record in self._waiting.items() if record.at >= oldest]
            kept = set(sorted(young)[-MOST_IN_MEMORY:])
            dropped = sum(size(record) for key, record in self._waiting.items() if key not in kept)
            self._waiting = {key: record for key, record in self._waiting.items() if key in kept}
            self._forget_secrets()
        return dropped

    def _forget_secrets(self) -> None:
        sources = {record.source for record in self._waiting.values()}
        self._secrets = {source: secret for source, secret in self._secrets.items() if source in sources}

    def _log_dropped(self, dropped: int) -> None:
        self.dropped += dropped
        self._unlogged += dropped
        if self._unlogged and self._rarely.is_due("dropped"):
            log.warning(
                "%d points and minutes were dropped unsent: too old, or more than the spool may hold", self._unlogged
            )
            self._unlogged = 0
