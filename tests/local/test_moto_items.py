"""Items are stored, measured, copied and returned as by moto itself."""

import copy
from typing import Any

import pytest
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.utilities import dynamo_to_dict

from local import moto_items
from tests.local.test_moto_at_scale import EVERY_TYPE
from tests.support.moto_transport import moto_patched

ATTRIBUTES: dict[str, Any] = {**EVERY_TYPE, "nested": {"M": EVERY_TYPE}, "maps": {"L": [{"M": EVERY_TYPE}]}}
KEY = DynamoType({"S": "1"})


def test_an_item_is_measured_and_answered_as_by_moto_itself() -> None:
    item: Any = Item(KEY, None, ATTRIBUTES)
    expected = [item.size(), *(value.size() for value in item.attrs.values())], dynamo_to_dict(item)
    with moto_patched():
        made: Any = Item(KEY, None, ATTRIBUTES)
        found = [made.size(), *(value.size() for value in made.attrs.values())], moto_items.plain(made)
    assert found == expected
    assert moto_items.plain({"Item": item.attrs}) == dynamo_to_dict({"Item": item.attrs})
    assert made == item
    assert type(made.attrs) is type(item.attrs)


def test_what_is_changed_in_a_copy_stays_as_it_was_in_the_item() -> None:
    item: Any = Item(KEY, None, ATTRIBUTES)
    with moto_patched():
        made: Any = copy.deepcopy(item)
    assert made == item
    for attributes in (made.attrs, made.attrs["nested"].value, made.attrs["maps"].value[0].value):
        attributes["map"]["new"] = DynamoType({"S": "x"})
        attributes["list"].value.append(DynamoType({"S": "x"}))
        for name in ("texts", "numbers", "bytes_"):
            attributes[name].value.append("x")
        del attributes["text"]
    assert item == Item(KEY, None, ATTRIBUTES)


@pytest.mark.parametrize("length", [199_990, 200_010, 404_990, 405_010])
def test_an_item_is_refused_from_the_size_on_that_moto_refuses(length: int) -> None:
    attributes = {"a": {"S": "x" * (length // 2)}, "b": {"M": {"c": {"S": "x" * (length // 2)}}}}
    refused = is_refused(attributes)
    with moto_patched():
        assert is_refused(attributes) == refused == (length > 405_000)


def is_refused(attributes: dict[str, Any]) -> bool:
    try:
        Item(KEY, None, attributes)
    except ItemSizeTooLarge:
        return True
    return False
