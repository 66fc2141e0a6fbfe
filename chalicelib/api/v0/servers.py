"""The v0 routes about servers: list, details, registration."""

from chalicelib.api.answers import Answer, success
from chalicelib.api.body import fields_of, json_in, text_in
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.serving import Service
from chalicelib.api.v0.server_lists import details_json, list_json
from chalicelib.fleet import limits, registration
from chalicelib.fleet.checks import check_length
from chalicelib.fleet.servers import DEFAULT_TAG, Registration


def add_routes(service: Service) -> None:
    service.guarded("GET", "/api/v1/server/list", list_servers, "read")
    service.guarded("GET", "/api/v1/server/details", server_details, "read")
    service.guarded("POST", "/api/v1/server/register", register_server, "register")


def list_servers(call: Call) -> Answer:
    servers = call.store.view().fleet.select(ids="", tag=call.query("tag"))
    return success(list_json(servers, call.store.states(servers)))


def server_details(call: Call) -> Answer:
    servers = call.store.view().fleet.select(call.query("id"), call.query("tag"))
    return success(details_json(servers, call.store.states(servers)))


def register_server(call: Call) -> Answer:
    """v0 answers with code 200 here, not 0, and with the bare secret for `simple`."""
    _, secret = registration.register(call.store, _registration(call), call.now)
    if call.query("simple") in ("1", "true"):
        return Answer(secret, content_type="text/plain; charset=utf-8")
    return Answer(json_text({"code": 200, "message": "Server created successfully", "secret": secret}))


def _registration(call: Call) -> Registration:
    body = json_in(call.body) if call.body else None
    fields = {} if body is None else fields_of(body, "The body", ("Name", "Tag", "Note", "HideForGuest"))
    name, tag, note = (text_in(fields, field) for field in ("Name", "Tag", "Note"))
    check_length("Name", name, most=limits.NAME_LENGTH)
    check_length("Tag", tag, most=limits.TAG_LENGTH)
    check_length("Note", note, most=limits.NOTE_LENGTH)
    return Registration(
        name=name or call.viewer.address,
        tag=tag or DEFAULT_TAG,
        note=note,
        hide_for_guest=(text_in(fields, "HideForGuest") or "on") == "on",
    )
