"""The v0 routes about servers: list, details, registration."""

from chalicelib.api.body import fields_of, json_in
from chalicelib.api.service import Answer, Call, Service, success
from chalicelib.api.v0 import details_json, json_text, list_json
from chalicelib.fleet import limits, registration
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.servers import DEFAULT_TAG, Registration


def add_routes(service: Service) -> None:
    service.route("GET", "/api/v1/server/list", guarded=True)(list_servers)
    service.route("GET", "/api/v1/server/details", guarded=True)(server_details)
    service.route("POST", "/api/v1/server/register", guarded=True)(register_server)


def list_servers(call: Call) -> Answer:
    call.require("read")
    servers = call.store.fleet().select(ids="", tag=call.query("tag"))
    return success(list_json(servers, call.store.states(servers)))


def server_details(call: Call) -> Answer:
    call.require("read")
    servers = call.store.fleet().select(call.query("id"), call.query("tag"))
    return success(details_json(servers, call.store.states(servers)))


def register_server(call: Call) -> Answer:
    """v0 answers with code 200 here, not 0, and with the bare secret for `simple`."""
    call.require("register")
    _, secret = registration.register(call.store, _registration(call), call.now)
    if call.query("simple") in ("1", "true"):
        return Answer(secret, content_type="text/plain; charset=utf-8")
    return Answer(json_text({"code": 200, "message": "Server created successfully", "secret": secret}))


def _registration(call: Call) -> Registration:
    body = json_in(call.body) if call.body else None
    fields = {} if body is None else fields_of(body, "The body", ("Name", "Tag", "Note", "HideForGuest"))
    return Registration(
        name=_text(fields, "Name", limits.NAME_LENGTH) or call.client_ip,
        tag=_text(fields, "Tag", limits.TAG_LENGTH) or DEFAULT_TAG,
        note=_text(fields, "Note", limits.NOTE_LENGTH),
        hide_for_guest=(_text(fields, "HideForGuest", 16) or "on") == "on",
    )


def _text(fields: dict[str, object], name: str, longest: int) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(f'"{name}" must be a text.')
    if len(value) > longest:
        raise InvalidInput(f'"{name}" has {len(value)} characters; at most {longest} are taken.')
    return value
