"""Server and monitor ids as paths and queries spell them."""

from chalicelib.fleet import limits
from chalicelib.fleet.errors import InvalidInput

LONGEST = 40
"""Digits that are worth converting; leading zeros count."""


def parse_id(text: str) -> int:
    """A positive id in a path; raises InvalidInput. Leading zeros are fine, as in v0."""
    if _is_number(text) and 0 < int(text) <= limits.UINT64:
        return int(text)
    raise InvalidInput("The ID in the path must be a positive whole number.", error="not_an_id")


def parse_ids(text: str) -> list[int]:
    """The ids of `1,abc,,0003`: [1, 3]. Anything but a plain decimal number is skipped, as in v0."""
    return [int(part) for part in text.split(",") if _is_number(part)]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST
