"""The types that schemas are made of."""

from collections.abc import Collection, Mapping
from typing import Any

from chalicelib.fleet import limits
from chalicelib.fleet.tokens import LENGTHS

Schema = Mapping[str, Any]


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def record(fields: Mapping[str, Schema], absent: Collection[str] = ()) -> Schema:
    """An object in a response, with exactly these fields. absent: those of them that may be missing."""
    required = [name for name in fields if name not in absent]
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def body(fields: Mapping[str, Schema], *required: str, **example: Any) -> Schema:
    """An object in a request, in which unknown fields are ignored. example: fields to show in the reference."""
    more = {"required": [*required], "examples": [example] if example else []}
    return {"type": "object", "properties": fields, **{name: value for name, value in more.items() if value}}


def list_of(entry: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": entry, **more}


def nullable(schema: Schema) -> Schema:
    if "null" in schema["type"]:
        return schema
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **choices}


def optional(fields: Mapping[str, Schema]) -> Mapping[str, Schema]:
    """Fields of a request that may be absent or null."""
    return {name: nullable(schema) for name, schema in fields.items()}


def described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def map_of(entry: Schema, **more: Any) -> Schema:
    """An object whose field names are up to the sender."""
    return {"type": "object", "additionalProperties": entry, **more}


def string(most: int, least: int = 0, **more: Any) -> Schema:
    """least, most: characters."""
    return {"type": "string", **({"minLength": least} if least else {}), "maxLength": most, **more}


NULL: Schema = {"type": "null"}
STRING: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
BOOLEAN: Schema = {"type": "boolean"}
ID: Schema = {"type": "integer", "minimum": 1}
WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": limits.UINT64}
TIME: Schema = {"type": "integer", "minimum": 0}
DELAY: Schema = {"type": "number", "minimum": 0, "maximum": limits.HTTP_DELAY_MOST}


def _credential(kind: Any) -> Schema:
    return {"type": "string", "pattern": f"^[0-9A-Za-z]{{{LENGTHS[kind]}}}$"}


SECRET = described(_credential("agent"), "the agent's secret; shown only once")
TOKEN = described(_credential("api"), "the token; shown only once")
TOKEN_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
