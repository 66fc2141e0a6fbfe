"""Every route: who may call it, what it takes, and what it answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.api.description.responses import JSON, answer, errors, success
from chalicelib.api.description.schemas import (
    ID,
    INTEGER,
    SECRET,
    TEXT,
    TOKEN,
    TOKEN_ID,
    Schema,
    described,
    list_of,
    nullable,
    record,
    ref,
)
from chalicelib.fleet import limits

Operation = dict[str, Any]

NULL: Schema = {"type": "null"}

ANYONE: Sequence[Mapping[str, Any]] = ({},)
READ: Sequence[Mapping[str, Any]] = ({"token": ["read"]}, {"session": []})
REGISTER: Sequence[Mapping[str, Any]] = ({"token": ["register"]}, {"session": []})
ANYONE_OR_READ: Sequence[Mapping[str, Any]] = ({}, {"token": ["read"]}, {"session": []})
AGENT: Sequence[Mapping[str, Any]] = ({"secret": []}, {})
PERSON: Sequence[Mapping[str, Any]] = ({"session": []},)


def _operation(
    id_: str,
    tag: str,
    summary: str,
    who: Sequence[Mapping[str, Any]],
    responses: Mapping[str, Any],
    *,
    description: str = "",
    parameters: Sequence[Mapping[str, Any]] = (),
    body: str | Schema = "",
    body_required: bool = True,
) -> Operation:
    """body: the name of a schema, or a schema."""
    operation: Operation = {"operationId": id_, "tags": [tag], "summary": summary}
    if description:
        operation["description"] = description
    operation["security"] = list(who)
    if parameters:
        operation["parameters"] = list(parameters)
    if body:
        schema = ref(body) if isinstance(body, str) else body
        operation["requestBody"] = {"required": body_required, "content": {"application/json": {"schema": schema}}}
    operation["responses"] = responses
    return operation


def _query(name: str, schema: Schema, description: str, example: str) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema, "example": example}


def _path_id(what: str, schema: Schema = ID) -> Mapping[str, Any]:
    return {"name": "id", "in": "path", "required": True, "description": f"the {what}'s id", "schema": schema}


_SAME_ORIGIN: Mapping[str, Any] = {
    "name": "Sec-Fetch-Site",
    "in": "header",
    "description": "A change with a session must come from the dashboard's own origin. Browsers say so themselves, by "
    "this or by `Origin`; programs send `same-origin`.",
    "schema": {"type": "string", "const": "same-origin"},
}
"""A change with a session asks for this or a matching Origin."""


def _personal(
    id_: str,
    summary: str,
    result: Schema,
    *,
    changes: bool = True,
    about: Mapping[str, Any] | None = None,
    body: str = "",
    description: str = "",
    then: Sequence[str] = (),
) -> Operation:
    """about: the parameter that names what this is about. body: the name of a schema.

    then: the ids of operations that take the id that this one answers.
    """
    statuses = [
        401,
        403,
        *((400,) if about or body else ()),
        *((404,) if about else ()),
        *((413,) if body or not changes else ()),
    ]
    links = {next_: {"operationId": next_, "parameters": {"id": "$response.body#/result/id"}} for next_ in then}
    return _operation(
        id_,
        "people",
        summary,
        PERSON,
        success(result, "done" if result is NULL else summary, _RENEWED, links) | errors(*statuses),
        description=description,
        parameters=[*([about] if about else []), *([_SAME_ORIGIN] if changes else [])],
        body=body,
    )


_RENEWED = {
    "Set-Cookie": {
        "description": "the session, prolonged, with its first use on a day",
        "schema": TEXT,
    }
}

_NEW_SESSION = {"Set-Cookie": {"description": "the session", "required": True, "schema": TEXT}}

_SERVER = _path_id("server")
_MONITOR = _path_id("monitor")
_TOKEN = _path_id("token", TOKEN_ID)


def _page(id_: str, summary: str) -> Operation:
    return {
        "operationId": id_,
        "tags": ["pages"],
        "summary": summary,
        "security": list(ANYONE),
        "responses": {
            "200": answer("an HTML document", {"text/html; charset=utf-8": TEXT}),
            "307": answer(
                "asked with a last slash too many, or one too few: where it is",
                {"text/plain; charset=utf-8": TEXT},
                {"Location": {"description": "relative", "required": True, "schema": TEXT}},
            ),
        },
    }


_REPORTS = record(
    {
        "interval": described(INTEGER, "seconds until the next report: the dashboard sets the cadence"),
        "reports": list_of(ref("Outcome"), description="what became of each report, in their order"),
        "monitors": list_of(ref("Assignment"), description="what the reports' servers have to probe"),
    }
)

PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/api/v1/server/list": {
        "get": _operation(
            "listServers",
            "v0",
            "Who the servers are and when they were last seen",
            READ,
            success(list_of(ref("ListedServer")), "by display index, highest first, then by id")
            | errors(401, 403, 413),
            parameters=[_query("tag", TEXT, "only servers with exactly this tag", "Tag1")],
        )
    },
    "/api/v1/server/details": {
        "get": _operation(
            "serverDetails",
            "v0",
            "Host and state of servers",
            READ,
            success(list_of(ref("DetailedServer")), "in the order asked, else by display index and id")
            | errors(401, 403, 413),
            parameters=[
                _query("id", TEXT, "ids separated by commas; wins over `tag`, unknown ones are skipped", "1,2"),
                _query("tag", TEXT, "only servers with exactly this tag", "Tag1"),
            ],
        )
    },
    "/api/v1/server/register": {
        "post": _operation(
            "registerServer",
            "v0",
            "Register a server",
            REGISTER,
            {
                "200": answer(
                    "the agent's secret, with `simple` as plain text",
                    {
                        JSON: record(
                            {
                                "code": {"const": 200},
                                "message": {"const": "Server created successfully"},
                                "secret": SECRET,
                            }
                        ),
                        "text/plain; charset=utf-8": SECRET,
                    },
                )
            }
            | errors(400, 401, 403, 413),
            parameters=[
                _query("simple", TEXT, "with `1` or `true` the answer is the bare secret as text", "true"),
                _SAME_ORIGIN,
            ],
            body={"oneOf": [ref("NewRegistration"), NULL]},
            body_required=False,
        )
    },
    "/api/v1/monitor/{id}": {
        "get": _operation(
            "pingSeries",
            "v0",
            "A server's ping series of the last 24 hours",
            ANYONE_OR_READ,
            success(
                nullable(list_of(ref("Series"), minItems=1)),
                "an entry for each monitor that has points, by the monitor's id; null when there are none",
            )
            | errors(400, 403, 404, 413),
            description="Guests see those of visible servers, while the public page is on. "
            "A credential that is not accepted counts as none.",
            parameters=[_SERVER],
        )
    },
    "/api/v1/health": {
        "get": _operation(
            "health",
            "v0",
            "Whether the dashboard works",
            ANYONE,
            success(record({"version": TEXT}), "it does") | errors(),
        )
    },
    "/api/v1/agent/report": {
        "post": _operation(
            "report",
            "agents",
            "Send what agents measured",
            AGENT,
            success(_REPORTS, "what became of each report, also when some failed") | errors(400, 413),
            description=f"At most {limits.REPORTS} reports and {limits.BODY_BYTES} bytes; with more nothing is taken. "
            "Each report stands alone: a bad one is refused and the others are kept. Sending one again does no harm: "
            "the newest state stays, and a ping counts once.",
            body={
                "type": "object",
                "properties": {"reports": list_of(ref("Report"), maxItems=limits.REPORTS)},
                "required": ["reports"],
            },
        )
    },
    "/api/login": {
        "post": _operation(
            "signIn",
            "people",
            "Sign in",
            ANYONE,
            success(NULL, "signed in", _NEW_SESSION) | errors(400, 403, 413),
            description=f"An address may try {limits.ATTEMPTS_AN_ADDRESS} times in "
            f"{limits.ATTEMPTS_WINDOW_SECONDS // 60} minutes.",
            body={"type": "object", "properties": {"password": TEXT}, "required": ["password"]},
        )
    },
    "/api/logout": {
        "post": _operation(
            "signOut",
            "people",
            "Sign out",
            ({"session": []}, {}),
            success(
                NULL,
                "signed out, also where there was no session",
                {"Set-Cookie": {"description": "an empty session", "required": True, "schema": TEXT}},
            )
            | errors(403),
        )
    },
    "/api/password": {
        "post": _operation(
            "changePassword",
            "people",
            "Change the password",
            PERSON,
            success(NULL, "changed; the session of this answer's cookie is the only one left", _NEW_SESSION)
            | errors(400, 401, 403, 413),
            description="Tries count as tries to sign in do.",
            parameters=[_SAME_ORIGIN],
            body={
                "type": "object",
                "properties": {
                    "current": TEXT,
                    "new": {
                        "type": "string",
                        "minLength": limits.PASSWORD_LENGTH_LEAST,
                        "maxLength": limits.PASSWORD_LENGTH_MOST,
                    },
                },
                "required": ["current", "new"],
            },
        )
    },
    "/api/summary": {
        "get": _operation(
            "summary",
            "people",
            "What guests may see of the fleet",
            ANYONE,
            success(
                record({"site_name": TEXT, "language": TEXT, "servers": list_of(ref("PublicServer"))}),
                "the visible servers, without addresses and notes",
            )
            | errors(403, 413),
            description="Reads no credential, so that caches may keep it. 403 while the public page is off.",
        )
    },
    "/api/ping/{id}": {
        "get": _operation(
            "countedSeries",
            "people",
            "A server's ping series of the last 24 hours, with the counts of probes",
            ({}, {"session": []}),
            success(list_of(ref("CountedSeries")), "an entry for each monitor that has points, by the monitor's id")
            | errors(400, 403, 404, 413),
            description="Guests see those of visible servers, while the public page is on.",
            parameters=[_SERVER],
        )
    },
    "/api/server": {
        "get": _personal(
            "managedServers", "Every server with all there is to know", list_of(ref("ManagedServer")), changes=False
        ),
        "post": _personal(
            "addServer",
            "Add a server",
            record({"id": ID, "secret": SECRET}),
            body="NewServer",
            then=("editServer", "rotateSecret", "deleteServer"),
        ),
    },
    "/api/server/{id}": {
        "patch": _personal("editServer", "Change fields of a server", NULL, about=_SERVER, body="ServerChanges"),
        "delete": _personal(
            "deleteServer", "Delete a server, with its secret, its state and its series", NULL, about=_SERVER
        ),
    },
    "/api/server/{id}/secret": {
        "post": _personal(
            "rotateSecret",
            "End the agent's secret and show a new one",
            record({"id": ID, "secret": SECRET}),
            about=_SERVER,
            description=f"The old one may be accepted for {limits.SECRET_CACHE_SECONDS} s more.",
        )
    },
    "/api/monitor": {
        "get": _personal("monitors", "Every monitor", list_of(ref("Monitor")), changes=False),
        "post": _personal(
            "addMonitor", "Add a monitor", record({"id": ID}), body="NewMonitor", then=("editMonitor", "deleteMonitor")
        ),
    },
    "/api/monitor/{id}": {
        "patch": _personal("editMonitor", "Change fields of a monitor", NULL, about=_MONITOR, body="MonitorChanges"),
        "delete": _personal("deleteMonitor", "Delete a monitor", NULL, about=_MONITOR),
    },
    "/api/token": {
        "get": _personal("tokens", "Every API token", list_of(ref("Token")), changes=False),
        "post": _personal(
            "addToken",
            "Make an API token",
            record({"id": TOKEN_ID, "token": TOKEN}),
            body="NewToken",
            then=("deleteToken",),
        ),
    },
    "/api/token/{id}": {"delete": _personal("deleteToken", "Delete an API token", NULL, about=_TOKEN)},
    "/api/settings": {
        "get": _personal("settings", "The site's settings", ref("Settings"), changes=False),
        "patch": _personal("editSettings", "Change fields of the settings", NULL, body="SettingsChanges"),
    },
    "/": {"get": _page("statusPage", "The status page")},
    "/login": {"get": _page("signInPage", "The page to sign in")},
    "/dashboard": {"get": _page("panel", "The panel")},
    "/static/{file}": {
        "get": {
            "operationId": "staticFile",
            "tags": ["pages"],
            "summary": "A script, style, picture or text of the pages",
            "security": list(ANYONE),
            "parameters": [
                {
                    "name": "file",
                    "in": "path",
                    "required": True,
                    "description": "the published name, with the hash of its content in it",
                    "schema": TEXT,
                }
            ],
            "responses": {
                "200": answer(
                    "the file, which may be kept for ever",
                    {
                        "text/javascript; charset=utf-8": TEXT,
                        "text/css; charset=utf-8": TEXT,
                        "image/svg+xml; charset=utf-8": TEXT,
                        "text/plain; charset=utf-8": TEXT,
                    },
                ),
                "404": {"$ref": "#/components/responses/404"},
            },
        }
    },
    "/openapi.json": {
        "get": {
            "operationId": "description",
            "tags": ["pages"],
            "summary": "This description",
            "security": list(ANYONE),
            "responses": {"200": answer("OpenAPI 3.1", {JSON: {"type": "object"}})},
        }
    },
}
