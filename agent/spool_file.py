"""The file in which points wait: SQLite, of one reporter at a time.

SpoolError
├── SpoolInUse     another reporter has this spool
├── SpoolCorrupt   the file is not what was written
└── SpoolFailed    the disk is full, read-only or failing
"""

import fcntl
import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from agent.notices import log
from agent.point import DAY, Point

MOST_POINTS = 100_000

BUSY_SECONDS = 2.0
"""How long to wait for somebody who looks into the file with a tool."""

CORRUPT = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
"""SQLite's codes for a file that is broken, is none of SQLite's, or has other tables than these."""

# `owner` is one of the secrets that this host has had: another one's points must not go to this one's server. The
# checks hold for damaged files too, as quick_check looks at them.
TABLE = """CREATE TABLE IF NOT EXISTS points (
    owner TEXT NOT NULL CHECK (typeof(owner) = 'text'),
    monitor_id INTEGER NOT NULL CHECK (typeof(monitor_id) = 'integer' AND monitor_id > 0),
    at INTEGER NOT NULL CHECK (typeof(at) = 'integer' AND at >= 0),
    delay REAL NOT NULL CHECK (typeof(delay) = 'real' AND delay BETWEEN 0 AND 1000),
    up INTEGER NOT NULL CHECK (typeof(up) = 'integer' AND up >= 0),
    down INTEGER NOT NULL CHECK (typeof(down) = 'integer' AND down >= 0),
    PRIMARY KEY (at, monitor_id, owner)
) WITHOUT ROWID"""

# As at the dashboard: of two points for one minute the one made from more probes stays, of equals the first.
INSERT = """INSERT INTO points (owner, monitor_id, at, delay, up, down) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (at, monitor_id, owner) DO UPDATE SET delay = excluded.delay, up = excluded.up, down = excluded.down
    WHERE excluded.up + excluded.down > up + down"""

# Compared with its counts, as a fuller point may have come in its place since it was sent.
DELETE = "DELETE FROM points WHERE owner = ? AND monitor_id = ? AND at = ? AND delay = ? AND up = ? AND down = ?"


class SpoolError(Exception):
    """The root of the tree; never raised itself."""


class SpoolInUse(SpoolError):
    """Raised when another process has this spool."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"the spool {directory} is in use by another reporter: stop that one, or give this one its own with --spool"
        )


class SpoolCorrupt(SpoolError):
    """Raised when the file cannot be believed any more: a new one has to begin."""


class SpoolFailed(SpoolError):
    """Raised when the disk does not take or give what it should; trying again later may help."""


class SpoolFile:
    """Points on disk, each on it for good when `write` returns; made with mode 0600 in a directory of mode 0700."""

    def __init__(self, directory: Path) -> None:
        """A corrupt file is moved aside. Raises SpoolInUse or SpoolFailed."""
        self._directory = directory
        with ExitStack() as opened, _named():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened.callback(os.close, _lock(directory))
            try:
                self._connection = _connect(directory)
            except SpoolCorrupt as error:
                self._connection = _connect_anew(directory, error)
            self._opened = opened.pop_all()

    def begin_anew(self, error: SpoolCorrupt) -> None:
        """Moves the file aside. Raises SpoolFailed, and is closed then."""
        self._connection.close()
        try:
            with _named():
                self._connection = _connect_anew(self._directory, error)
        except SpoolFailed:
            self.close()
            raise

    def write(self, owner: str, new: Collection[Point], gone: Collection[Point], now: float) -> int:
        """Adds points and deletes others, in one transaction; returns how many had to be dropped unsent.

        Dropped are points older than a day, and the oldest over MOST_POINTS. Raises SpoolCorrupt or SpoolFailed.
        """
        with _named(), self._connection:
            self._connection.executemany(INSERT, [(owner, *point) for point in new])
            self._connection.executemany(DELETE, [(owner, *point) for point in gone])
            (count,) = self._connection.execute("SELECT count(*) FROM points").fetchone()
            return self._drop("at < ?", int(now) - DAY) + self._drop(
                "(at, monitor_id, owner) IN (SELECT at, monitor_id, owner FROM points ORDER BY at LIMIT ?)",
                max(0, count - MOST_POINTS),
            )

    def oldest(self, owner: str, most: int) -> list[Point]:
        """At most so many points, oldest first. Raises SpoolCorrupt or SpoolFailed."""
        query = "SELECT monitor_id, at, delay, up, down FROM points WHERE owner = ? ORDER BY at, monitor_id LIMIT ?"
        with _named():
            return [Point(*row) for row in self._connection.execute(query, (owner, most))]

    def close(self) -> None:
        self._connection.close()
        self._opened.close()

    def _drop(self, which: str, value: int) -> int:
        return self._connection.execute(f"DELETE FROM points WHERE {which}", (value,)).rowcount  # noqa: S608


def spool_path(directory: Path) -> Path:
    """Where in its directory the file is."""
    return directory / "points.db"


def _connect(directory: Path) -> sqlite3.Connection:
    path = spool_path(directory)
    # SQLite would make it readable for others; its other files get the mode of this one.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    with ExitStack() as opened, _named():
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
        opened.callback(connection.close)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(TABLE)
        connection.execute("SELECT owner, monitor_id, at, delay, up, down FROM points LIMIT 0")
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise SpoolCorrupt(str(found))
        opened.pop_all()
    return connection


def _connect_anew(directory: Path, error: SpoolCorrupt) -> sqlite3.Connection:
    path = spool_path(directory)
    # Only the last corrupt file is kept, as a failing disk may make many.
    aside = path.with_name("points.db.corrupt")
    for ending in ("-wal", "-shm", ""):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.replace(aside.with_name(aside.name + ending))
    log.warning("the spool %s is corrupt (%s): it was moved to %s, and a new one is begun", path, error, aside)
    return _connect(directory)


def _lock(directory: Path) -> int:
    """A descriptor that holds the directory's lock: the kernel frees it when the process ends, however it ends."""
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
def _named() -> Iterator[None]:
    """Gives errors of the disk and of SQLite their names in the tree."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_IOERR)
        # The low byte is the kind, the others tell more of it.
        raise (SpoolCorrupt if code & 0xFF in CORRUPT else SpoolFailed)(str(error)) from error
    except OSError as error:
        raise SpoolFailed(error.strerror or str(error)) from error
