"""JSON as the API writes it: compact, without escapes for characters that need none, numbers in v0's format."""

import json
from collections.abc import Iterable


def json_text(value: object) -> str:
    """JSON without whitespace between its tokens, and with every character as itself rather than escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def joined(objects: Iterable[str]) -> str:
    """A JSON array of values that are JSON text already."""
    return "[" + ",".join(objects) + "]"


def number_text(value: int | float) -> str:
    """A number as v0 writes it: shortest digits, no `.0`, exponents only below 1e-6 and from 1e21."""
    if isinstance(value, int):
        if abs(value) <= 2**53:
            return str(value)
        value = float(value)
    text = repr(value)
    if text.endswith(".0"):
        return text[:-2]
    if "e" not in text:
        return text
    digits, _, exponent = text.partition("e")
    if -6 <= int(exponent) < 21:
        return _without_exponent(digits, int(exponent))
    sign, size = exponent[0], exponent[1:].lstrip("0")
    return f"{digits.removesuffix('.0')}e{sign}{size}"


def _without_exponent(digits: str, exponent: int) -> str:
    sign = "-" if digits.startswith("-") else ""
    whole, _, fraction = digits.lstrip("-").partition(".")
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{whole}{fraction}"
    return f"{sign}{whole}{fraction.ljust(exponent, '0')}"
