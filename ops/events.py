"""`event list`."""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime

from chalicelib.fleet.alerts import events
from chalicelib.fleet.alerts.ledger import EventRecord, Receipt
from chalicelib.fleet.limits import EVENTS_AN_ANSWER
from chalicelib.storage import DynamoStore
from ops.output import show


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = nouns.add_parser("event", help="events of alert rules").add_subparsers(required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="list events with their messages, the newest first")
    listing.add_argument("--open", action="store_true", help="only events that have not ended")
    listing.add_argument("--server", type=int, metavar="ID", help="only events of this server")
    listing.add_argument("--before", type=int, metavar="ID", help="only events older than this one")
    listing.add_argument(
        "--limit",
        type=_count,
        default=EVENTS_AN_ANSWER,
        metavar="N",
        help="list at most this many (default: %(default)s)",
    )
    listing.add_argument("--json", action="store_true", help="print them as /api/event does")
    listing.set_defaults(run=list_events)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= EVENTS_AN_ANSWER):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of events; use 1 to {EVENTS_AN_ANSWER}")
    return int(text)


def list_events(store: DynamoStore, options: argparse.Namespace) -> None:
    found = events.newest(
        store, limit=options.limit, before=options.before, server_id=options.server, only_open=options.open
    )
    show([asdict(record) if options.json else _row(record) for record in found], as_json=options.json)


def _row(record: EventRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "began": _time(record.began),
        "ended": None if record.ended is None else _time(record.ended),
        "rule": record.rule,
        "server": record.server,
        "monitor": record.monitor,
        "value": f"{record.value:.6g}",
        "messages": [_message(receipt) for receipt in record.deliveries],
    }


def _message(receipt: Receipt) -> str:
    outcome = "delivered" if receipt.delivered else receipt.error or "waiting"
    return f"{receipt.kind} to {receipt.channel_id} {outcome}"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
