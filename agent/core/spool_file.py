"""The spool's file: SQLite, used by one process at a time.

SpoolError
├── SpoolInUse     another process uses this spool
├── SpoolCorrupt   the file is not what was written
└── SpoolFailed    the disk is full, read-only or failing
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from agent.core.notices import log
from agent.core.record_kinds import KINDS, check, merged, size
from agent.core.records import BLOCK, Record, Which
from agent.core.spool_sql import FIND, NEXT, PUT, REMEMBER, REMOVE, TABLES, VERSION

BUSY_SECONDS = 2.0
"""How long to wait for a lock that another program holds, such as a person's SQLite tool."""


class SpoolError(Exception):
    """The base of the errors above; never raised itself."""


class SpoolInUse(SpoolError):
    """Raised when another process uses this spool."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"the spool {directory} is in use by another process: stop it, or choose another with --spool")


class SpoolCorrupt(SpoolError):
    """Raised when the file cannot be trusted any more."""


class SpoolFailed(SpoolError):
    """Raised when the disk cannot be read or written. Trying again later may help."""


class Totals(NamedTuple):
    """What waits. size: points and minutes. oldest: the start of the oldest record's minute, None without one."""

    size: int
    oldest: int | None


class SpoolFile:
    """Records on disk. When `write` returns, they survive a power failure.

    The directory is made with mode 0700 and the file with mode 0600.
    """

    def __init__(self, directory: Path, most_bytes: int) -> None:
        """Opens or makes the file. Sets a corrupt one aside. Raises SpoolInUse or SpoolFailed."""
        self._directory = directory
        self._most_bytes = most_bytes
        with ExitStack() as opened, _named_errors():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened.callback(os.close, _lock(directory))
            try:
                self._connection = _connect(directory)
            except SpoolCorrupt as error:
                self._connection = _connect_again(directory, error)
            self._opened = opened.pop_all()

    def start_over(self, error: SpoolCorrupt) -> None:
        """Sets the file aside and makes a new one. If this fails, closes itself and raises SpoolFailed."""
        self._connection.close()
        try:
            self._connection = _connect_again(self._directory, error)
        except SpoolError:
            self.close()
            raise

    def write(self, secrets: Mapping[int, str], new: Iterable[Record], gone: Collection[Record], oldest: int) -> int:
        """Adds records and removes others in one transaction. Returns how many points and minutes were dropped unsent.

        secrets: those of the sources of `new`. A record with the key of another is merged with it. Records from before
        `oldest` are dropped, and the oldest ones while the file is too large. Raises SpoolCorrupt or SpoolFailed.
        """
        with _named_errors(), self._connection:
            self._connection.executemany(REMEMBER, secrets.items())
            for record in new:
                self._put(record)
            self._connection.executemany(REMOVE, [(*record.key, record.packed) for record in gone])
            dropped = self._drop("block <= ? AND at < ?", oldest // BLOCK, oldest)
            while self._bytes() > self._most_bytes and (block := self._oldest_block()) is not None:
                dropped += self._drop("block = ?", block)
            return dropped

    def find(self, which: Which, most: int) -> Iterator[Record]:
        """Records in order, with at least `most` points or minutes if there are that many. Never cuts a source's ten
        minutes.

        Raises SpoolCorrupt or SpoolFailed.
        """
        last = None
        with _named_errors():
            for row in self._connection.execute(*_query(which)):
                record = Record(*row)
                if most <= 0 and record.key[:2] != last:
                    break
                last = record.key[:2]
                # Another version of this program may have left kinds that this one does not know.
                if record.kind in KINDS:
                    most -= _size(record)
                    yield record

    def secrets(self, sources: Collection[int]) -> dict[int, str]:
        """The secrets of these sources. Raises SpoolCorrupt or SpoolFailed."""
        marks = ",".join("?" * len(sources))
        query = f"SELECT source, secret FROM sources WHERE source IN ({marks})"  # noqa: S608
        with _named_errors():
            return dict(self._connection.execute(query, tuple(sources)))

    def sources(self) -> list[int]:
        """The sources that have records. Raises SpoolCorrupt or SpoolFailed."""
        with _named_errors():
            return [source for (source,) in self._connection.execute("SELECT source FROM sources")]

    def totals(self) -> Totals:
        """Raises SpoolCorrupt or SpoolFailed."""
        with _named_errors():
            (points,) = self._connection.execute("SELECT coalesce(sum(size), 0) FROM sources").fetchone()
            query = "SELECT min(at) FROM records WHERE block = (SELECT min(block) FROM records)"
            return Totals(points, self._connection.execute(query).fetchone()[0])

    def close(self) -> None:
        self._connection.close()
        self._opened.close()

    def _put(self, record: Record) -> None:
        found = self._connection.execute(FIND, record.key).fetchone()
        if found:
            try:
                record = merged(record._replace(packed=found[0]), record)
            except ValueError as error:
                raise SpoolCorrupt(f"a record is damaged: {error}") from None
        self._connection.execute(PUT, (*record.key, size(record), record.packed))

    def _drop(self, which: str, *values: int) -> int:
        query = f"SELECT coalesce(sum(size), 0) FROM records WHERE {which}"  # noqa: S608
        (points,) = self._connection.execute(query, values).fetchone()
        self._connection.execute(f"DELETE FROM records WHERE {which}", values)  # noqa: S608
        return int(points)

    def _bytes(self) -> int:
        pages, free, page = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * page)

    def _oldest_block(self) -> int | None:
        (block,) = self._connection.execute("SELECT min(block) FROM records").fetchone()
        return None if block is None else int(block)


