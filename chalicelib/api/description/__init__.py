"""The OpenAPI description of every route, for programs and for docs/api.md.

Not imported with the application: only who asks for the description waits for it to be put together.
"""

from functools import cache

from chalicelib import VERSION
from chalicelib.api.description.operations import PATHS
from chalicelib.api.description.responses import RESPONSES
from chalicelib.api.description.schemas import SCHEMAS
from chalicelib.api.json_output import json_text

_INTRODUCTION = """\
The HTTP API of Nezha Monitoring v0, and what agents and people's pages use beside it.

Success is `{"code": 0, "message": "success", "result": …}`. Every error is `{"code": N, "message": "what is wrong and \
what to do"}` with the true HTTP status; the code equals it, except that it is 403 for both 401 and 403, as v0 clients \
test for 403. Routes under `/api/` but not `/api/v1/` add `error`, a stable name (see [Error names](#error-names)), \
`field`, the field that the error is about, or null, and where they apply `limit`, the bound that was exceeded, and \
`retry_after`, the seconds to wait. An unknown path is a 404, a wrong method a 405 (on AWS a 404, too). 429 and 503 \
carry `Retry-After`. After a 503 it is not known whether a change was made; reports may be sent again without harm.

Numbers of bytes are bytes, speeds bytes a second, times Unix seconds, where nothing else is said. Fields of requests \
match in any case, unknown ones are ignored, and null counts as absent."""

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {
        "title": "Nezha, serverless",
        "version": VERSION,
        "description": _INTRODUCTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    # Relative to where this is served: so it is right under API Gateway's stage prefix, too.
    "servers": [{"url": "./"}],
    "tags": [
        {"name": "v0", "description": "What clients of Nezha v0 use."},
        {"name": "agents", "description": "What the reporter and the relay use."},
        {"name": "people", "description": "What people's pages use, and programs that sign in as a person does."},
        {"name": "pages", "description": "The pages themselves."},
    ],
    "paths": PATHS,
    "components": {
        "schemas": SCHEMAS,
        "responses": RESPONSES,
        "securitySchemes": {
            "token": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "An API token as it is, or after `Bearer ` or `Token `. It has the scope `read`, "
                "`register`, or both.",
            },
            "secret": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "The secret of a server's agent, as registration answered it.",
            },
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "nezha-dashboard",
                "description": "A person's session, from `POST /api/login`. It also opens what a token opens; a wrong "
                "Authorization beats it.",
            },
        },
    },
}


@cache
def text() -> str:
    """The description as JSON."""
    return json_text(DOCUMENT)
