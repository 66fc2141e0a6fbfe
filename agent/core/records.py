"""The spool's records: one minute each, of several kinds."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

BLOCK = 600
"""Seconds of Unix time that are sent together: the dashboard stores a server's ten minutes in one item."""


class RecordKind(NamedTuple):
    """One kind of record.

    code: what marks it in the file. key: where a report holds it. merge: of two records of one minute, the one to keep.
    entries: the record as a report's JSON. Both take the minute's start, and raise ValueError for bytes that are not
    such a record. size: how many entries there are, without unpacking them.
    """

    code: int
    key: str
    merge: Callable[[int, bytes, bytes], bytes]
    entries: Callable[[int, bytes], list[dict[str, Any]]]
    size: Callable[[bytes], int]


class Key(NamedTuple):
    """Where a record stands in the spool. Sorted, keys are oldest first across all servers, ten minutes at a time."""

    block: int
    source: int
    at: int
    kind: int


class Record(NamedTuple):
    """One minute of one server.

    source: whose it is: at the relay the server's ID, at the reporter a number made from its secret. at: Unix seconds
    of the minute's start. kind: a RecordKind's code. packed: the content.
    """

    source: int
    at: int
    kind: int
    packed: bytes

    @property
    def key(self) -> Key:
        return Key(self.at // BLOCK, self.source, self.at, self.kind)


START = Key(-1, -1, -1, -1)
"""Before every record."""

FOREVER = 2**62
"""After every minute."""


class Which(NamedTuple):
    """Selects records: those with keys after `after`, of minutes that start before `before` (Unix seconds), and of
    these sources and kinds. None stands for all sources or kinds.
    """

    before: int = FOREVER
    sources: Collection[int] | None = None
    kinds: Collection[int] | None = None
    after: Key = START

    def has(self, record: Record) -> bool:
        return (
            record.key > self.after
            and record.at < self.before
            and (self.sources is None or record.source in self.sources)
            and (self.kinds is None or record.kind in self.kinds)
        )


EVERYTHING = Which()
