"""Small files of JSON beside the spool, each replaced as a whole: what a process knows that the next one needs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from agent.core.notices import Rarely

VERSION = 1
"""Of what the files hold. One of another version counts as absent."""

T = TypeVar("T")


class Journal:
    """One file, with mode 0600 in a directory with mode 0700. A kill at any moment leaves the old or the new content.

    A loss of power may leave none. Both kinds of trouble cost little, so neither stops the program.
    """

    def __init__(self, path: Path, monotonic: Callable[[], float]) -> None:
        self._path = path
        self._rarely = Rarely(monotonic)

    def read(self, parse: Callable[[Any], T], otherwise: T) -> T:
        """What `parse` makes of the content; `otherwise` when there is none, or `parse` raises an error."""
        try:
            content = json.loads(self._path.read_bytes())
            return parse(content["content"]) if content["version"] == VERSION else otherwise
        except FileNotFoundError:
            return otherwise
        except Exception as error:
            self._rarely.trouble("read", f"cannot use {self._path} ({error!r}): starting without it")
            return otherwise

    def write(self, content: Any) -> None:
        """A disk that fails is logged."""
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(json.dumps({"version": VERSION, "content": content}, separators=(",", ":")).encode())
            new.replace(self._path)
        except OSError as error:
            self._rarely.trouble("write", f"cannot write {self._path} ({error.strerror}): a kill loses a minute")
