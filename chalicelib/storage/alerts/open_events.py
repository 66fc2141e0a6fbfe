"""The item with every open event: rows as deflated JSON."""

import json
import zlib
from collections.abc import Sequence

from chalicelib.fleet.alerts.open_events import OpenEvent
from chalicelib.storage.alerts.items import OPEN_EVENTS_ID, RULE, AlertItem, key_of
from chalicelib.storage.calls import Database
from chalicelib.storage.items import Item, binary

KEY = key_of(RULE, OPEN_EVENTS_ID)


def read(database: Database) -> list[OpenEvent]:
    """The open events as of the last evaluation, or of one shortly before."""
    return open_events_of(database.get(AlertItem, KEY, consistent=False))


def open_events_of(item: Item | None) -> list[OpenEvent]:
    return [OpenEvent(*row) for row in json.loads(zlib.decompress(binary(item["state"])))] if item else []


def item_of(events: Sequence[OpenEvent]) -> Item:
    rows = json.dumps(events, ensure_ascii=False, separators=(",", ":"))
    return KEY | {"state": {"B": zlib.compress(rows.encode("utf-8", "surrogatepass"))}}
