"""The site's settings, and what guests see of the fleet."""

from chalicelib.api.answers import DONE, Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.people.server_json import server_json
from chalicelib.api.route import ANYONE, PEOPLE, SHARED, Operation, Route
from chalicelib.fleet import settings
from chalicelib.fleet.access import GUEST, visible_servers
from chalicelib.fleet.settings import Settings

FIELDS = ("site_name", "public_page", "language")


def summary(call: Call) -> Answer:
    """The visible servers with their states, without addresses and notes. Reads no credential: caches may keep it."""
    view, states = call.store.view_and(call.store.states)
    servers = visible_servers(view, GUEST)
    site = {"site_name": view.settings.site_name, "language": view.settings.language}
    return success(f'{json_text(site)[:-1]},"servers":{server_json(call, servers, states, private=False)}}}')


def show_settings(call: Call) -> Answer:
    return success(json_text(_object(call.store.view().settings)))


def edit_settings(call: Call) -> Answer:
    settings.edit(call.store, call.fields())
    return DONE


def _object(shown: Settings) -> dict[str, object]:
    return {name: getattr(shown, name) for name in FIELDS}


ROUTES = (
    Route(
        "GET",
        "/api/summary",
        summary,
        ANYONE,
        Operation(
            "summary",
            "Returns the site's name and the servers that guests may see",
            result="Summary",
            outcome="The visible servers with host and state, without addresses and notes.",
            description="Ignores credentials, so that caches may share the answer. 403 while the public page is off.",
            errors=(403, 413),
        ),
        cache=SHARED,
    ),
    Route(
        "GET",
        "/api/settings",
        show_settings,
        PEOPLE,
        Operation("settings", "Returns the site's settings", result="Settings", outcome="The settings.", errors=(413,)),
    ),
    Route(
        "PATCH",
        "/api/settings",
        edit_settings,
        PEOPLE,
        Operation("editSettings", "Changes some of the site's settings", result="null", body="SettingsChanges"),
    ),
)
