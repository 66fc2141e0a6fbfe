"""Archived events: one item in the partition of all events, and one more in that of the event's server."""

import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any

from chalicelib.fleet.alerts.ledger import EventRecord, Receipt
from chalicelib.fleet.limits import EVENTS_KEPT_SECONDS
from chalicelib.storage.alerts.items import EVENT, key_of
from chalicelib.storage.items import Item

_RECEIPT_FIELDS = tuple(field.name for field in fields(Receipt))


def kind_of(server_id: int | None) -> str:
    """The partition of all events, or of those of a server."""
    return EVENT if server_id is None else f"{EVENT} s{server_id}"


def items_of(record: EventRecord) -> Iterator[Item]:
    given = asdict(record) | {
        "deliveries": [[getattr(one, name) for name in _RECEIPT_FIELDS] for one in record.deliveries]
    }
    del given["id"]
    text = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    kept_until = (record.ended or record.began) + EVENTS_KEPT_SECONDS
    for server_id in {None, record.server_id}:
        yield key_of(kind_of(server_id), record.id) | {"definition": {"S": text}, "ttl": {"N": str(kept_until)}}


def record_of(item: Item) -> EventRecord:
    given: dict[str, Any] = json.loads(item["definition"]["S"])
    given["deliveries"] = tuple(Receipt(*row) for row in given["deliveries"])
    return EventRecord(id=int(item["id"]["N"]), **given)
