"""The v0 routes about servers: list, details, registration."""

from chalicelib.api.answers import Answer, success
from chalicelib.api.body import fields_of, json_in, text_in
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_ids
from chalicelib.api.json_output import json_text
from chalicelib.api.serving import Service
from chalicelib.api.v0.server_lists import details_json, list_json
from chalicelib.fleet import limits, servers
from chalicelib.fleet.checks import check_length
from chalicelib.fleet.servers import DEFAULT_TAG, Fleet, Server


def add_routes(service: Service) -> None:
    service.guarded("GET", "/api/v1/server/list", list_servers, "read")
    service.guarded("GET", "/api/v1/server/details", server_details, "read")
    service.guarded("POST", "/api/v1/server/register", register_server, "register")


def list_servers(call: Call) -> Answer:
    selected = _selected(call.store.view().fleet, "", call.query("tag"))
    return success(list_json(selected, call.store.states(selected)))


def server_details(call: Call) -> Answer:
    selected = _selected(call.store.view().fleet, call.query("id"), call.query("tag"))
    return success(details_json(selected, call.store.states(selected)))


def _selected(fleet: Fleet, ids: str, tag: str) -> list[Server]:
    """The servers that `?id=…&tag=…` asks for: `id` takes precedence over `tag`, and neither means all servers."""
    if ids:
        return fleet.with_ids(parse_ids(ids))
    return fleet.with_tag(tag) if tag else list(fleet.ordered)


def register_server(call: Call) -> Answer:
    """v0 answers with code 200 here, not 0, and with the bare secret for `simple`."""
    _, secret = servers.create(call.store, _registered(call), call.now)
    if call.query("simple") in ("1", "true"):
        return Answer(secret, content_type="text/plain; charset=utf-8")
    return Answer(json_text({"code": 200, "message": "Server created successfully", "secret": secret}))


def _registered(call: Call) -> Server:
    body = json_in(call.body) if call.body else None
    fields = {} if body is None else fields_of(body, "The body", ("Name", "Tag", "Note", "HideForGuest"))
    name, tag, note = (text_in(fields, field) for field in ("Name", "Tag", "Note"))
    check_length("Name", name, most=limits.NAME_LENGTH)
    check_length("Tag", tag, most=limits.TAG_LENGTH)
    check_length("Note", note, most=limits.NOTE_LENGTH)
    return Server(
        id=0,
        name=name or call.viewer.address,
        tag=tag or DEFAULT_TAG,
        note=note,
        hide_for_guest=(text_in(fields, "HideForGuest") or "on") == "on",
    )