def _query(which: Which) -> tuple[str, tuple[int, ...]]:
    """SQL and its values."""
    sources, kinds = which.sources or (), which.kinds or ()
    query = NEXT.format(
        sources=f"source IN ({','.join('?' * len(sources))})" if which.sources is not None else "TRUE",
        kinds=f"kind IN ({','.join('?' * len(kinds))})" if which.kinds is not None else "TRUE",
    )
    return query, (*which.after, which.before // BLOCK, which.before, *sources, *kinds)


def spool_path(directory: Path) -> Path:
    """Where the file is in its directory."""
    return directory / "spool.db"


def _size(record: Record) -> int:
    try:
        check(record)
        return size(record)
    except ValueError as error:
        raise SpoolCorrupt(f"a record is damaged: {error}") from None


def _connect(directory: Path) -> sqlite3.Connection:
    path = spool_path(directory)
    # SQLite would make it readable for other users. SQLite's other files get the mode of this one.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    with ExitStack() as opened, _named_errors():
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
        opened.callback(connection.close)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # Overwrites what is deleted, so that secrets do not outlast their records.
        connection.execute("PRAGMA secure_delete = ON")
        _make_tables(connection)
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise SpoolCorrupt(str(found))
        opened.pop_all()
    return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not version and not count:
        connection.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
    elif version != VERSION:
        raise SpoolCorrupt(f"it has version {version}, and this program writes version {VERSION}")
    connection.execute("SELECT block, source, at, kind, size, packed FROM records LIMIT 0")
    connection.execute("SELECT source, secret, records, size FROM sources LIMIT 0")


def _connect_again(directory: Path, error: SpoolCorrupt) -> sqlite3.Connection:
    path = spool_path(directory)
    # Only the last corrupt file is kept, as a failing disk may make many.
    aside = path.with_name(f"{path.name}.corrupt")
    with _named_errors():
        for ending in ("-wal", "-shm", ""):
            part = path.with_name(path.name + ending)
            if part.exists():
                part.replace(aside.with_name(aside.name + ending))
    log.warning("the spool %s cannot be read (%s): it was renamed to %s, and a new one was made", path, error, aside)
    return _connect(directory)


def _lock(directory: Path) -> int:
    """A descriptor that holds the directory's lock. The kernel releases it when the process ends, however it ends."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise SpoolInUse(directory) from None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def _named_errors() -> Iterator[None]:
    """Translates errors of the disk and of SQLite into the errors of this module."""
    try:
        yield
    except sqlite3.Error as error:
        raise (SpoolCorrupt if _is_corrupt(error) else SpoolFailed)(str(error)) from error
    except OSError as error:
        raise SpoolFailed(error.strerror or str(error)) from error


def _is_corrupt(error: sqlite3.Error) -> bool:
    """Python before 3.11 does not expose SQLite's error codes, but raises this class for files that are broken or not a
    database.
    """
    return type(error) is sqlite3.DatabaseError or "no such" in str(error) or "malformed" in str(error)
