"""`channel add|list|edit|remove|test`."""

import argparse
import sys
from typing import Any

from chalicelib.fleet.alerts import editing
from chalicelib.fleet.alerts.channels import METHODS, Channel, shown_url
from chalicelib.scheduled import Scheduled
from chalicelib.storage import DynamoStore
from ops.errors import OpsError
from ops.output import show, show_one

UNUSED_INTERVAL = 60

_URL = (
    "URL of an Apprise service (tgram://…), or http(s):// URL of a webhook; - reads it from standard input, so that it "
    "stays out of the shell's history"
)


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = nouns.add_parser("channel", help="where alerts go").add_subparsers(required=True, metavar="VERB")
    add = verbs.add_parser("add", help="create a channel and print its ID")
    add.add_argument("name")
    add.add_argument("url", help=_URL)
    _add_fields(add)
    add.add_argument("--json", action="store_true")
    add.set_defaults(run=add_channel)
    listing = verbs.add_parser("list", help="list all channels, without their secrets")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=list_channels)
    edit = verbs.add_parser("edit", help="change the given fields; all others, including secrets, stay as they are")
    edit.add_argument("id", type=int)
    edit.add_argument("--name")
    edit.add_argument("--url", help=_URL)
    _add_fields(edit)
    edit.set_defaults(run=edit_channel)
    remove = verbs.add_parser("remove", help="delete a channel and drop its unsent messages")
    remove.add_argument("id", type=int)
    remove.set_defaults(run=remove_channel)
    test = verbs.add_parser("test", help="send a test message from this machine")
    test.add_argument("id", type=int)
    test.set_defaults(run=test_channel)


def _add_fields(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--method", choices=METHODS, help="a webhook's HTTP method (new ones: POST)")
    parser.add_argument(
        "--header", action="append", metavar="NAME:VALUE", help="a header of a webhook; repeatable; replaces all others"
    )
    parser.add_argument("--body", help='the body of a webhook, with placeholders: \'{"text": "#NEZHA#"}\'')
    parser.add_argument("--form", action=argparse.BooleanOptionalAction, help="send a webhook's body as a form")
    parser.add_argument(
        "--verify", action=argparse.BooleanOptionalAction, help="verify a webhook's certificate (new ones: yes)"
    )
    parser.add_argument(
        "--heartbeat",
        action=argparse.BooleanOptionalAction,
        help="send a request every five minutes while rules are evaluated, for a dead-man's switch",
    )


def add_channel(store: DynamoStore, options: argparse.Namespace) -> None:
    id_ = editing.create_channel(store, Channel(0, **_fields(options)))
    show_one({"id": id_}, as_json=options.json, plain=str(id_))


def list_channels(store: DynamoStore, options: argparse.Namespace) -> None:
    rows: list[dict[str, object]] = [
        {
            "id": channel.id,
            "kind": channel.kind,
            "url": shown_url(channel),
            "heartbeat": channel.heartbeat,
            "name": channel.name,
        }
        for channel in store.alerts.channels().values()
    ]
    show(rows, as_json=options.json)


def edit_channel(store: DynamoStore, options: argparse.Namespace) -> None:
    editing.edit_channel(store, options.id, _fields(options))


def remove_channel(store: DynamoStore, options: argparse.Namespace) -> None:
    editing.delete_channel(store, options.id)


def test_channel(store: DynamoStore, options: argparse.Namespace) -> None:
    """Raises OpsError if the message does not arrive."""
    tried = Scheduled(store, UNUSED_INTERVAL, local=options.stage == "local")
    if error := tried.try_channel(options.id):
        raise OpsError(f"the message was not delivered: {error}")
    sys.stderr.write("delivered\n")


def _fields(options: argparse.Namespace) -> dict[str, Any]:
    """The fields of Channel that were given on the command line."""
    named = {name: getattr(options, name) for name in ("name", "method", "body", "form", "verify", "heartbeat")}
    fields: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    if options.header is not None:
        fields["headers"] = tuple(_header(text) for text in options.header)
    if options.url is not None:
        url = sys.stdin.readline().strip() if options.url == "-" else options.url
        is_webhook = url.lower().startswith(("http://", "https://"))
        fields |= {"url": url, "kind": "webhook" if is_webhook else "apprise"}
    return fields


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise OpsError(f"{text!r} is not a header; use NAME:VALUE")
    return name.strip(), value.strip()
