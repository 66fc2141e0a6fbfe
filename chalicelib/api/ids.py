"""Server and monitor IDs as they are written in paths and queries."""

from chalicelib.fleet import limits
from chalicelib.fleet.errors import InvalidInput

LONGEST = 40
"""The most digits that are converted, leading zeros included."""


def parse_id(text: str) -> int:
    """A positive ID in a path. Leading zeros are allowed, as in v0. Raises InvalidInput."""
    if _is_number(text) and 0 < int(text) <= limits.UINT64:
        return int(text)
    raise InvalidInput("The ID in the path must be a positive whole number.", error="not_an_id")


def parse_ids(text: str) -> list[int]:
    """The IDs in a comma-separated list: `1,abc,,0003` is [1, 3]. As in v0, anything but decimal numbers is skipped."""
    return [int(part) for part in text.split(",") if _is_number(part)]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST
