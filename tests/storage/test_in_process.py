"""moto in this process, on which most tests of the store run, answers as its server does over the fast transport."""

from typing import Any

from benchmarks.watched_store import WatchedStore, opened_patiently
from chalicelib.storage.calls import Transport
from chalicelib.storage.failures import CallRefused
from tests.support.moto_transport import MotoTransport, moto_in_process

TABLE: dict[str, Any] = {"TableName": "in-process"}
KEY = {"k": {"S": "1"}, "r": {"B": b"\x00\xff"}}
ITEM = {**KEY, "n": {"N": "1"}, "b": {"B": b"\x01\xfe"}, "l": {"L": [{"B": b"\x02"}, {"M": {"s": {"S": "ä"}}}]}}
ONLY_NEW = {"ConditionExpression": "attribute_not_exists(k)"}
ADDED = {"UpdateExpression": "ADD n :n", "ExpressionAttributeValues": {":n": {"N": "2"}}}
OF_KEY = {"KeyConditionExpression": "k = :k", "ExpressionAttributeValues": {":k": KEY["k"]}}

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("PutItem", {**TABLE, "Item": ITEM, **ONLY_NEW}),
    ("PutItem", {**TABLE, "Item": ITEM, **ONLY_NEW}),
    ("PutItem", {**TABLE, "Item": ITEM, **ONLY_NEW, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}),
    ("GetItem", {**TABLE, "Key": KEY, "ConsistentRead": True}),
    ("UpdateItem", {**TABLE, "Key": KEY, **ADDED, "ReturnValues": "ALL_NEW"}),
    ("UpdateItem", {**TABLE, "Key": KEY, **ADDED, **ONLY_NEW, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}),
    ("Query", {**TABLE, **OF_KEY, "ConsistentRead": True, "Limit": 1}),
    ("Scan", {**TABLE, "ConsistentRead": True}),
    ("BatchWriteItem", {"RequestItems": {"in-process": [{"PutRequest": {"Item": {**ITEM, "k": {"S": "2"}}}}]}}),
    ("BatchGetItem", {"RequestItems": {"in-process": {"Keys": [KEY, {**KEY, "k": {"S": "3"}}]}}}),
    ("TransactWriteItems", {"TransactItems": [{"Update": {**TABLE, "Key": KEY, **ADDED}}]}),
    (
        "TransactWriteItems",
        {"TransactItems": [{"Delete": {**TABLE, "Key": KEY}}, {"Put": {**TABLE, "Item": ITEM | KEY, **ONLY_NEW}}]},
    ),
    ("TransactWriteItems", {"TransactItems": [{"ConditionCheck": {**TABLE, "Key": KEY, **ONLY_NEW}}]}),
    ("DeleteItem", {**TABLE, "Key": KEY}),
    ("GetItem", {**TABLE, "Key": KEY}),
    ("GetItem", {"TableName": "nowhere", "Key": KEY}),
    ("GetItem", {**TABLE, "Key": {"k": {"S": "1"}}}),
]
"""Every operation of the store on items, and refusals of each kind."""


def test_every_operation_is_answered_as_over_http(dynamodb_url: str) -> None:
    served = opened_patiently(dynamodb_url, "")
    over_http = answers(served)
    served.transport.close()
    with moto_in_process():
        assert answers(WatchedStore("", MotoTransport())) == over_http
    assert len({str(answer) for answer in over_http}) > len(CALLS) // 2


def answers(store: WatchedStore) -> list[Any]:
    store.transport.call(
        "CreateTable",
        {
            **TABLE,
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in (("k", "S"), ("r", "B"))],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    return [answer(store.transport, *call) for call in CALLS]


def answer(transport: Transport, operation: str, parameters: dict[str, Any]) -> Any:
    try:
        return transport.call(operation, parameters)
    except CallRefused as error:
        return error.code, error.status, error.answer
