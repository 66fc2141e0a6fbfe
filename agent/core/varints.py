"""Whole numbers as varints: small ones take one byte."""

from __future__ import annotations

from collections.abc import Iterable

_LAST_BYTES = bytes(range(0x80))
"""The bytes that can end a number."""


def write_varints(numbers: Iterable[int]) -> bytes:
    """The numbers, which must not be negative, with seven bits a byte, the lowest first."""
    written = bytearray()
    for number in numbers:
        while number > 0x7F:
            written.append(number & 0x7F | 0x80)
            number >>= 7
        written.append(number)
    return bytes(written)


def count_varints(written: bytes) -> int:
    """How many numbers these are; raises ValueError when the last one is cut off."""
    if written and written[-1] & 0x80:
        raise ValueError("a number is cut off")
    return len(written) - len(written.translate(None, _LAST_BYTES))


def read_varints(written: bytes) -> list[int]:
    """The numbers that `write_varints` wrote; raises ValueError when the last one is cut off."""
    numbers = []
    number = shift = 0
    for byte in written:
        number |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
        else:
            numbers.append(number)
            number = shift = 0
    if shift:
        raise ValueError("a number is cut off")
    return numbers
