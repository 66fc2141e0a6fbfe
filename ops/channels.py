"""`channel add|list|remove|test`."""

import argparse
import sys

from chalicelib.fleet.alerts import editing
from chalicelib.fleet.alerts.channels import METHODS, Channel, shown_url
from chalicelib.scheduled import Scheduled
from chalicelib.storage import DynamoStore
from ops.errors import OpsError
from ops.output import show, show_one

UNUSED_INTERVAL = 60


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = nouns.add_parser("channel", help="where alerts go").add_subparsers(required=True, metavar="VERB")
    add = verbs.add_parser("add", help="create a channel and print its ID")
    add.add_argument("name")
    add.add_argument(
        "url",
        help="of an Apprise service (tgram://…), or http(s):// of a webhook; - reads it from standard input, so that "
        "it stays out of the shell's history",
    )
    add.add_argument("--method", choices=METHODS, default="POST", help="of a webhook (%(default)s)")
    add.add_argument("--header", action="append", default=[], metavar="NAME:VALUE", help="of a webhook; repeatable")
    add.add_argument("--body", default="", help='of a webhook, with placeholders: \'{"text": "#NEZHA#"}\'')
    add.add_argument("--form", action="store_true", help="send the body's fields as a form")
    add.add_argument("--no-verify", dest="verify", action="store_false", help="accept any certificate of a webhook")
    add.add_argument(
        "--heartbeat",
        action="store_true",
        help="send a webhook every five minutes while rules are evaluated, for a service that tells you when it stops",
    )
    add.add_argument("--json", action="store_true")
    add.set_defaults(run=add_channel)
    listing = verbs.add_parser("list", help="list all channels, without their secrets")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=list_channels)
    remove = verbs.add_parser("remove", help="delete a channel; what it is still owed is given up")
    remove.add_argument("id", type=int)
    remove.set_defaults(run=remove_channel)
    test = verbs.add_parser("test", help="send a test message from this machine")
    test.add_argument("id", type=int)
    test.set_defaults(run=test_channel)


def add_channel(store: DynamoStore, options: argparse.Namespace) -> None:
    url = sys.stdin.readline().strip() if options.url == "-" else options.url
    is_webhook = url.lower().startswith(("http://", "https://"))
    channel = Channel(
        0,
        options.name,
        "webhook" if is_webhook else "apprise",
        url,
        method=options.method,
        headers=tuple(_header(text) for text in options.header),
        body=options.body,
        form=options.form,
        verify=options.verify,
        heartbeat=options.heartbeat,
    )
    id_ = editing.create_channel(store, channel)
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


def remove_channel(store: DynamoStore, options: argparse.Namespace) -> None:
    editing.delete_channel(store, options.id)


def test_channel(store: DynamoStore, options: argparse.Namespace) -> None:
    """Raises OpsError if the message does not arrive."""
    tried = Scheduled(store, UNUSED_INTERVAL, local=options.stage == "local")
    if error := tried.try_channel(options.id):
        raise OpsError(f"the message was not delivered: {error}")
    sys.stderr.write("delivered\n")


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise OpsError(f"{text!r} is not a header; use NAME:VALUE")
    return name.strip(), value.strip()
