"""Small files next to the spool, each replaced as a whole: what one process leaves for the next."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from agent.core.notices import Rarely

VERSION = 1
"""The version of the files' format. A file of another version counts as absent."""

T = TypeVar("T")


def line(entry: Any) -> bytes:
    """One entry as the file holds it. Many small ones take less memory than a large one."""
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


class Journal:
    """One file of JSON, an entry a line, with mode 0600 in a directory with mode 0700.

    A kill at any moment leaves the old or the new content. A loss of power may leave none. A file that cannot be read
    or written costs little, so it never stops the program.
    """

    def __init__(self, path: Path, monotonic: Callable[[], float]) -> None:
        self._path = path
        self._rarely = Rarely(monotonic)

    def read(self, parse: Callable[[list[Any]], T], otherwise: T) -> T:
        """What `parse` makes of the entries; `otherwise` when there are none, or `parse` raises an error."""
        try:
            first, *lines = self._path.read_bytes().splitlines()
            version, count = json.loads(first)
            if version != VERSION:
                return otherwise
            if count != len(lines):
                raise ValueError("it is cut off")
            return parse([json.loads(line) for line in lines])
        except FileNotFoundError:
            return otherwise
        except Exception as error:
            self._rarely.trouble("read", f"cannot use {self._path} ({error!r}): starting without it")
            return otherwise

    def write(self, lines: Sequence[bytes]) -> None:
        """Replaces the content. lines: entries as `line` made them. If the disk fails, this is only logged."""
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
                file.writelines((line([VERSION, len(lines)]), *lines))
            new.replace(self._path)
        except OSError as error:
            self._rarely.trouble(
                "write", f"cannot write {self._path} ({error.strerror}): a kill would lose the last minute"
            )
