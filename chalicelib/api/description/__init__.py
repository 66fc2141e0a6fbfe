"""The OpenAPI description of every route, for programs and for docs/api.md.

Not imported with the application, so that only a request for the description waits for it to be built.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from chalicelib import VERSION
from chalicelib.api.description.operations import paths
from chalicelib.api.description.responses import RESPONSES
from chalicelib.api.json_output import json_text
from chalicelib.api.route import Route
from chalicelib.api.routes import ROUTES
from chalicelib.api.schemas.answers import ANSWERS
from chalicelib.api.schemas.bodies import BODIES

_INTRODUCTION = """\
The HTTP API of Nezha Monitoring v0, with the routes that agents and the dashboard's pages use.

A success is `{"code": 0, "message": "success", "result": …}`. Every error is `{"code": N, "message": "what is wrong \
and what to do"}` with a matching HTTP status. The code equals the status, except that it is 403 for 401 as well, \
since v0 clients test for 403. Routes under `/api/` but not `/api/v1/` add `error`, a stable name (see \
[Error names](#error-names)), `field`, the field that the error is about, or null, and where they apply `limit`, the \
bound that was exceeded, and `retry_after`, the seconds to wait. An unknown path is a 404, a wrong method a 405 (a 404 \
on AWS). Routes that answer GET also answer HEAD, without a body. 429 and 503 carry `Retry-After`. After a 503 a \
change may or may not have been made; sending a report again is always safe.

Unless stated otherwise, sizes are in bytes, speeds in bytes per second, and times in Unix seconds. Names of fields in \
requests match in any case, unknown fields are ignored, and null counts as absent."""

_CREDENTIALS = {
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "An API token, bare or after `Bearer ` or `Token `. Its scopes are `read`, `register`, or both.",
    },
    "secret": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The secret of a server's agent, as returned by registration.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "nezha-dashboard",
        "description": "A person's session, from `POST /api/login`. Over HTTPS it is set as `__Host-nezha-dashboard`, "
        "which counts first. It also opens everything that a token opens. An `Authorization` header takes precedence "
        "over it.",
    },
}


def document(routes: Sequence[Route]) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Nezha, serverless",
            "version": VERSION,
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        # Relative to where the document is served, so it is right under API Gateway's stage prefix, too.
        "servers": [{"url": "./"}],
        "tags": [
            {"name": "v0", "description": "Routes for v0 clients"},
            {"name": "agents", "description": "Routes for agents: the reporter and the relay"},
            {"name": "people", "description": "Routes for the dashboard's pages, and for scripts that sign in"},
            {"name": "pages", "description": "Pages and files"},
        ],
        "paths": paths(routes),
        "components": {
            "schemas": {**ANSWERS, **BODIES},
            "responses": RESPONSES,
            "securitySchemes": _CREDENTIALS,
        },
    }


DOCUMENT = document(ROUTES)


@cache
def text() -> str:
    """The description as JSON."""
    return json_text(DOCUMENT)
