"""The SQLite file of an original dashboard, of any version since v0.14: missing tables and columns count as empty."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ops.errors import OpsError

Row = Mapping[str, object]

HIGHEST_ID = 2**53 - 1
"""Browsers cannot show larger IDs exactly, and the original never made one."""

REQUIRED = {"id", "name", "secret"}
"""Columns of `servers` without which this is not a v0 dashboard's database."""


def open_database(path: Path) -> sqlite3.Connection:
    """Opens the file read-only; raises OpsError."""
    if not path.is_file():
        raise OpsError(f"{path} is not a file")
    with _explained(str(path)):
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


class Source:
    """Every method raises OpsError if the file cannot be read."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Raises OpsError also if this is not a v0 dashboard's database."""
        database.row_factory = None
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        self._database = database
        self._name = "the database"
        files = [str(row["file"]) for row in self._rows("PRAGMA database_list") if row["file"]]
        self._name = files[0] if files else self._name
        if not self.columns("servers") >= REQUIRED:
            raise OpsError(f"{self._name} is not a v0 dashboard's database: it has no table of servers")

    def columns(self, table: str) -> set[str]:
        """Empty if there is no such table."""
        return {str(row["name"]) for row in self._rows(f"PRAGMA table_info({table})")}

    def rows(self, table: str, wanted: Collection[str] = ()) -> Iterator[Row]:
        """Each row that is not deleted, by ID, with the wanted columns (all, if none are named) that exist."""
        if columns := self.columns(table):
            names = ", ".join(name for name in wanted if name in columns) or "*"
            order = " ORDER BY id" if "id" in columns else ""
            yield from self._rows(f"SELECT {names} FROM {table}{_alive(columns)}{order}")  # noqa: S608 - our own names

    def count(self, table: str) -> int:
        """How many rows are not deleted."""
        columns = self.columns(table)
        query = f"SELECT count(*) AS count FROM {table}{_alive(columns)}"  # noqa: S608
        return next((int(str(row["count"])) for row in self._rows(query)), 0) if columns else 0

    def highest_id(self, table: str) -> int:
        """The highest ID of all rows, including deleted ones; invalid IDs do not count."""
        if "id" not in self.columns(table):
            return 0
        query = f"SELECT max(id) AS id FROM {table} WHERE typeof(id) = 'integer' AND id <= {HIGHEST_ID}"  # noqa: S608
        return next((int(str(row["id"] or 0)) for row in self._rows(query)), 0)

    def _rows(self, query: str) -> Iterator[Row]:
        with _explained(self._name):
            cursor = self._database.execute(query)
            names = [column[0] for column in cursor.description]
            for values in cursor:
                yield dict(zip(names, values, strict=True))


def _alive(columns: set[str]) -> str:
    return " WHERE deleted_at IS NULL" if "deleted_at" in columns else ""


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise OpsError(f"{name} is in use: {error}; stop the original dashboard, or import a copy") from None
        raise OpsError(f"{name} cannot be read: {error}") from None
    except sqlite3.DatabaseError as error:
        raise OpsError(f"{name} is not a v0 dashboard's database: {error}") from None
