"""The kinds of records. A further kind is a module with its `RecordKind`, and one entry here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from agent.core.minutes import MINUTES
from agent.core.points import POINTS
from agent.core.records import Record, RecordKind

KINDS: Mapping[int, RecordKind] = {kind.code: kind for kind in (POINTS, MINUTES)}


def content(records: Iterable[Record]) -> dict[str, list[dict[str, Any]]]:
    """What a report holds of these records of one server: lists by the report's keys, oldest first."""
    lists: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        kind = KINDS[record.kind]
        lists[kind.key] += kind.entries(record.at, record.packed)
    return dict(lists)


def merged(first: Record, second: Record) -> Record:
    """One record out of two with the same key; raises ValueError when either is damaged."""
    return first._replace(packed=KINDS[first.kind].merge(first.at, first.packed, second.packed))


def size(record: Record) -> int:
    """How many points or minutes a record holds. May raise ValueError when it is damaged; `check` always does."""
    return KINDS[record.kind].size(record.packed)


def check(record: Record) -> None:
    """Raises ValueError when a record is damaged."""
    KINDS[record.kind].entries(record.at, record.packed)
