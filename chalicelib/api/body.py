"""Reading JSON from strangers, with v0's tolerance."""

import json
from collections.abc import Sequence
from typing import Any

from chalicelib.fleet import limits
from chalicelib.fleet.errors import InvalidInput, TooLarge

LONGEST_INTEGER = 400
"""Digits, the sign included."""


def json_in(body: bytes) -> Any:
    """The JSON value of a request body. Raises TooLarge or InvalidInput.

    NaN and Infinity are kept, so that the checks of single fields refuse them and one bad figure does not invalidate
    the other reports of a request. A lone surrogate becomes U+FFFD, as in v0, because it could not be stored.
    """
    if len(body) > limits.BODY_BYTES:
        message = f"The body has {len(body)} bytes; the limit is {limits.BODY_BYTES}. Split the request."
        raise TooLarge(message, error="body_too_large", limit=limits.BODY_BYTES)
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text, parse_int=_integer, object_pairs_hook=_object)
        # Only an escape can produce a lone surrogate: the decoder above has replaced all others.
        return _without_surrogates(value) if "\\u" in text else value
    except (ValueError, RecursionError):
        raise InvalidInput("The body is not valid JSON.", error="invalid_json") from None


def _integer(digits: str) -> int | float:
    # int() refuses absurdly long numbers. As floats they are infinite, which the checks of single fields refuse.
    return int(digits) if len(digits) < LONGEST_INTEGER else float(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object with its fields in the order in which each was last given, since `fields_of` uses the last one."""
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    value.clear()
    for name, field in pairs:
        value.pop(name, None)
        value[name] = field
    return value


def fields_of(value: Any, what: str, names: Sequence[str]) -> dict[str, Any]:
    """The fields of a JSON object, with known names spelled as in `names`; raises InvalidInput if it is not an object.

    Names match in any case, as in v0. Unknown fields keep their names. If a field is given several times, the last one
    counts.
    """
    if not isinstance(value, dict):
        raise InvalidInput(f"{what} must be a JSON object.", error="not_an_object")
    if value.keys() <= set(names):
        return value
    known: dict[str, str] = {name.lower(): name for name in names}
    return {known.get(str(name).lower(), str(name)): field for name, field in value.items()}


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _well_formed(value)
    if isinstance(value, list):
        return [_without_surrogates(entry) for entry in value]
    if isinstance(value, dict):
        return {_well_formed(name): _without_surrogates(field) for name, field in value.items()}
    return value


def _well_formed(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
