"""Items in DynamoDB's JSON, and the parameters of the calls that write them."""

from binascii import a2b_base64
from collections.abc import Sequence
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action, Update

Item = dict[str, dict[str, Any]]
"""An item in DynamoDB's JSON: {"name": {"S": "…"}}. Binary values are base64 text in answers, bytes in requests."""


def number(value: int) -> dict[str, str]:
    """A number value, for paths that no model declares."""
    return {"N": str(value)}


def binary(value: dict[str, Any]) -> bytes:
    """The bytes of a binary value from an answer, {"B": base64 text}."""
    return a2b_base64(value["B"])


def update_of(table: str, key: Item, actions: Sequence[Action], condition: Condition | None = None) -> dict[str, Any]:
    """The parameters of an UpdateItem, alone or in a transaction."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    change: dict[str, Any] = {"TableName": table, "Key": key}
    if condition is not None:
        change["ConditionExpression"] = condition.serialize(names, values)
    change["UpdateExpression"] = Update(*actions).serialize(names, values)
    return change | placeholders(names, values)


def put_of(table: str, item: Item, condition: Condition | None = None) -> dict[str, Any]:
    """The parameters of a PutItem, alone or in a transaction."""
    return {"TableName": table, "Item": item} | _condition(condition)


def delete_of(table: str, key: Item, condition: Condition | None = None) -> dict[str, Any]:
    """The parameters of a DeleteItem, alone or in a transaction."""
    return {"TableName": table, "Key": key} | _condition(condition)


def placeholders(names: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
    """The parameters that resolve the placeholders of a serialized expression."""
    found: dict[str, Any] = {}
    if names:
        found["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in names.items()}
    if values:
        found["ExpressionAttributeValues"] = values
    return found


def _condition(condition: Condition | None) -> dict[str, Any]:
    if condition is None:
        return {}
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    return {"ConditionExpression": condition.serialize(names, values)} | placeholders(names, values)
