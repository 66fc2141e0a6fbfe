"""Reading JSON from strangers, with v0's tolerance."""

import json
from collections.abc import Sequence
from typing import Any

from chalicelib.fleet import limits
from chalicelib.fleet.errors import InvalidInput, TooLarge

LONGEST_INTEGER = 400


def json_in(body: bytes) -> Any:
    """The JSON value of a request body.

    NaN and Infinity are read as such, for the fields' own checks to refuse: one bad figure spoils no other report.
    A lone half of a surrogate pair becomes U+FFFD, as in v0: it could not be stored.
    """
    if len(body) > limits.BODY_BYTES:
        message = f"The body has {len(body)} bytes; the limit is {limits.BODY_BYTES}. Split the request."
        raise TooLarge(message, error="body_too_large", limit=limits.BODY_BYTES)
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text, parse_int=_integer, object_pairs_hook=_object)
        # Escapes are the only way in for a lone half: the decoder above leaves none.
        return _without_surrogates(value) if "\\u" in text else value
    except (ValueError, RecursionError):
        raise InvalidInput("The body is not valid JSON.", error="invalid_json") from None


def _integer(digits: str) -> int | float:
    # Python refuses to read absurdly long numbers; as floats they are infinite, and refused where they stand.
    return int(digits) if len(digits) < LONGEST_INTEGER else float(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """With the fields in the order in which each was last given: `fields_of` lets the last of several count."""
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    value.clear()
    for name, field in pairs:
        value.pop(name, None)
        value[name] = field
    return value


def fields_of(value: Any, what: str, names: Sequence[str]) -> dict[str, Any]:
    """The fields of a JSON object, under the names of `names`; raises InvalidInput when it is no object.

    Names match in any case, as in v0; unknown ones are left alone, and of several the last counts.
    """
    if not isinstance(value, dict):
        raise InvalidInput(f"{what} must be a JSON object.", error="not_an_object")
    if value.keys() <= set(names):
        return value
    known: dict[str, str] = {name.lower(): name for name in names}
    return {known.get(str(name).lower(), str(name)): field for name, field in value.items()}


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _whole_text(value)
    if isinstance(value, list):
        return [_without_surrogates(entry) for entry in value]
    if isinstance(value, dict):
        return {_whole_text(name): _without_surrogates(field) for name, field in value.items()}
    return value


def _whole_text(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
