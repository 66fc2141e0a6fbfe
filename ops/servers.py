"""`server list|create|edit|mute|unmute|delete|rotate`. `add` is another name of `create`."""

import argparse
import time
from typing import Any

from chalicelib.fleet import servers
from chalicelib.fleet.limits import SERVERS_EDITED
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import NEVER, NOTHING
from chalicelib.storage import DynamoStore
from ops import muting
from ops.output import show, show_one
from ops.plans import add_plan, plan_row, plan_text


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = nouns.add_parser("server", help="servers").add_subparsers(required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="list all servers")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=list_servers)
    create = verbs.add_parser(
        "create", aliases=["add"], help="create a server and print its agent's secret, which is shown only once"
    )
    create.add_argument("name")
    _add_fields(create)
    create.add_argument("--json", action="store_true")
    create.set_defaults(run=create_server)
    edit = verbs.add_parser("edit", help="change the given fields")
    edit.add_argument("id", type=int)
    edit.add_argument("--name")
    _add_fields(edit)
    edit.set_defaults(run=edit_server)
    muting.add_verbs(verbs, "servers", _edit_all)
    delete = verbs.add_parser("delete", help="delete a server with its secret, state and history")
    delete.add_argument("id", type=int)
    delete.set_defaults(run=delete_server)
    rotate = verbs.add_parser(
        "rotate", help="replace the agent's secret and print the new one, which is shown only once"
    )
    rotate.add_argument("id", type=int)
    rotate.add_argument("--json", action="store_true")
    rotate.set_defaults(run=rotate_secret)


def _add_fields(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tag")
    parser.add_argument("--note")
    parser.add_argument("--display-index", type=int, help="higher numbers come first")
    parser.add_argument(
        "--hide",
        dest="hide_for_guest",
        action=argparse.BooleanOptionalAction,
        help="hide the server from guests (new servers: yes)",
    )
    add_plan(parser)


def list_servers(store: DynamoStore, options: argparse.Namespace) -> None:
    states = store.states(None)
    rows = [_row(server, states.get(server.id, NOTHING).last_active) for server in store.view().fleet.ordered]
    show(rows, as_json=options.json)


def create_server(store: DynamoStore, options: argparse.Namespace) -> None:
    server, secret = servers.create(store, Server(id=0, **_fields(store, options, "")), time.time())
    show_one({"id": server.id, "secret": secret}, as_json=options.json, plain=secret)


def edit_server(store: DynamoStore, options: argparse.Namespace) -> None:
    servers.edit(store, options.id, _fields(store, options, servers.find(store, options.id).plan))


def _edit_all(store: DynamoStore, ids: list[int], changes: dict[str, Any]) -> None:
    """Changes nothing unless all servers exist."""
    for id_ in ids:
        servers.find(store, id_)
    for start in range(0, len(ids), SERVERS_EDITED):
        for error in servers.edit_all(store, dict.fromkeys(ids[start : start + SERVERS_EDITED], changes)).values():
            raise error


def delete_server(store: DynamoStore, options: argparse.Namespace) -> None:
    servers.delete(store, options.id, time.time())


def rotate_secret(store: DynamoStore, options: argparse.Namespace) -> None:
    secret = servers.rotate_secret(store, options.id, time.time())
    show_one({"id": options.id, "secret": secret}, as_json=options.json, plain=secret)


def _fields(store: DynamoStore, options: argparse.Namespace, plan: str) -> dict[str, Any]:
    """The fields of Server that were given on the command line. plan: the stored plan."""
    named = {name: getattr(options, name) for name in ("name", "tag", "note", "display_index", "hide_for_guest")}
    named["plan"] = plan_text(store, options, plan)
    return {name: value for name, value in named.items() if value is not None}


def _row(server: Server, last_active: int) -> dict[str, object]:
    return {
        "id": server.id,
        "name": server.name,
        "tag": server.tag,
        "hidden": server.hide_for_guest,
        "display_index": server.display_index,
        "ip": server.ip,
        "last_active": None if last_active == NEVER else last_active,
        "muted_until": muting.in_lists(server.muted_until),
        "plan": plan_row(server.plan),
        "note": server.note,
    }
