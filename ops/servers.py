"""`server list|add|edit|delete|rotate`."""

import argparse
import time
from typing import Any

from chalicelib.fleet import limits, management, registration
from chalicelib.fleet.checks import check_length, check_range
from chalicelib.fleet.servers import Registration, Server
from chalicelib.fleet.states import NEVER, NOTHING
from chalicelib.storage import DynamoStore
from ops.output import show, show_one


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = nouns.add_parser("server", help="servers").add_subparsers(required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="every server")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=list_servers)
    add = verbs.add_parser("add", help="add a server and print its agent's secret, once")
    add.add_argument("name")
    _add_fields(add)
    add.add_argument("--json", action="store_true")
    add.set_defaults(run=add_server)
    edit = verbs.add_parser("edit", help="change what is named, leave the rest")
    edit.add_argument("id", type=int)
    edit.add_argument("--name")
    _add_fields(edit)
    edit.set_defaults(run=edit_server)
    delete = verbs.add_parser("delete", help="end a server, with its secret, state and pings")
    delete.add_argument("id", type=int)
    delete.set_defaults(run=delete_server)
    rotate = verbs.add_parser("rotate", help="end the agent's secret and print a new one, once")
    rotate.add_argument("id", type=int)
    rotate.add_argument("--json", action="store_true")
    rotate.set_defaults(run=rotate_secret)


def _add_fields(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tag")
    parser.add_argument("--note")
    parser.add_argument("--display-index", type=int, help="the highest comes first")
    parser.add_argument(
        "--hide", dest="hide_for_guest", action=argparse.BooleanOptionalAction, help="from guests; new ones are hidden"
    )


def list_servers(store: DynamoStore, options: argparse.Namespace) -> None:
    servers = store.view().fleet.ordered
    states = store.states(None)
    show([_row(server, states.get(server.id, NOTHING).last_active) for server in servers], as_json=options.json)


def add_server(store: DynamoStore, options: argparse.Namespace) -> None:
    server, secret = registration.register(store, Registration(**_fields(options)), time.time())
    show_one({"id": server.id, "secret": secret}, as_json=options.json, plain=secret)


def edit_server(store: DynamoStore, options: argparse.Namespace) -> None:
    management.edit_server(store, options.id, _fields(options))


def delete_server(store: DynamoStore, options: argparse.Namespace) -> None:
    management.delete_server(store, options.id, time.time())


def rotate_secret(store: DynamoStore, options: argparse.Namespace) -> None:
    secret = management.rotate_secret(store, options.id, time.time())
    show_one({"id": options.id, "secret": secret}, as_json=options.json, plain=secret)


def _fields(options: argparse.Namespace) -> dict[str, Any]:
    """What was named on the command line, checked."""
    most = {"name": limits.NAME_LENGTH, "tag": limits.TAG_LENGTH, "note": limits.NOTE_LENGTH}
    named = {name: getattr(options, name) for name in (*most, "display_index", "hide_for_guest")}
    given = {name: value for name, value in named.items() if value is not None}
    for name, length in most.items():
        check_length(name, given.get(name, ""), most=length)
    check_range("display_index", given.get("display_index", 0), -limits.DISPLAY_INDEX, limits.DISPLAY_INDEX)
    return given


def _row(server: Server, last_active: int) -> dict[str, object]:
    return {
        "id": server.id,
        "name": server.name,
        "tag": server.tag,
        "hidden": server.hide_for_guest,
        "display_index": server.display_index,
        "ip": server.ip,
        "last_active": None if last_active == NEVER else last_active,
        "note": server.note,
    }
