"""Prints results: tables for people, JSON for scripts."""

import json
import sys
import unicodedata
from collections.abc import Mapping, Sequence

Row = Mapping[str, object]


def show(rows: Sequence[Row], *, as_json: bool) -> None:
    """Prints a list as a JSON array, or as a table whose header is the keys of the first row."""
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
    elif rows:
        print("\n".join(_table(rows)))
    else:
        sys.stderr.write("none\n")


def show_one(row: Row, *, as_json: bool, plain: str) -> None:
    """Prints one result as a JSON object, or as a plain line."""
    print(json.dumps(row, ensure_ascii=False) if as_json else plain)


def _table(rows: Sequence[Row]) -> list[str]:
    lines = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(map(_padded, line, widths)).rstrip() for line in lines]


def _cell(value: object) -> str:
    """The value on one line, without terminal control characters."""
    if value is None or value == "":
        return "-"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "-"
    if isinstance(value, Mapping):
        return ",".join(f"{name}={one}" for name, one in value.items())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))


def _width(text: str) -> int:
    """Columns on a terminal: two for wide characters, none for combining ones."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
