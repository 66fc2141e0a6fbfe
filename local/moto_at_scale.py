"""moto's DynamoDB, quick enough for thousands of servers.

Two things in moto grow with a table or with every attribute. A transaction copies each table that it touches, so that
it can be rolled back (200 ms with 1,000 servers), and an answer is written by walking botocore's model for every
attribute (a millisecond an item). Here a transaction keeps the items that it touches, and values are written plainly.
"""

import base64
import copy
from typing import Any

from moto.core.serialize import SERVICE_SPECIFIC_SERIALIZERS, JSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_transact = DynamoDBBackend.transact_write_items


def install() -> None:
    """For this process. moto answers as before; only its backups of tables, which nothing here uses, do not work."""
    SERVICE_SPECIFIC_SERIALIZERS["dynamodb"] = {"json": _Serializer}
    DynamoDBBackend.transact_write_items = _transact_write_items  # type: ignore[method-assign]
    Table.__deepcopy__ = lambda self, _: self  # type: ignore[attr-defined]


def _transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """moto's own, whose copies of tables are the tables themselves: the items are put back here when it fails."""
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
    """An item that a transaction is about to change, or the place where there is none yet."""

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


class _Serializer(JSONSerializer):
    def _serialize_type_structure(self, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and value is not None:
            serialized[key] = _on_the_wire(value)
        else:
            super()._serialize_type_structure(serialized, value, shape, key)


def _on_the_wire(value: Any) -> Any:
    """An attribute's value with its bytes as base64 text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _on_the_wire(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_on_the_wire(part) for part in value]
    return value
