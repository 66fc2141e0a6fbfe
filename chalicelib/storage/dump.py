"""Reading and writing all items of all tables, for backups."""

from base64 import b64decode
from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.storage.alerts.items import CHANNEL, COUNTER_KEY, OPEN_EVENTS_ID, RULE, AlertItem
from chalicelib.storage.calls import BATCH_WRITE_ITEMS, Database
from chalicelib.storage.head import KEY, HeadItem, moved_on
from chalicelib.storage.items import Item, binary
from chalicelib.storage.monitors import MonitorItem
from chalicelib.storage.servers import ServerItem
from chalicelib.storage.settings import PASSWORD_KEY
from chalicelib.storage.tables import TABLES, item_count

NAMES = {str(model.Meta.table_name): model for model in TABLES}

MADE = ("servers", "tokens", "monitors", "settings", "alerts")
"""The tables with what people make. The others contain what follows from reports."""

JsonItem = Item
"""An item in DynamoDB's JSON, as in answers and exports: binary values in base64."""


def checked(table: str, item: object) -> JsonItem:
    """The item, if that table can contain it. Raises ValueError otherwise."""
    if table not in NAMES or not isinstance(item, dict) or not all(map(_is_value, item.values())):
        raise ValueError(f"no item of a table {table!r}")
    return item


def _is_made(name: str, item: Item) -> bool:
    """Whether people, or programs with a token, make such an item."""
    if name == "servers":
        return item["g"] != KEY["g"]
    if name == "alerts":
        return item["kind"]["S"] in (RULE, CHANNEL) and item["id"]["N"] != str(OPEN_EVENTS_ID)
    return name != "settings" or item["key"] == PASSWORD_KEY["key"]


def _is_value(value: object) -> bool:
    if not isinstance(value, dict) or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    if kind == "B":
        return isinstance(content, str) and bool(b64decode(content, validate=True) or not content)
    return kind == "BOOL" if isinstance(content, bool) else kind in ("S", "N") and isinstance(content, str)


class Dump:
    def __init__(self, database: Database) -> None:
        self._database = database

    def sizes(self) -> dict[str, int]:
        """The approximate number of items in each table; DynamoDB counts them every few hours."""
        return {name: item_count(self._database, model) for name, model in NAMES.items()}

    def items(self) -> Iterator[tuple[str, JsonItem]]:
        """(table, item) for every item, read page by page."""
        for name, model in NAMES.items():
            for item in self._database.scan(model):
                yield name, item

    def is_empty(self) -> bool:
        """Whether nobody has made anything here. A stage that was just deployed counts as empty, although it already
        stores its URL and what its scheduled functions count."""
        return not any(_is_made(name, item) for name in MADE for item in self._database.scan(NAMES[name]))

    def load(self, items: Iterable[tuple[str, JsonItem]]) -> Iterator[int]:
        """Writes the items over stored ones, and yields how many were written so far.

        At the end, the ID counters are not below the highest IDs, all readers discard what they have in memory, and
        unsent messages are dropped, because they may have been sent since the backup.
        """
        before = self._database.get(HeadItem, KEY) or {}
        alerts_before = self._database.get(AlertItem, COUNTER_KEY) or {}
        waiting: dict[str, list[Item]] = {}
        written = 0
        for name, json_item in items:
            batch = waiting.setdefault(name, [])
            batch.append({field: _to_write(value) for field, value in json_item.items()})
            if len(batch) == BATCH_WRITE_ITEMS:
                self._database.batch_put(NAMES[name], waiting.pop(name))
                written += len(batch)
                yield written
        for name, batch in waiting.items():
            self._database.batch_put(NAMES[name], batch)
            written += len(batch)
        self._move_head_on(before)
        # Imported here, as only a restore needs it.
        from chalicelib.storage.alerts.restored import move_on

        move_on(self._database, alerts_before)
        yield written

    def _move_head_on(self, before: Item) -> None:
        servers = [item for item in self._database.scan(ServerItem) if item["g"] != KEY["g"]]
        monitors = list(self._database.scan(MonitorItem))
        restored = self._database.get(HeadItem, KEY) or {}
        head = moved_on(
            before,
            restored,
            [int(item["i"]["N"]) for item in servers],
            [int(item["id"]["N"]) for item in monitors],
        )
        self._database.put(HeadItem, head)


def _to_write(value: dict[str, Any]) -> dict[str, Any]:
    return {"B": binary(value)} if "B" in value else value
