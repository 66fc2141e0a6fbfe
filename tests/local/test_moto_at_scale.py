"""The embedded DynamoDB answers as moto does, and rolls a transaction back though it copies no tables."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local import moto_at_scale, moto_direct
from tests.support.dynamodb import serving
from tests.support.moto_transport import moto_patched

EVERY_TYPE = {
    "text": {"S": "ä \u0000 \U0001f600"},
    "number": {"N": "-12345678901234567890.5"},
    "bytes": {"B": b"\x00\xff"},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2.5"]},
    "bytes_": {"BS": [b"\x00", b"\x01"]},
    "list": {"L": [{"S": "x"}, {"B": b"\xff"}, {"M": {"deep": {"N": "1"}}}]},
    "map": {"M": {"inner": {"BS": [b"\x02"]}, "none": {"NULL": True}}},
    "true": {"BOOL": True},
}


@pytest.fixture(scope="module")
def embedded(dynamodb_url: str) -> Iterator[Any]:
    client = boto3.client("dynamodb", endpoint_url=dynamodb_url)
    create_tables(client)
    yield client
    client.close()


def create_tables(client: Any) -> None:
    for table, key in (("plain", ("k",)), ("ranged", ("k", "r"))):
        client.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": n, "KeyType": t} for n, t in zip(key, ("HASH", "RANGE"), strict=False)],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in key],
            BillingMode="PAY_PER_REQUEST",
        )


def key(number: int, table: str = "plain") -> dict[str, Any]:
    return {"k": {"S": f"{number}"}} | ({"r": {"S": "r"}} if table == "ranged" else {})


def read(client: Any, number: int, table: str = "plain") -> Any:
    return client.get_item(TableName=table, Key=key(number, table)).get("Item")


def test_every_type_is_answered_as_by_moto_itself(embedded: Any) -> None:
    embedded.put_item(TableName="plain", Item=key(0) | EVERY_TYPE)
    with mock_aws():
        client = boto3.client("dynamodb")
        create_tables(client)
        client.put_item(TableName="plain", Item=key(0) | EVERY_TYPE)
        expected = read(client, 0)
        client.close()
    assert read(embedded, 0) == expected == key(0) | EVERY_TYPE


@pytest.mark.parametrize("kind", ["B", r"\u0042"])
def test_bytes_are_kept_however_their_type_is_written(aws_credentials: None, kind: str) -> None:
    item = json.dumps(key(8)).removesuffix("}") + f', "bytes": {{"{kind}": "AP8="}}, "set": {{"{kind}S": ["AQ=="]}}}}'
    with mock_aws(), moto_patched():
        client = boto3.client("dynamodb")
        create_tables(client)
        assert moto_direct.answer("PutItem", f'{{"TableName": "plain", "Item": {item}}}'.encode()) == b"{}"
        found = read(client, 8)
        client.close()
    assert found == {**key(8), "bytes": {"B": b"\x00\xff"}, "set": {"BS": [b"\x01"]}}


def every_operation(client: Any) -> list[Any]:
    """What calls of every kind answer, failures included."""
    values = {":n": {"N": "1"}, ":b": {"B": b"\x00\xff"}, ":l": {"L": [{"B": b"\x01"}]}}
    update = "SET #b = :b, #l = :l, #m.#b = :b ADD #n :n"
    names = {"#b": "b", "#l": "l", "#n": "n", "#m": "m"}
    whole = {**key(1, "ranged"), "m": {"M": {"B": {"B": b"\xff"}, "BS": {"L": []}}}}
    updated = {"Key": key(1, "ranged"), "UpdateExpression": update, "ExpressionAttributeNames": names}
    ranged: dict[str, Any] = {"TableName": "ranged"}
    query = {"KeyConditionExpression": "k = :k", "ExpressionAttributeValues": {":k": {"S": "1"}}, "Limit": 1}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("put_item", {"Item": whole}),
        ("put_item", {"Item": whole, "ReturnValues": "ALL_OLD", "ReturnConsumedCapacity": "TOTAL"}),
        ("put_item", {"Item": whole, "ConditionExpression": "attribute_not_exists(k)"}),
        ("update_item", {**updated, "ExpressionAttributeValues": values, "ReturnValues": "ALL_NEW"}),
        ("update_item", {**updated, "ExpressionAttributeValues": values}),
        ("update_item", {**updated, "ExpressionAttributeValues": {}}),
        ("get_item", {"Key": key(1, "ranged"), "ConsistentRead": True, "ReturnConsumedCapacity": "TOTAL"}),
        ("get_item", {"Key": key(1, "ranged"), "ProjectionExpression": "b, n"}),
        ("get_item", {"Key": key(999, "ranged")}),
        ("get_item", {"Key": key(1, "ranged"), "TableName": "nowhere"}),
        ("query", query),
        ("query", {**query, "ExclusiveStartKey": key(1, "ranged")}),
        ("scan", {"Limit": 1}),
        ("delete_item", {"Key": key(1, "ranged"), "ReturnValues": "ALL_OLD"}),
        ("delete_item", {"Key": key(1, "ranged")}),
    ]
    whole_calls: list[tuple[str, dict[str, Any]]] = [
        ("batch_write_item", {"RequestItems": {"ranged": [{"PutRequest": {"Item": whole}}]}}),
        ("batch_get_item", {"RequestItems": {"ranged": {"Keys": [key(1, "ranged")]}, "plain": {"Keys": [key(999)]}}}),
        ("transact_write_items", {"TransactItems": [{"Delete": {**ranged, "Key": key(1, "ranged")}}]}),
        (
            "transact_write_items",
            {"TransactItems": [{"Put": {**ranged, "Item": whole, "ConditionExpression": "a = a"}}]},
        ),
        ("list_tables", {}),
    ]
    return [answered(client, *call) for call in [(name, ranged | more) for name, more in calls] + whole_calls]


def answered(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    try:
        answer = getattr(client, operation)(**parameters)
    except ClientError as error:
        return error.response["Error"]
    del answer["ResponseMetadata"]
    return answer


def test_every_operation_is_answered_as_by_moto_itself(aws_credentials: None) -> None:
    with mock_aws():
        client = boto3.client("dynamodb")
        create_tables(client)
        expected = every_operation(client)
        client.close()
    with serving() as url:
        client = boto3.client("dynamodb", endpoint_url=url)
        create_tables(client)
        found = every_operation(client)
        client.close()
    assert found == expected


@pytest.mark.parametrize("table", ["plain", "ranged"])
def test_refused_transaction_leaves_everything_as_it_was(embedded: Any, table: str) -> None:
    for number in (1, 2, 3, 5):
        embedded.put_item(TableName=table, Item={**key(number, table), "n": {"N": str(number)}})
    before = [read(embedded, number, table) for number in range(1, 6)]
    writes: list[dict[str, Any]] = [
        {"Put": {"Item": {**key(1, table), "n": {"N": "100"}}}},
        {"Update": {"Key": key(2, table), "UpdateExpression": "ADD n :n", "ExpressionAttributeValues": N}},
        {"Delete": {"Key": key(3, table)}},
        {"Put": {"Item": {**key(4, table), "n": {"N": "100"}}}},
        {"ConditionCheck": {"Key": key(5, table), "ConditionExpression": "attribute_not_exists(k)"}},
    ]
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        embedded.transact_write_items(
            TransactItems=[{kind: {"TableName": table, **write}} for item in writes for kind, write in item.items()]
        )
    assert [read(embedded, number, table) for number in range(1, 6)] == before


N = {":n": {"N": "7"}}


def test_transaction_that_holds_writes_everything(embedded: Any) -> None:
    embedded.put_item(TableName="plain", Item={**key(6), "n": {"N": "1"}})
    update = {"Key": key(6), "UpdateExpression": "ADD n :n", "ExpressionAttributeValues": N}
    embedded.transact_write_items(
        TransactItems=[
            {"Update": {"TableName": "plain", **update}},
            {"Put": {"TableName": "ranged", "Item": key(7, "ranged")}},
        ]
    )
    assert (read(embedded, 6)["n"], read(embedded, 7, "ranged")) == ({"N": "8"}, key(7, "ranged"))


def test_a_query_looks_at_nothing_but_its_partition(monkeypatch: pytest.MonkeyPatch, aws_credentials: None) -> None:
    monkeypatch.setattr(moto_at_scale, "_all_items", lambda _: pytest.fail("the whole table was sorted"))
    with mock_aws(), moto_patched():
        client = boto3.client("dynamodb")
        create_tables(client)
        for partition, place in (("1", "a"), ("2", "a"), ("2", "b")):
            client.put_item(TableName="ranged", Item={"k": {"S": partition}, "r": {"S": place}})
        for partition, expected in (("1", ["a"]), ("2", ["a", "b"]), ("3", [])):
            found = client.query(
                TableName="ranged", KeyConditionExpression="k = :k", ExpressionAttributeValues={":k": {"S": partition}}
            )
            assert [item["r"]["S"] for item in found["Items"]] == expected
        client.close()
