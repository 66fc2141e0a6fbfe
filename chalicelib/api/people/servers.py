"""Servers: added, edited and deleted by people, and their secrets rotated."""

from collections.abc import Mapping
from typing import Any

from chalicelib.api.answers import DONE, Answer, success
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id, parse_ids
from chalicelib.api.json_output import json_text
from chalicelib.api.people.server_json import Seen, server_json
from chalicelib.api.route import PEOPLE, Operation, Query, Route
from chalicelib.api.watching import note_watching
from chalicelib.fleet import limits, servers
from chalicelib.fleet.errors import FleetError, InvalidInput
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


def edit_servers(call: Call) -> Answer:
    changes: dict[int, dict[str, Any]] = {}
    for one in call.fields()["servers"]:
        changes.setdefault(one.pop("id"), {}).update(one)
    return success(_failures(servers.edit_all(call.store, changes)))


def delete_servers(call: Call) -> Answer:
    ids = list(dict.fromkeys(parse_ids(call.query("id"))))
    if not ids:
        raise InvalidInput('"id" must name servers, such as ?id=1,2.', error="required", field="id")
    if len(ids) > limits.SERVERS_DELETED:
        message = f'"id" names {len(ids)} servers; the limit is {limits.SERVERS_DELETED}.'
        raise InvalidInput(message, error="too_many_entries", field="id", limit=limits.SERVERS_DELETED)
    return success(_failures(servers.delete_all(call.store, ids, call.now)))


def _failures(failed: Mapping[int, FleetError]) -> str:
    listed = sorted(failed.items())
    return json_text({"failed": [{"id": id_, "error": one.error, "message": one.message} for id_, one in listed]})


def _fields(call: Call) -> dict[str, Any]:
    """The fields of Server that the body names."""
    fields = call.fields()
    note = fields.pop("public_note", None)
    if "plan" in fields:
        # Imported here, so that a cold start for any other request does not wait for it.
        from chalicelib.fleet import plans

        plan = plans.Plan(**fields["plan"])
        plans.check(plan)
        fields["plan"] = plans.text_of(plan)
    elif note is not None:
        fields["plan"] = _plan_of_note(note, call.now)
    return fields


def _plan_of_note(note: str, now: float) -> str:
    """The plan in a public note of v0, as it is stored. Raises InvalidInput for a note without a plan."""
    from chalicelib.fleet import plans
    from chalicelib.fleet.public_notes import plan_in

    plan = plan_in(note, now) if note else plans.NONE
    if plan is None:
        message = '"public_note" must be JSON with "billingDataMod" or "planDataMod", as themes of v0 read it.'
        raise InvalidInput(message, error="not_a_plan", field="public_note")
    return plans.text_of(plan)


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
        "/api/server",
        edit_servers,
        PEOPLE,
        Operation(
            "editServers",
            "Changes fields of several servers",
            result="ServerFailures",
            outcome="Changed, except for the servers that are listed.",
            description="Either all existing servers are changed, or, if a field is invalid, none.",
            body="ServersChanges",
        ),
    ),
    Route(
        "DELETE",
        "/api/server",
        delete_servers,
        PEOPLE,
        Operation(
            "deleteServers",
            "Deletes several servers",
            result="ServerFailures",
            outcome="Deleted, except for the servers that are listed. Try `busy` and `unavailable` ones again.",
            query=(
                Query(
                    "id",
                    f"IDs of up to {limits.SERVERS_DELETED} servers, separated by commas.",
                    "1,2",
                    pattern="^[0-9]{1,20}(,[0-9]{1,20})*$",
                ),
            ),
            errors=(400,),
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
