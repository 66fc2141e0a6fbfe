"""The site's settings, and what guests see of the fleet."""

from typing import Any

from chalicelib.api.answers import Answer, success
from chalicelib.api.body import boolean_in, fields_of, json_in, text_in
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.people.server_json import server_json
from chalicelib.api.serving import Service
from chalicelib.fleet import settings
from chalicelib.fleet.access import GUEST, may_see
from chalicelib.fleet.errors import Forbidden
from chalicelib.fleet.settings import Settings

FIELDS = ("site_name", "public_page", "language")


def add_routes(service: Service) -> None:
    service.open("GET", "/api/summary", summary)
    service.signed_in("GET", "/api/settings", show_settings)
    service.signed_in("PATCH", "/api/settings", edit_settings)


def summary(call: Call) -> Answer:
    """The visible servers with their states, without addresses and notes. Reads no credential: caches may keep it."""
    view = call.store.view()
    if not view.settings.public_page:
        raise Forbidden("The public page is off; sign in to see the servers.", error="page_private")
    servers = [server for server in view.fleet.ordered if may_see(GUEST, hidden=server.hide_for_guest)]
    site = {"site_name": view.settings.site_name, "language": view.settings.language}
    states = call.store.states(servers)
    return success(f'{json_text(site)[:-1]},"servers":{server_json(servers, states, private=False)}}}')


def show_settings(call: Call) -> Answer:
    return success(json_text(_object(call.store.view().settings)))


def edit_settings(call: Call) -> Answer:
    fields = fields_of(json_in(call.body), "The body", FIELDS)
    changes: dict[str, Any] = {
        name: boolean_in(fields, name) if name == "public_page" else text_in(fields, name)
        for name in FIELDS
        if fields.get(name) is not None
    }
    settings.edit(call.store, changes)
    return success("null")


def _object(shown: Settings) -> dict[str, object]:
    return {name: getattr(shown, name) for name in FIELDS}
