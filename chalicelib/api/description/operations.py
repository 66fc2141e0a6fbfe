"""The `paths` of the OpenAPI document, made from the routes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.api.answers import TEXT
from chalicelib.api.description.responses import answer, errors, success
from chalicelib.api.route import Credential, Query, Route
from chalicelib.api.schemas.types import ID, NULL, STRING, TOKEN_ID, Schema, list_of, ref
from chalicelib.fleet import limits

Operation = dict[str, Any]

QUERY_MOST = 10**18 - 1
"""The greatest whole number in a query."""


def paths(routes: Iterable[Route]) -> dict[str, dict[str, Operation]]:
    found: dict[str, dict[str, Operation]] = {}
    for route in routes:
        found.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return found


def _operation(route: Route) -> Operation:
    given = route.operation
    parts: Operation = {
        "operationId": given.id,
        "tags": [_tag(route)],
        "summary": given.summary,
        "description": given.description,
        "security": [_requirement(credential) for credential in route.access.credentials],
        "parameters": _parameters(route),
        "requestBody": given.body and _body(route),
        "responses": _responses(route),
    }
    return {name: part for name, part in parts.items() if part}


def _requirement(credential: Credential) -> dict[str, list[str]]:
    """OpenAPI's name for a credential and its scopes; an empty requirement means that none is needed."""
    name, _, scope = credential.partition(":")
    return {} if name == "none" else {name: [scope] if scope else []}


def _tag(route: Route) -> str:
    for prefix, tag in (("/api/v1/agent/", "agents"), ("/api/v1/", "v0"), ("/api/", "people")):
        if route.path.startswith(prefix):
            return tag
    return "pages"


def _parameters(route: Route) -> list[Mapping[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, **_ABOUT[route.operation.about]}
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    queries = [
        {
            "name": one.name,
            "in": "query",
            **({"required": True} if one.pattern else {}),
            "description": one.description,
            "schema": _query_schema(one),
            "example": one.example,
        }
        for one in route.operation.query
    ]
    return [*in_path, *queries, *([_SAME_ORIGIN] if _changes_with_a_session(route) else [])]


def _query_schema(query: Query) -> Schema:
    if query.choices:
        return {**STRING, "enum": list(query.choices)}
    if query.pattern:
        return {**STRING, "pattern": query.pattern}
    return {"type": "integer", "minimum": 0, "maximum": QUERY_MOST} if query.whole else STRING


def _changes_with_a_session(route: Route) -> bool:
    return route.method != "GET" and not route.access.own_pages and "session" in route.access.credentials


_PATH_ID: Schema = {**ID, "maximum": limits.UINT64}

_ABOUT: Mapping[str, Mapping[str, Any]] = {
    "server": {"description": "ID of the server.", "schema": _PATH_ID},
    "monitor": {"description": "ID of the monitor.", "schema": _PATH_ID},
    "rule": {"description": "ID of the rule.", "schema": _PATH_ID},
    "channel": {"description": "ID of the channel.", "schema": _PATH_ID},
    "session": {"description": "ID of the session.", "schema": TOKEN_ID},
    "token": {"description": "ID of the token.", "schema": TOKEN_ID},
    "badge": {
        "description": "ID of the server, followed by `.svg`.",
        "schema": {**STRING, "pattern": r"^[1-9][0-9]{0,18}\.svg$"},
    },
    "file": {"description": "The published name, which contains a hash of the content.", "schema": STRING},
}

_SAME_ORIGIN: Mapping[str, Any] = {
    "name": "Sec-Fetch-Site",
    "in": "header",
    "description": "A change with a session must come from the dashboard's own origin. Browsers send this header or "
    "`Origin` by themselves; scripts must send `same-origin`.",
    "schema": {"type": "string", "const": "same-origin"},
}


def _body(route: Route) -> dict[str, Any]:
    required = route.operation.body_required
    schema = ref(route.operation.body) if required else {"oneOf": [ref(route.operation.body), NULL]}
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def _responses(route: Route) -> dict[str, Any]:
    given = route.operation
    headers: dict[str, Any] = {}
    if given.cookie:
        headers["Set-Cookie"] = {"description": given.cookie, "required": True, "schema": STRING}
    elif route.access.door == "session":
        headers["Set-Cookie"] = {"description": "the session, renewed on its first use on a day", "schema": STRING}
    if given.content:
        content = {media_type: type_(name) for media_type, name in given.content.items()}
        responses = {"200": answer(given.outcome, content, headers)}
    else:
        responses = {"200": success(type_(given.result), given.outcome or "Done.", headers, _links(given.then))}
    if given.moved:
        location = {"Location": {"description": "relative to this path", "required": True, "schema": STRING}}
        responses["307"] = answer(given.moved, {TEXT: STRING}, location)
    return responses | errors(*_statuses(route))


def type_(name: str) -> Schema:
    """The schema that an operation names; see `chalicelib.api.route.Operation`."""
    if name.endswith("[]"):
        return list_of(type_(name.removesuffix("[]")))
    if name == "bytes":
        return {"type": "string", "format": "binary"}
    return {"type": name} if name in ("null", "string", "object") else ref(name)


def _links(operation_ids: Sequence[str]) -> dict[str, Any]:
    return {id_: {"operationId": id_, "parameters": {"id": "$response.body#/result/id"}} for id_ in operation_ids}


def _statuses(route: Route) -> set[int]:
    """The error statuses of this route, except for 429 and 503, which every route may return."""
    found = {*route.operation.errors}
    if route.access.door != "open":
        found |= {401, 403}
    if route.access.own_pages:
        found |= {403}
    if "{id}" in route.path:
        found |= {400, 404}
    if route.operation.body:
        found |= {400, 413}
    return found
