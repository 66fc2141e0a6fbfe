"""Makes transactions, Queries and expressions of moto's DynamoDB fast enough for thousands of servers.

moto copies every table that a transaction touches, to be able to roll it back (200 ms with 1,000 servers), and sorts a
whole table for every Query (a second with 20,000 servers' history). Here a transaction copies only the items that it
touches, and a Query looks only at its partition. `moto_parsing` parses each expression only once, `moto_updates`
resolves an update in one pass, and `moto_items` measures and copies items faster.
"""

import copy
from typing import Any

from moto.dynamodb import models, responses
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from local import moto_items, moto_parsing
from local.moto_updates import DirectValidator

_transact = DynamoDBBackend.transact_write_items
_query = Table.query
_all_items = Table.all_items

INDEX_NAME = 6
"""Position of the index name among the arguments of `Table.query`, after the hash key."""


def install() -> None:
    """Patches moto in this process. It answers as before, except that table backups, unused here, do not work."""
    for owner, name, ours in patches():
        setattr(owner, name, ours)


def patches() -> list[tuple[Any, str, Any]]:
    """What `install` sets: class or module, name, value."""
    return [
        (DynamoDBBackend, "transact_write_items", _transact_write_items),
        (Table, "__deepcopy__", lambda self, _: self),
        (Table, "query", _query_partition),
        (Table, "all_items", _all_or_queried),
        (ConditionExpressionParser, "parse", moto_parsing.parse_condition),
        (moto_parsing.UpdateParser, "make", staticmethod(moto_parsing.make_update)),
        (moto_parsing.nodes.Node, "find_clauses", moto_parsing.find_clauses),
        (models, "UpdateExpressionValidator", DirectValidator),
        (DynamoType, "size", moto_items.size),
        (DynamoType, "__deepcopy__", moto_items.copy_of_value),
        (moto_items.Item, "__init__", moto_items.make),
        (moto_items.Item, "__deepcopy__", moto_items.copy_of_item),
        (responses, "dynamo_to_dict", moto_items.plain),
    ]


def _query_partition(self: Table, hash_key: DynamoType | None, *others: Any, **options: Any) -> Any:
    """Runs moto's own method, which during this call finds only this partition in the table."""
    index_name = others[INDEX_NAME] if len(others) > INDEX_NAME else options.get("index_name")
    if index_name is None and self.range_key_attr:
        self._queried = list(self.items.get(hash_key, {}).values())  # type: ignore[attr-defined]
    try:
        return _query(self, hash_key, *others, **options)
    finally:
        self._queried = None  # type: ignore[attr-defined]


def _all_or_queried(self: Table) -> list[Any]:
    queried: list[Any] | None = getattr(self, "_queried", None)
    return _all_items(self) if queried is None else queried


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
