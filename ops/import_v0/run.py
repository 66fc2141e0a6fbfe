"""State that the steps of an import share, and helpers that read fields."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.fleet.monitors import Monitor
from chalicelib.storage import DynamoStore
from ops.import_v0.report import ImportReport
from ops.import_v0.source import HIGHEST_ID, Row, Source
from ops.import_v0.values import Odd, seconds_of, text_of, whole_of


@dataclass
class Run:
    """now: when the import began, Unix seconds.

    servers, monitors: those of the original that are here after the import, new or not. groups: the channels of each of
    the original's notification groups, also new or not.
    """

    store: DynamoStore
    source: Source
    now: float
    write: bool
    report: ImportReport = field(default_factory=ImportReport)
    servers: set[int] = field(default_factory=set)
    monitors: Mapping[int, Monitor] = field(default_factory=dict)
    groups: Mapping[str, list[int]] = field(default_factory=dict)
    server_count: int = 0
    monitor_count: int = 0
    _began: float = field(default_factory=time.monotonic)

    def later(self) -> float:
        """The time now, which may be hours after `now`."""
        return self.now + time.monotonic() - self._began

    def leave(self, what: str, row: Row, reason: str) -> None:
        """Reports a row, or a part of it, that is not imported."""
        self.report.not_taken.append(f"{what} {text_of(row.get('id'))}: {reason}")

    def text(self, what: str, row: Row, name: str, most: int, otherwise: str = "") -> str:
        """A text field, cut at the length that the API accepts. otherwise: the value in place of an empty one."""
        text = text_of(row.get(name))
        if len(text) > most:
            self.leave(what, row, f"what its {name} has beyond {most:,} characters")
        if not text and otherwise:
            self.leave(what, row, f"its empty {name}; it is {otherwise!r} now")
        return text[:most] or otherwise

    def number(self, what: str, row: Row, name: str, usual: int, least: int, most: int, unit: str = "") -> int:
        """A whole number, `usual` where the original has none, and moved into the bounds that the API accepts."""
        value = row.get(name)
        if value in (None, ""):
            return usual
        number = whole_of(value)
        bounded = usual if number is None else min(max(number, least), most)
        if bounded != number:
            self.leave(what, row, f"its {name} of {text_of(value)[:40]}{unit}; it is {bounded}{unit} now")
        return bounded

    def flag(self, what: str, row: Row, name: str, otherwise: bool) -> bool:
        value = row.get(name)
        number = whole_of(value)
        if number is None and value not in (None, ""):
            self.leave(what, row, f"its {name} of {text_of(value)[:40]!r}; it is {otherwise} now")
            return otherwise
        return bool(number)

    def created(self, row: Row) -> int:
        """When a row was made, Unix seconds; now where the original does not know."""
        try:
            return seconds_of(row.get("created_at"))
        except Odd:
            return int(self.now)


def id_of(row: Row) -> int:
    """Raises Odd for an ID that cannot be kept."""
    id_ = whole_of(row.get("id"))
    if id_ is None or not 0 < id_ <= HIGHEST_ID:
        raise Odd(f"its ID is not a whole number from 1 to {HIGHEST_ID}")
    return id_
