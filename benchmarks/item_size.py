"""Computes what DynamoDB bills: the size of an item, and the capacity units of a store's calls."""

import base64
import math
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from benchmarks.watched_store import Parameters, Send, Watched
from chalicelib.storage.calls import Transport

Item = Mapping[str, Mapping[str, Any]]

WRITE_UNIT = 1024
READ_UNIT = 4096

_BILLED = frozenset(
    ("GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
) | {"TransactWriteItems"}
_TELL = {"ReturnConsumedCapacity": "TOTAL"}


def item_size(item: Item) -> int:
    """Returns the billed bytes of an item in its low-level form, {"name": {"S": "…"}}; binary as bytes or base64."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


@dataclass
class Capacity:
    """What some calls consumed. billed: the capacity units by the database's own count, 0 if it returns none.

    read_of, written_of: by table, without its prefix.
    """

    calls: int = 0
    billed: float = 0
    read_of: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    written_of: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def read(self) -> float:
        return sum(self.read_of.values())

    @property
    def written(self) -> float:
        return sum(self.written_of.values())


class Watchable(Protocol):
    """transport: calls through it are not counted. calls: the transport whose calls are counted."""

    transport: Transport
    calls: Watched


@contextmanager
def consumed(store: Watchable) -> Iterator[Capacity]:
    """Counts the calls within the block, which must not write the same item concurrently.

    A write costs one unit for each 1,024 bytes or part of them, of the larger of the old and the new item, even if its
    condition fails; in a transaction it costs twice that. A strongly consistent read costs one unit for each 4,096
    bytes or part of them: of each item with GetItem and BatchGetItem, and of a page's total with Query and Scan. Other
    reads cost half.
    """
    capacity = Capacity()
    lock = threading.Lock()
    items = _Items(store.transport.call)

    def count(send: Send, operation: str, parameters: Parameters) -> Parameters:
        written = items.written(operation, parameters)
        old = [items.size(*key) for key in written]
        answer: Parameters = {}
        try:
            answer = send(operation, {**parameters, **(_TELL if operation in _BILLED else {})})
            return answer
        finally:
            larger = [max(size, items.size(*key)) for size, key in zip(old, written, strict=True)]
            each = 2 if operation == "TransactWriteItems" else 1
            read = read_units(operation, *_whole(operation, parameters, answer, send)) if answer else {}
            with lock:
                capacity.calls += 1
                for (table, _), size in zip(written, larger, strict=True):
                    capacity.written_of[_short(table)] += each * units(size, WRITE_UNIT)
                for table, used in read.items():
                    capacity.read_of[_short(table)] += used
                capacity.billed += _billed(answer)

    with store.calls.around(count):
        yield capacity


class _Items:
    """Reads stored items through calls that are not counted."""

    def __init__(self, call: Send) -> None:
        self._call = call
        self._keys: dict[str, list[str]] = {}

    def written(self, operation: str, request: Mapping[str, Any]) -> list[tuple[str, Item]]:
        """Returns table and key of each item that a request writes or checks with a condition."""
        if operation in ("PutItem", "UpdateItem", "DeleteItem"):
            return [self._key_of(request)]
        if operation == "TransactWriteItems":
            return [self._key_of(write) for one in request["TransactItems"] for write in one.values()]
        if operation == "BatchWriteItem":
            return [
                self._key_of({"TableName": table, **write})
                for table, writes in request["RequestItems"].items()
                for one in writes
                for write in one.values()
            ]
        return []

    def size(self, table: str, key: Item) -> int:
        found = self._call("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True})
        return item_size(found.get("Item", {}))

    def _key_of(self, write: Mapping[str, Any]) -> tuple[str, Item]:
        table = write["TableName"]
        if "Key" in write:
            return table, write["Key"]
        if table not in self._keys:
            schema = self._call("DescribeTable", {"TableName": table})["Table"]["KeySchema"]
            self._keys[table] = [element["AttributeName"] for element in schema]
        return table, {name: write["Item"][name] for name in self._keys[table]}


def _whole(operation: str, request: Parameters, answer: Parameters, send: Send) -> tuple[Parameters, Parameters]:
    """The request without its projection, which does not change its cost, and the answer to this request."""
    if "ProjectionExpression" not in request:
        return request, answer
    request = {name: value for name, value in request.items() if name != "ProjectionExpression"}
    return request, send(operation, request)


def _short(table: str) -> str:
    return table.rpartition("-")[2]


def read_units(operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, float]:
    """Read units by table. Raises ValueError for a request with a filter."""
    if "FilterExpression" in request:
        raise ValueError("the size of items that a filter leaves out is unknown; read without it")
    match operation:
        case "GetItem":
            return {request["TableName"]: units(item_size(answer.get("Item", {})), READ_UNIT) * _share(request)}
        case "BatchGetItem":
            return {
                table: _batch_units(
                    wanted, answer["Responses"].get(table, []), answer.get("UnprocessedKeys", {}).get(table)
                )
                for table, wanted in request["RequestItems"].items()
            }
        case "Query" | "Scan":
            used = units(sum(map(item_size, answer["Items"])), READ_UNIT) * _share(request)
            return {request["TableName"]: used}
    return {}


def _batch_units(wanted: Mapping[str, Any], found: list[Item], left: Mapping[str, Any] | None) -> float:
    missing = len(wanted["Keys"]) - len(found) - (len(left["Keys"]) if left else 0)
    return (sum(units(item_size(item), READ_UNIT) for item in found) + missing) * _share(wanted)


def _share(request: Mapping[str, Any]) -> float:
    return 1 if request.get("ConsistentRead") else 0.5


def units(size: int, unit: int) -> int:
    return max(1, math.ceil(size / unit))


def _billed(answer: Mapping[str, Any]) -> float:
    told = answer.get("ConsumedCapacity", [])
    return sum(float(table["CapacityUnits"]) for table in (told if isinstance(told, list) else [told]))


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return _number_size(content)
        case "B":
            return _binary_size(content)
        case "NULL" | "BOOL":
            return 1
        case "L":
            return 3 + sum(1 + _value_size(element) for element in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(element) for name, element in content.items())
        case "SS":
            return sum(len(element.encode()) for element in content)
        case "NS":
            return sum(_number_size(element) for element in content)
        case "BS":
            return sum(map(_binary_size, content))
    raise ValueError(f"unknown DynamoDB type {kind!r}")


def _binary_size(content: bytes | str) -> int:
    return len(content) if isinstance(content, bytes) else len(base64.b64decode(content))


def _number_size(text: str) -> int:
    """Returns one byte for the exponent, one for each pair of digits counted from the point, and one for a minus."""
    number = Decimal(text)
    if number == 0:
        return 1
    sign, digits, exponent = number.as_tuple()
    significant = "".join(map(str, digits)).rstrip("0")
    zeros = len(digits) - len(significant)
    return 1 + (len(significant) + (int(exponent) + zeros) % 2 + 1) // 2 + sign
