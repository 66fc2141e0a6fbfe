"""Makes moto store, measure, copy and return items faster.

moto measures the whole item for each attribute that it adds, and creates new objects for everything in a map to
measure, copy or return it. That takes half the time of a call that reads or writes a large item.
"""

from typing import Any

from moto.dynamodb.models import dynamo_type, utilities
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict

# mypy cannot type this class.
Item: Any = dynamo_type.Item

CONTAINERS = frozenset(("L", "M", "SS", "NS", "BS"))
"""The types whose values moto changes in place."""

SURELY_SMALL = 200_000
"""Bytes. moto measures larger items itself; it rejects them above 405,000 bytes."""

_plain = utilities.dynamo_to_dict
_size = DynamoType.size
_make = Item.__init__


def make(self: Any, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]) -> None:
    """Replaces Item.__init__."""
    self.hash_key, self.range_key = hash_key, range_key
    self.attrs = _attributes({name: DynamoType(value) for name, value in attrs.items()})
    if self.size() > SURELY_SMALL:
        _make(self, hash_key, range_key, attrs)


def size(self: DynamoType) -> int:
    """Replaces DynamoType.size."""
    if self.type == "S" and self.value.isascii():
        return len(self.value)
    if self.type == "M":
        return sum(utilities.bytesize(name) + size(value) for name, value in self.value.items())
    return _size(self)


def copy_of_value(self: DynamoType, _: Any = None) -> DynamoType:
    """Replaces DynamoType.__deepcopy__. Only containers are copied, as moto never changes other values."""
    if self.type not in CONTAINERS:
        return self
    made = DynamoType.__new__(DynamoType)
    made.type = self.type
    if self.type == "M":
        made.value = {name: copy_of_value(value) for name, value in self.value.items()}
    elif self.type == "L":
        made.value = [copy_of_value(value) for value in self.value]
    else:
        made.value = list(self.value)
    return made


def copy_of_item(self: Any, _: Any = None) -> Any:
    """Replaces Item.__deepcopy__."""
    made = Item.__new__(Item)
    made.hash_key, made.range_key = self.hash_key, self.range_key
    made.attrs = _attributes({name: copy_of_value(value) for name, value in self.attrs.items()})
    return made


def _attributes(values: dict[str, DynamoType]) -> LimitedSizeDict:
    made = LimitedSizeDict()
    dict.update(made, values)  # its own method measures everything for each attribute
    return made


def plain(found: Any) -> Any:
    """Replaces dynamo_to_dict."""
    kind = type(found)
    if kind is str or kind is bool:
        return found
    if kind is DynamoType and found.type not in ("B", "BS"):
        return {found.type: plain(found.value)}
    if kind is dict or kind is LimitedSizeDict:
        return {name: plain(value) for name, value in found.items()}
    if kind is list:
        return [plain(value) for value in found]
    return plain(found.to_json()) if kind is Item else _plain(found)
