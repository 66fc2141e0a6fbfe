"""The report of an import: what it did, or would do."""

from collections.abc import Iterator
from dataclasses import dataclass, field

NAMED_ROWS = 5
"""For each reason, how many of the rows that are left out are listed by ID."""


@dataclass
class ImportReport:
    """taken, already: how many of each kind were imported, and how many existed before. not_taken: a line for each
    thing that was not imported, with the reason. notes: how imported things behave differently here.
    """

    taken: dict[str, int] = field(default_factory=dict)
    already: dict[str, int] = field(default_factory=dict)
    not_taken: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, what: str, *, new: bool, number: int = 1) -> None:
        counts = self.taken if new else self.already
        counts[what] = counts.get(what, 0) + number

    def as_dict(self) -> dict[str, object]:
        return {"taken": self.taken, "already": self.already, "not_taken": self.not_taken, "notes": self.notes}

    def lines(self) -> Iterator[str]:
        for what in sorted({*self.taken, *self.already}):
            here = f", {self.already[what]} were here already" if what in self.already else ""
            yield f"{what}: {self.taken.get(what, 0)} taken{here}"
        for line in self.notes:
            yield f"note: {line}"
        for line in self.not_taken:
            yield f"not taken: {line}"


@dataclass
class LeftOut:
    """Rows of one kind that were left out. There are too many for a line each, so for each reason it keeps the count
    and the first IDs.
    """

    what: str
    rows: dict[str, tuple[int, list[object]]] = field(default_factory=dict)

    def add(self, reason: str, row_id: object) -> None:
        count, ids = self.rows.get(reason, (0, []))
        self.rows[reason] = (count + 1, [*ids, row_id] if count < NAMED_ROWS else ids)

    def lines(self) -> Iterator[str]:
        for reason, (count, ids) in sorted(self.rows.items()):
            others = ", …" if count > len(ids) else ""
            yield f"{count:,} {self.what}: {reason} (rows {', '.join(map(str, ids))}{others})"
