"""Servers: added, edited and deleted by people, and their secrets rotated."""

from typing import Any

from chalicelib.api.answers import DONE, Answer, success
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id
from chalicelib.api.json_output import json_text
from chalicelib.api.people.server_json import Seen, server_json
from chalicelib.api.route import PEOPLE, Operation, Route
from chalicelib.api.watching import note_watching
from chalicelib.fleet import limits, servers
from chalicelib.fleet.servers import Server


def list_servers(call: Call) -> Answer:
    view, (states, counted) = call.store.view_and(call.store.states_and_counted)
    note_watching(call, view, call.caller)
    seen = Seen(states, counted, view.settings.time_zone)
    return success(server_json(call, view.fleet.ordered, seen, private=True))


def create_server(call: Call) -> Answer:
    """The secret is shown here, and never again."""
    server, secret = servers.create(call.store, Server(id=0, **_fields(call)), call.now)
    return success(json_text({"id": server.id, "secret": secret}))


def edit_server(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    servers.edit(call.store, parse_id(id), _fields(call))
    return DONE


def _fields(call: Call) -> dict[str, Any]:
    """The fields of Server that the body names."""
    fields = call.fields()
    if "plan" in fields:
        # Here, so that a cold start for any other request does not wait for this import.
        from chalicelib.fleet import plans

        plan = plans.Plan(**fields["plan"])
        plans.check(plan)
        fields["plan"] = plans.text_of(plan)
    return fields


def delete_server(call: Call, id: str) -> Answer:  # noqa: A002
    servers.delete(call.store, parse_id(id), call.now)
    return DONE


def rotate_secret(call: Call, id: str) -> Answer:  # noqa: A002
    secret = servers.rotate_secret(call.store, parse_id(id), call.now)
    return success(json_text({"id": parse_id(id), "secret": secret}))


ROUTES = (
    Route(
        "GET",
        "/api/server",
        list_servers,
        PEOPLE,
        Operation(
            "managedServers",
            "Lists all servers with host, state and private fields",
            result="ManagedServer[]",
            outcome="All servers, ordered by display index (highest first), then by ID.",
            errors=(413,),
        ),
    ),
    Route(
        "POST",
        "/api/server",
        create_server,
        PEOPLE,
        Operation(
            "createServer",
            "Creates a server",
            result="ServerSecret",
            outcome="The server's ID and its agent's secret.",
            body="NewServer",
            then=("editServer", "rotateSecret", "deleteServer"),
        ),
    ),
    Route(
        "PATCH",
        "/api/server/{id}",
        edit_server,
        PEOPLE,
        Operation("editServer", "Changes fields of a server", result="null", body="ServerChanges", about="server"),
    ),
    Route(
        "DELETE",
        "/api/server/{id}",
        delete_server,
        PEOPLE,
        Operation("deleteServer", "Deletes a server, its secret, state and ping series", result="null", about="server"),
    ),
    Route(
        "POST",
        "/api/server/{id}/secret",
        rotate_secret,
        PEOPLE,
        Operation(
            "rotateSecret",
            "Replaces the secret of a server's agent",
            result="ServerSecret",
            outcome="The server's ID and the new secret.",
            description=f"The old secret may still be accepted for {limits.SECRET_CACHE_SECONDS} seconds.",
            about="server",
        ),
    ),
)
