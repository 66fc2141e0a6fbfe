"""Servers: added, edited and deleted by people, and their secrets rotated."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.api.answers import Answer, success
from chalicelib.api.body import boolean_in, fields_of, integer_in, json_in, text_in
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.people.server_json import server_json
from chalicelib.api.serving import Service
from chalicelib.fleet import limits, management, registration
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.management import check_display_index, check_text
from chalicelib.fleet.servers import Registration, parse_id

FIELDS = ("name", "tag", "note", "display_index", "hide_for_guest")


def add_routes(service: Service) -> None:
    service.signed_in("GET", "/api/server", list_servers)
    service.signed_in("POST", "/api/server", create_server)
    service.signed_in("PATCH", "/api/server/{id}", edit_server)
    service.signed_in("DELETE", "/api/server/{id}", delete_server)
    service.signed_in("POST", "/api/server/{id}/secret", rotate_secret)


def list_servers(call: Call) -> Answer:
    """Everything there is to know of every server, its state too."""
    servers = call.store.view().fleet.ordered
    return success(server_json(servers, call.store.states(None), private=True))


def create_server(call: Call) -> Answer:
    """The secret is shown here, and never again."""
    fields = _changes(call)
    if not fields.get("name"):
        raise InvalidInput('"name" is missing: give the server a name.')
    server, secret = registration.register(call.store, Registration(**fields), call.now)
    return success(json_text({"id": server.id, "secret": secret}))


def edit_server(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    management.edit_server(call.store, parse_id(id), _changes(call))
    return success("null")


def delete_server(call: Call, id: str) -> Answer:  # noqa: A002
    management.delete_server(call.store, parse_id(id), call.now)
    return success("null")


def rotate_secret(call: Call, id: str) -> Answer:  # noqa: A002
    secret = management.rotate_secret(call.store, parse_id(id), call.now)
    return success(json_text({"id": parse_id(id), "secret": secret}))


def _changes(call: Call) -> dict[str, Any]:
    """The fields of Server that the body names; null counts as absent."""
    fields = fields_of(json_in(call.body), "The body", FIELDS)
    return {name: _READERS[name](fields) for name in FIELDS if fields.get(name) is not None}


def _name(fields: Mapping[str, Any]) -> str:
    name = check_text("name", text_in(fields, "name"), limits.NAME_LENGTH)
    if not name:
        raise InvalidInput('"name" must not be empty.')
    return name


_READERS: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "name": _name,
    "tag": lambda fields: check_text("tag", text_in(fields, "tag"), limits.TAG_LENGTH),
    "note": lambda fields: check_text("note", text_in(fields, "note"), limits.NOTE_LENGTH),
    "display_index": lambda fields: check_display_index(integer_in(fields, "display_index")),
    "hide_for_guest": lambda fields: boolean_in(fields, "hide_for_guest"),
}
