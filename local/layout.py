"""The layout of a data folder. Data with another layout is moved aside, and never read."""

import sqlite3
from contextlib import closing
from pathlib import Path

from local import private_file

LAYOUT = 4
"""Increase this number when data of earlier versions can no longer be read. Layout 1 had no FILE."""

FILE = "layout"
DATABASE = "dynamodb.sqlite"


class LayoutError(Exception):
    """Raised when a folder cannot be prepared; the message says why."""


def prepare(folder: Path) -> Path | None:
    """Prepares `folder` for this layout. Data with another layout is moved to a folder next to it, which is returned.

    Raises LayoutError.
    """
    aside = None
    try:
        if (folder / DATABASE).exists() and (layout := _layout_of(folder)) != str(LAYOUT):
            _check_unused(folder / DATABASE)
            aside = _free_name(folder, layout)
            folder.resolve().rename(aside)
        private_file.write(folder / FILE, f"{LAYOUT}\n")
    except OSError as error:
        raise LayoutError(f"cannot use {folder} ({error.strerror})") from None
    return aside


def _layout_of(folder: Path) -> str:
    try:
        return (folder / FILE).read_text().strip()
    except FileNotFoundError:
        return "1"


def _check_unused(database: Path) -> None:
    try:
        with closing(sqlite3.connect(database, timeout=0)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.rollback()
    except sqlite3.OperationalError:
        raise LayoutError(f"cannot move {database.parent}: another system uses it; stop that first") from None
    except sqlite3.DatabaseError:
        return  # not a database, so nobody uses it as one


def _free_name(folder: Path, layout: str) -> Path:
    folder = folder.resolve()
    first = folder.with_name(f"{folder.name}-layout-{layout}")
    further = (first.with_name(f"{first.name}-{number}") for number in range(2, 1000))
    return next(name for name in (first, *further) if not name.exists())
