"""Makes transactions of moto's DynamoDB fast enough for thousands of servers.

moto copies every table that a transaction touches, to be able to roll it back (200 ms with 1,000 servers). Here a
transaction copies only the items that it touches.
"""

import copy
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_transact = DynamoDBBackend.transact_write_items


def install() -> None:
    """Patches moto in this process. It answers as before, except that table backups, unused here, do not work."""
    DynamoDBBackend.transact_write_items = _transact_write_items  # type: ignore[method-assign]
    Table.__deepcopy__ = lambda self, _: self  # type: ignore[attr-defined]


def _transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """Runs moto's own method, which now gets the tables instead of copies, and restores the items if it fails."""
    touched = [_Touched(self.tables[write["TableName"]], write) for write in _writes(transact_items, self.tables)]
    try:
        _transact(self, transact_items)
    except Exception:
        for item in touched:
            item.put_back()
        raise


def _writes(transact_items: list[dict[str, Any]], tables: Any) -> list[dict[str, Any]]:
    writes: list[dict[str, Any]] = [write for item in transact_items for write in item.values()]
    return [write for write in writes if write.get("TableName") in tables]


class _Touched:
    """An item that a transaction is about to change; it may not exist yet."""

    def __init__(self, table: Table, write: dict[str, Any]) -> None:
        key = write.get("Key") or write.get("Item") or {}
        self._table = table
        self._hash, self._range = (
            DynamoType(key[name]) if name in key else None for name in (table.hash_key_attr, table.range_key_attr)
        )
        self._item = table.get_item(self._hash, self._range) if self._hash else None
        self._kept = copy.deepcopy(self._item)  # moto changes items in place

    def put_back(self) -> None:
        if self._kept is not None and self._range:
            self._table.items[self._hash][self._range] = self._kept
        elif self._kept is not None:
            self._table.items[self._hash] = self._kept  # type: ignore[assignment]
        elif self._hash:
            self._table.delete_item(self._hash, self._range)
