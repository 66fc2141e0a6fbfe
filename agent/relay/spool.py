"""Points that wait until the dashboard has them: an SQLite file that outlasts `kill -9`.

SpoolError
├── SpoolInUse   another relay has this directory
└── SpoolFailed  the disk is full, read-only or failing
"""

import fcntl
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.point import DAY, Point

MOST_POINTS = 2_000_000
"""About 170 MB."""

BUSY_SECONDS = 2.0
POINTS_A_SERVER = 4000
"""The dashboard takes 5000 in a report."""

TABLES = (
    """CREATE TABLE IF NOT EXISTS points (
        server_id INTEGER NOT NULL, at INTEGER NOT NULL, monitor_id INTEGER NOT NULL,
        delay REAL NOT NULL, up INTEGER NOT NULL, down INTEGER NOT NULL,
        PRIMARY KEY (server_id, at, monitor_id)
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS points_by_age ON points (at)",
    "CREATE TABLE IF NOT EXISTS secrets (server_id INTEGER PRIMARY KEY, secret TEXT NOT NULL)",
)

# As at the dashboard: of two points for one minute the one made from more probes stays, of equals the first.
INSERT = """INSERT INTO points (server_id, monitor_id, at, delay, up, down) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (server_id, at, monitor_id) DO UPDATE
    SET delay = excluded.delay, up = excluded.up, down = excluded.down
    WHERE excluded.up + excluded.down > up + down"""

# Compared with its counts, as a fuller point may have come in its place since it was sent.
DELETE = "DELETE FROM points WHERE server_id = ? AND monitor_id = ? AND at = ? AND up = ? AND down = ?"

REMEMBER = """INSERT INTO secrets (server_id, secret) VALUES (?, ?)
    ON CONFLICT (server_id) DO UPDATE SET secret = excluded.secret"""

FORGET = "DELETE FROM secrets WHERE NOT EXISTS (SELECT 1 FROM points WHERE points.server_id = secrets.server_id)"


class SpoolError(Exception):
    """The root of the tree; never raised itself."""


class SpoolInUse(SpoolError):
    """Raised when another process has this spool."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"the spool {directory} is in use by another relay: give this one its own with --spool")


class SpoolFailed(SpoolError):
    """Raised when the disk does not take or give what it should; trying again later may help."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Points of one server, oldest first."""

    server_id: int
    secret: str
    points: tuple[Point, ...]


class Spool:
    """One directory's points. Every call may wait for the disk; not for several threads at once.

    count: points that wait. dropped: how many were dropped unsent, as they were too old or too many.
    """

    def __init__(self, directory: Path, most: int = MOST_POINTS) -> None:
        """Directory and files can be read by their owner alone. A file that is corrupt is moved aside.

        Raises SpoolInUse or SpoolFailed.
        """
        self._most = most
        self.dropped = 0
        with ExitStack() as opened, _named():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened.callback(os.close, _lock(directory))
            try:
                self._connection = _connect(directory / "points.db")
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                _move_aside(directory / "points.db")
                self._connection = _connect(directory / "points.db")
            (self.count,) = self._connection.execute("SELECT count(*) FROM points").fetchone()
            self._opened = opened.pop_all()

    def add(self, secrets: Iterable[tuple[int, str]], points: Iterable[tuple[int, Point]], now: float) -> None:
        """Keeps points with the secrets of their servers; they are on disk when it returns. Raises SpoolFailed."""
        with _named(), self._connection:
            self._connection.executemany(REMEMBER, secrets)
            self._connection.executemany(INSERT, [(server_id, *point) for server_id, point in points])
            # Counted anew, as some took the place of others: but only here, where points come once in a while.
            (self.count,) = self._connection.execute("SELECT count(*) FROM points").fetchone()
            self._drop("at < ?", int(now) - DAY)
            if self.count > self._most:
                self._drop("at <= (SELECT at FROM points ORDER BY at LIMIT 1 OFFSET ?)", self.count - self._most - 1)

    def after(self, server_id: int, servers: int, most: int) -> list[Waiting]:
        """Points of the next servers behind this one, about `most` in all; [] at the end. Raises SpoolFailed."""
        found: list[Waiting] = []
        with _named():
            while len(found) < servers and most > 0:
                row = self._connection.execute(
                    "SELECT server_id FROM points WHERE server_id > ? ORDER BY server_id LIMIT 1", (server_id,)
                ).fetchone()
                if row is None:
                    break
                (server_id,) = row
                (secret,) = self._connection.execute(
                    "SELECT secret FROM secrets WHERE server_id = ?", (server_id,)
                ).fetchone()
                points = tuple(
                    Point(*point)
                    for point in self._connection.execute(
                        "SELECT monitor_id, at, delay, up, down FROM points WHERE server_id = ? ORDER BY at LIMIT ?",
                        (server_id, min(most, POINTS_A_SERVER)),
                    )
                )
                found.append(Waiting(server_id, secret, points))
                most -= len(points)
        return found

    def remove(self, points: Collection[tuple[int, Point]]) -> None:
        """These are not waiting any more. Raises SpoolFailed."""
        rows = [(server_id, one.monitor_id, one.at, one.up, one.down) for server_id, one in points]
        with _named(), self._connection:
            self.count -= self._connection.executemany(DELETE, rows).rowcount
            self._connection.execute(FORGET)

    def oldest(self) -> int | None:
        """Unix seconds of the oldest point's minute, None when there is none. Raises SpoolFailed."""
        with _named():
            (at,) = self._connection.execute("SELECT min(at) FROM points").fetchone()
            return None if at is None else int(at)

    def close(self) -> None:
        self._connection.close()
        self._opened.close()

    def _drop(self, which: str, value: int) -> None:
        dropped = self._connection.execute(f"DELETE FROM points WHERE {which}", (value,)).rowcount  # noqa: S608
        if dropped:
            self._connection.execute(FORGET)
        self.count -= dropped
        self.dropped += dropped


def _connect(path: Path) -> sqlite3.Connection:
    # SQLite would make it readable for others; its other files get the mode of this one.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    with ExitStack() as opened:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
        opened.callback(connection.close)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # What is deleted is overwritten: secrets do not outlast their points.
        connection.execute("PRAGMA secure_delete = ON")
        for table in TABLES:
            connection.execute(table)
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        opened.pop_all()
    return connection


def _move_aside(path: Path) -> None:
    for ending in ("-wal", "-shm", ""):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.replace(path.with_name(f"{path.name}.corrupt{ending}"))


def _lock(directory: Path) -> int:
    """A descriptor that holds the directory's lock: the kernel frees it when the process ends, however it ends."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise SpoolInUse(directory) from None
    return descriptor


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise SpoolFailed(str(error)) from error
    except OSError as error:
        raise SpoolFailed(error.strerror or str(error)) from error
