"""The table that all benchmarks print: figures with their budgets and the original dashboard's figures."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure with its budget.

    what: what was measured, in words. figure: in `unit` ("WCU", "units", "KB" …). must, reach: the budget, None if
    there is none. original: the original dashboard's figure as text, "" if it has none. at_least: whether more is
    better."""

    what: str
    figure: float
    unit: str
    must: float | None = None
    reach: float | None = None
    original: str = ""
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Whether the budget is "reached", "held" or "NOT HELD"; "" if there is none."""
        if self.must is None and self.reach is None:
            return ""
        if self.reach is not None and self._within(self.reach):
            return "reached"
        return "held" if self.must is None or self._within(self.must) else "NOT HELD"

    def _within(self, bound: float) -> bool:
        return self.figure >= bound if self.at_least else self.figure <= bound


Section = tuple[str, Callable[[], Iterable[Row]]]
"""A heading, and the function that measures the rows below it."""

_COLUMNS = ("what", "figure", "unit", "must", "reach for", "original", "")


def print_sections(sections: Sequence[Section], *, markdown: bool) -> None:
    """Prints each section as soon as it is measured."""
    for heading, measure in sections:
        print(f"\n## {heading}\n" if markdown else f"\n{heading}", flush=True)
        rows = [_cells(row) for row in measure()]
        widths = [max(len(line[place]) for line in [_COLUMNS, *rows]) for place in range(len(_COLUMNS))]
        lines = [_COLUMNS, *([tuple("-" * width for width in widths)] if markdown else []), *rows]
        for line in lines:
            cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
            print(f"| {' | '.join(cells)} |" if markdown else f"  {'  '.join(cells)}".rstrip())
        sys.stdout.flush()


def _cells(row: Row) -> tuple[str, ...]:
    bounds = ["" if bound is None else _short(bound) for bound in (row.must, row.reach)]
    return (row.what, _short(row.figure), row.unit, *bounds, row.original, row.verdict)


def _short(number: float) -> str:
    """Formats with three significant digits, without exponents."""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}" if abs(number) >= 0.0001 or number == 0 else f"{number:.6f}"
