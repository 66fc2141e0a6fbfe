"""The responses that routes have in common: success in v0's envelope, and every error."""

from collections.abc import Mapping
from typing import Any

from chalicelib.api.answers import JSON
from chalicelib.api.schemas.types import Schema, record, ref

NONE: Mapping[str, Any] = {}


def success(
    result: Schema, description: str, headers: Mapping[str, Any] = NONE, links: Mapping[str, Any] = NONE
) -> dict[str, Any]:
    """v0's envelope around `result`."""
    envelope = record({"code": {"const": 0}, "message": {"const": "success"}, "result": result})
    return answer(description, {JSON: envelope}, headers, links)


def answer(
    description: str,
    content: Mapping[str, Schema],
    headers: Mapping[str, Any] = NONE,
    links: Mapping[str, Any] = NONE,
) -> dict[str, Any]:
    """content: the body's schema by its media type."""
    bodies = {media_type: {"schema": schema} for media_type, schema in content.items()}
    more = {name: given for name, given in (("headers", headers), ("links", links)) if given}
    return {"description": description, "content": bodies, **more}


def errors(*statuses: int) -> dict[str, Any]:
    """References to RESPONSES for these statuses, and for 429 and 503, which every route may return."""
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted({*statuses, 429, 503})}


def _error(status: int, description: str) -> dict[str, Any]:
    code = 403 if status == 401 else status
    shape = record({"code": {"const": code}, "message": {"type": "string", "minLength": 1}})
    shape = {**shape, "properties": {**shape["properties"], **_DETAILS}}
    return answer(description, {JSON: shape}, _RETRY_AFTER if status in (429, 503) else NONE)


_DETAILS: Mapping[str, Schema] = {
    "error": ref("ErrorName"),
    "field": {"type": ["string", "null"], "description": "the field that the error is about"},
    "limit": {"type": "integer", "description": "the bound that was exceeded"},
    "retry_after": {"type": "integer", "minimum": 1, "description": "seconds to wait, as in `Retry-After`"},
}

_RETRY_AFTER: Mapping[str, Any] = {
    "Retry-After": {"description": "seconds", "required": True, "schema": {"type": "integer", "minimum": 1}}
}

RESPONSES: Mapping[str, Any] = {
    "400": _error(400, "Invalid request; the message names the field."),
    "401": _error(401, "No credential was sent."),
    "403": _error(403, "The credential, or the lack of one, does not allow this."),
    "404": _error(404, "Not found."),
    "413": _error(413, "The request or its answer is too large."),
    "429": _error(429, "Too many requests."),
    "503": _error(503, "The database does not answer."),
}
