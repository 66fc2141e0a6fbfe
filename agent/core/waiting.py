"""Records that are ready to be sent, by server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby
from typing import Any, NamedTuple

from agent.core.record_kinds import content, size
from agent.core.records import Record


class Waiting(NamedTuple):
    """Records of one source, oldest first. secret: that source's, "" where none was given."""

    source: int
    secret: str
    records: tuple[Record, ...]

    @property
    def size(self) -> int:
        """How many points and minutes these are."""
        return sum(size(record) for record in self.records)

    def of(self, kind: int) -> int:
        """How many points or minutes are of this kind, a RecordKind's code."""
        return sum(size(record) for record in self.records if record.kind == kind)

    @property
    def content(self) -> dict[str, list[dict[str, Any]]]:
        """These records as a report carries them."""
        return content(self.records)


def by_source(records: Iterable[Record], most: int, sources: int, blocks: int) -> dict[int, list[Record]]:
    """The first records, at least one: whole blocks of ten minutes, at most `blocks` of them for each source."""
    chosen: dict[int, list[Record]] = {}
    taken: Counter[int] = Counter()
    left = most
    for _, group in groupby(records, lambda record: record.key[:2]):
        some = list(group)
        source, points = some[0].source, sum(map(size, some))
        if (chosen and points > left) or (source not in chosen and len(chosen) == sources) or taken[source] == blocks:
            break
        taken[source] += 1
        chosen.setdefault(source, []).extend(some if points <= left else _first(some, left))
        left -= points
    return chosen


def _first(records: Sequence[Record], most: int) -> Sequence[Record]:
    """The first of these with `most` points and minutes, at least one."""
    ends = [total <= most for total in accumulate(map(size, records))]
    return records[: max(1, sum(ends))]
