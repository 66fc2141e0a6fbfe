"""Reads a request's fields by the JSON Schema that also describes them, with v0's tolerance.

Names match in any case, unknown fields are ignored, null counts as absent where the schema allows null, 5.0 counts as
5, and a missing field takes the schema's default. Only the keywords that our schemas use are supported; tests compare
the results with those of a complete validator.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.api.body import fields_of
from chalicelib.fleet.checks import check_choice, check_length
from chalicelib.fleet.errors import InvalidInput

Schema = Mapping[str, Any]


def read_fields(value: Any, schema: Schema) -> dict[str, Any]:
    """The fields of a JSON object that were given or have a default, under the schema's names.

    Raises InvalidInput, which names the field, for the first field that the schema does not allow.
    """
    return _object(value, schema, "")


def _object(value: Any, schema: Schema, path: str) -> dict[str, Any]:
    if "properties" not in schema:
        return _map(value, schema, path)
    properties: Mapping[str, Schema] = schema["properties"]
    given = fields_of(value, f'"{path}"' if path else "The body", tuple(properties))
    fields = {
        name: _value(given[name], field_schema, _joined(path, name))
        for name, field_schema in properties.items()
        if given.get(name) is not None
    }
    for name, field_schema in properties.items():
        if name in fields:
            continue
        is_null = name in given and "null" not in field_schema["type"]
        if is_null or name in schema.get("required", ()):
            field = _joined(path, name)
            raise InvalidInput(f'"{field}" is required.', error="required", field=field)
        if "default" in field_schema:
            fields[name] = field_schema["default"]
    return fields


def _map(value: Any, schema: Schema, path: str) -> dict[str, Any]:
    """An object whose field names are up to the sender."""
    given = fields_of(value, f'"{path}"', ())
    entries = schema["additionalProperties"]
    return {name: _value(one, entries, _joined(path, name)) for name, one in given.items()}


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _value(value: Any, schema: Schema, field: str) -> Any:
    kind = schema["type"] if isinstance(schema["type"], str) else next(one for one in schema["type"] if one != "null")
    return _READERS[kind](value, schema, field)


def _string(value: Any, schema: Schema, field: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f'"{field}" must be a string.', error="not_a_string", field=field)
    _check_choice(value, schema, field)
    if "maxLength" in schema:
        check_length(field, value, least=schema.get("minLength", 0), most=schema["maxLength"])
    return value


def _boolean(value: Any, _: Schema, field: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(f'"{field}" must be true or false.', error="not_a_boolean", field=field)
    return value


def _integer(value: Any, schema: Schema, field: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON does not tell 5.0 from 5
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(f'"{field}" must be a whole number.', error="not_a_whole_number", field=field)
    _check_choice(value, schema, field)
    _check_bounds(value, schema, field)
    return value


def _check_choice(value: object, schema: Schema, field: str) -> None:
    if "enum" in schema:
        check_choice(field, value, [choice for choice in schema["enum"] if choice is not None])


def _check_bounds(value: float, schema: Schema, field: str) -> None:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and value < least:
        raise InvalidInput(f'"{field}" must be {_range(least, most)}.', error="too_small", field=field, limit=least)
    if most is not None and value > most:
        raise InvalidInput(f'"{field}" must be {_range(least, most)}.', error="too_large", field=field, limit=most)


def _number(value: Any, schema: Schema, field: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        raise InvalidInput(f'"{field}" must be a finite number.', error="not_a_number", field=field)
    _check_bounds(value, schema, field)
    return float(value)


def _range(least: int | None, most: int | None) -> str:
    if most is None:
        return f"at least {least}"
    return f"at most {most}" if least is None else f"between {least} and {most}"


def _array(value: Any, schema: Schema, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidInput(f'"{field}" must be a list.', error="not_a_list", field=field)
    if len(value) < schema.get("minItems", 0):
        raise InvalidInput(f'"{field}" must not be empty.', error="required", field=field)
    if len(value) > schema.get("maxItems", len(value)):
        most = schema["maxItems"]
        message = f'"{field}" has {len(value)} entries; the limit is {most}.'
        raise InvalidInput(message, error="too_many_entries", field=field, limit=most)
    entries = schema["items"]
    if entries["type"] == "object":
        return [_object(entry, entries, f"{field}[{place}]") for place, entry in enumerate(value)]
    try:
        return [_value(entry, entries, field) for entry in value]
    except InvalidInput as error:
        if error.error not in _WRONG_ENTRY:
            raise
        words, name = _WRONG_ENTRY[error.error]
        raise InvalidInput(f'"{field}" must be a list of {words}.', error=name, field=field) from None


_WRONG_ENTRY: Mapping[str, tuple[str, str]] = {
    "not_a_string": ("strings", "not_a_list_of_strings"),
    "not_a_whole_number": ("whole numbers", "not_a_list_of_whole_numbers"),
}
"""By the error of an entry: what was expected, and the error of the list."""

_READERS: Mapping[str, Callable[[Any, Schema, str], Any]] = {
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "array": _array,
    "object": _object,
}
