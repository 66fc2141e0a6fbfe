"""The v0 routes about servers: list, details, registration."""

from chalicelib.api.answers import JSON, TEXT, Answer, success
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_ids
from chalicelib.api.json_output import json_text
from chalicelib.api.route import READERS, REGISTRARS, REGISTRATION, Operation, Query, Route
from chalicelib.api.v0.server_lists import details_json, list_json
from chalicelib.api.watching import note_watching
from chalicelib.fleet import servers
from chalicelib.fleet.servers import DEFAULT_TAG, Server
from chalicelib.fleet.states import StatesByServer


def list_servers(call: Call) -> Answer:
    return success(list_json(*_selected(call, "")))


def server_details(call: Call) -> Answer:
    return success(details_json(*_selected(call, call.query("id"))))


def _selected(call: Call, ids: str) -> tuple[list[Server], StatesByServer]:
    """The servers that `?id=…&tag=…` asks for: `id` takes precedence over `tag`, and neither means all servers."""
    wanted = parse_ids(ids) if ids else None
    view, states = call.store.view_and(lambda: call.store.states(wanted))
    note_watching(call, view, call.caller)
    if wanted is not None:
        return view.fleet.with_ids(wanted), states
    tag = call.query("tag")
    return view.fleet.with_tag(tag) if tag else list(view.fleet.ordered), states


def register_server(call: Call) -> Answer:
    """v0 answers with code 200 here, not 0, and with the bare secret for `simple`."""
    _, secret = servers.create(call.store, _registered(call), call.now)
    if call.query("simple") in ("1", "true"):
        return Answer(secret, content_type=TEXT)
    return Answer(json_text({"code": 200, "message": "Server created successfully", "secret": secret}))


def _registered(call: Call) -> Server:
    fields = call.fields()
    return Server(
        id=0,
        name=fields["Name"] or call.viewer.address,
        tag=fields["Tag"] or DEFAULT_TAG,
        note=fields["Note"],
        hide_for_guest=(fields["HideForGuest"] or "on") == "on",
    )


_TAG = Query("tag", "Only servers with exactly this tag.", "Tag1")

ROUTES = (
    Route(
        "GET",
        "/api/v1/server/list",
        list_servers,
        READERS,
        Operation(
            "listServers",
            "Lists servers with their addresses and the time of their last report",
            result="ListedServer[]",
            outcome="The servers, ordered by display index (highest first), then by ID.",
            query=(_TAG,),
            errors=(413,),
        ),
        any_site=True,
    ),
    Route(
        "GET",
        "/api/v1/server/details",
        server_details,
        READERS,
        Operation(
            "serverDetails",
            "Returns host and state of servers",
            result="DetailedServer[]",
            outcome="The servers in the order requested, otherwise by display index and ID.",
            query=(
                Query("id", "IDs separated by commas. Takes precedence over `tag`; unknown IDs are skipped.", "1,2"),
                _TAG,
            ),
            errors=(413,),
        ),
        any_site=True,
    ),
    Route(
        "POST",
        "/api/v1/server/register",
        register_server,
        REGISTRARS,
        Operation(
            "registerServer",
            "Registers a server",
            content={JSON: "Registered", TEXT: "Secret"},
            outcome="The agent's secret; plain text with `simple`.",
            query=(Query("simple", "With `1` or `true`, the response is only the secret, as plain text.", "true"),),
            body="NewRegistration",
            body_required=False,
        ),
        throttle=REGISTRATION,
    ),
)
