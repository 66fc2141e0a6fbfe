"""What an agent reports about its host, in the form and the size in which it is stored."""

import json
from collections.abc import Sequence
from itertools import accumulate

from chalicelib.fleet import limits

Value = str | int | list[str] | None
"""A field of a host. The order of the fields is v0's and is decided by the API."""


def host_text(values: Sequence[Value]) -> str:
    """The values as a JSON array of at most HOST_BYTES, in UTF-8.

    Larger hosts are cut: each list keeps the entries that fit into HOST_LIST_BYTES from its start, and at least the
    first; if that is not enough, all strings keep HOST_TEXT_LENGTH_CUT characters.
    """
    text = _json(values)
    if _size(text) <= limits.HOST_BYTES:
        return text
    shorter = [_first_entries(value) if isinstance(value, list) else value for value in values]
    text = _json(shorter)
    return text if _size(text) <= limits.HOST_BYTES else _json([_shortened(value) for value in shorter])


def _first_entries(entries: list[str]) -> list[str]:
    sizes = accumulate(_size(_json(entry)) + 1 for entry in entries)
    fitting = sum(1 for size in sizes if size <= limits.HOST_LIST_BYTES)
    return entries[: max(fitting, 1)]


def _shortened(value: Value) -> Value:
    if isinstance(value, list):
        return [entry[: limits.HOST_TEXT_LENGTH_CUT] for entry in value]
    return value[: limits.HOST_TEXT_LENGTH_CUT] if isinstance(value, str) else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _size(text: str) -> int:
    return len(text.encode())
