"""Whether answers are what the OpenAPI description says. Every answer in these tests is held against it."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jsonschema_rs import Draft202012Validator

from chalicelib.api.description import DOCUMENT

Answer = tuple[int, Mapping[str, str], bytes]
"""Status, headers by their lower-case names, body."""

NO_ROUTES = (400, 431, 500)
"""What may come in place of any route's answer: what was sent is no HTTP or too large, or the application failed."""


# A literal segment comes before a parameter: "{" sorts after letters.
PATHS: list[tuple[re.Pattern[str], Mapping[str, Any]]] = [
    (re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "/?"), operations)
    for path, operations in sorted(DOCUMENT["paths"].items())
]


def problems(method: str, target: str, answer: Answer) -> list[str]:
    """What an answer has that the description does not know; nothing of paths and methods that have no route."""
    status, headers, body = answer
    operation = _operation(method, urlsplit(target).path)
    if operation is None:
        return []
    described = _resolved(operation["responses"].get(str(status)))
    if described is None:
        return [] if status in NO_ROUTES else [f"status {status}"]
    content_type = headers.get("content-type", "")
    if content_type not in described["content"]:
        return [f"content type {content_type}"]
    required = {name for name, header in described.get("headers", {}).items() if header.get("required")}
    missing = [f"no header {name}" for name in required if name.lower() not in headers]
    text = body.decode("latin-1" if content_type == "image/png" else "utf-8")
    value = json.loads(text) if content_type.startswith("application/json") else text
    schema = described["content"][content_type]["schema"]
    return missing + [str(error) for error in _validator(json.dumps(schema)).iter_errors(value)]


def _operation(method: str, path: str) -> Mapping[str, Any] | None:
    found = (one[method.lower()] for pattern, one in PATHS if method.lower() in one and pattern.fullmatch(path))
    return next(found, None)


def _resolved(response: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if response and "$ref" in response:
        shared: Mapping[str, Any] = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
        return shared
    return response


@cache
def _validator(schema: str) -> Draft202012Validator:
    components = {"components": {"schemas": DOCUMENT["components"]["schemas"]}}
    return Draft202012Validator({**json.loads(schema), **components}, validate_formats=True)
