"""Servers: added, edited and deleted by people, and their secrets rotated."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.api.answers import Answer, success
from chalicelib.api.body import boolean_in, fields_of, integer_in, json_in, text_in
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id
from chalicelib.api.json_output import json_text
from chalicelib.api.people.server_json import server_json
from chalicelib.api.serving import Service
from chalicelib.fleet import servers
from chalicelib.fleet.servers import Server

FIELDS = ("name", "tag", "note", "display_index", "hide_for_guest")


def add_routes(service: Service) -> None:
    service.signed_in("GET", "/api/server", list_servers)
    service.signed_in("POST", "/api/server", create_server)
    service.signed_in("PATCH", "/api/server/{id}", edit_server)
    service.signed_in("DELETE", "/api/server/{id}", delete_server)
    service.signed_in("POST", "/api/server/{id}/secret", rotate_secret)


def list_servers(call: Call) -> Answer:
    """Everything there is to know of every server, its state too."""
    return success(server_json(call.store.view().fleet.ordered, call.store.states(None), private=True))


def create_server(call: Call) -> Answer:
    """The secret is shown here, and never again."""
    server, secret = servers.create(call.store, Server(id=0, **_changes(call)), call.now)
    return success(json_text({"id": server.id, "secret": secret}))


def edit_server(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    servers.edit(call.store, parse_id(id), _changes(call))
    return success("null")


def delete_server(call: Call, id: str) -> Answer:  # noqa: A002
    servers.delete(call.store, parse_id(id), call.now)
    return success("null")


def rotate_secret(call: Call, id: str) -> Answer:  # noqa: A002
    secret = servers.rotate_secret(call.store, parse_id(id), call.now)
    return success(json_text({"id": parse_id(id), "secret": secret}))


def _changes(call: Call) -> dict[str, Any]:
    """The fields of Server that the body names; null counts as absent."""
    fields = fields_of(json_in(call.body), "The body", FIELDS)
    return {name: _READERS[name](fields, name) for name in FIELDS if fields.get(name) is not None}


_READERS: Mapping[str, Callable[[Mapping[str, Any], str], object]] = {
    "name": text_in,
    "tag": text_in,
    "note": text_in,
    "display_index": integer_in,
    "hide_for_guest": boolean_in,
}
