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
from chalicelib.fleet.checks import check_length, check_range
from chalicelib.fleet.errors import InvalidInput
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
        raise InvalidInput('"name" is required.', error="required", field="name")
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


def _text(fields: Mapping[str, Any], name: str, most: int, least: int = 0) -> str:
    text = text_in(fields, name)
    check_length(name, text, least=least, most=most)
    return text


def _display_index(fields: Mapping[str, Any]) -> int:
    index = integer_in(fields, "display_index")
    check_range("display_index", index, -limits.DISPLAY_INDEX, limits.DISPLAY_INDEX)
    return index


_READERS: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "name": lambda fields: _text(fields, "name", limits.NAME_LENGTH, 1),
    "tag": lambda fields: _text(fields, "tag", limits.TAG_LENGTH),
    "note": lambda fields: _text(fields, "note", limits.NOTE_LENGTH),
    "display_index": _display_index,
    "hide_for_guest": lambda fields: boolean_in(fields, "hide_for_guest"),
}
