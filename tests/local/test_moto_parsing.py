"""Expressions that are parsed once mean what they do to moto itself, whichever names and values come with them."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local import moto_parsing
from tests.support.moto_transport import MotoTransport, moto_patched

ITEM: dict[str, Any] = {
    "k": {"S": "1"},
    "n": {"N": "5"},
    "s": {"S": "text"},
    "size": {"S": "reserved"},
    "l": {"L": [{"N": "1"}, {"N": "2"}, {"N": "3"}]},
    "m": {"M": {"n": {"N": "7"}}},
    "t": {"SS": ["a", "b"]},
}

CONDITIONS = [
    "n = :n",
    "#a = :n",
    "#a <> :n AND s = :s",
    "#a < :n OR NOT s = :s",
    "(n <= :n OR n >= :n) AND (s = :s)",
    "((n = :n))",
    "n BETWEEN :n AND :n2",
    "n IN (:n, :n2)",
    "size(l) > :n",
    "attribute_exists(m.n) AND attribute_not_exists(m.s)",
    "attribute_exists(#a) AND m.#b = :n",
    "attribute_type(s, :s)",
    "begins_with(s, :s)",
    "contains(t, :s)",
    "l[1] = :n",
    "size = :s",
    "n = :nowhere",
    "#nowhere = :n",
    "n = ",
    "n ? :n",
]

UPDATES = [
    "SET n = :n",
    "SET n = n + :n, s = :s",
    "SET n = n - :n REMOVE s",
    "SET #a = :n, m.#b = :s",
    "SET x = if_not_exists(x, :n)",
    "SET x = if_not_exists(nowhere, n)",
    "SET x = if_not_exists(nowhere, nowhere)",
    "SET x = if_not_exists(n, nowhere)",
    "SET x = if_not_exists(x, :n) + :n2, n = if_not_exists(n, :n2) - :n",
    "SET x = if_not_exists(x, if_not_exists(n, :n))",
    "SET x = n + m.n, m.n = :n, n = n - m.n",
    "SET x = :n + :n2 + n",
    "SET x = (:n)",
    "SET x = nowhere",
    "SET x = l[1], l[9] = n, n = l[9]",
    "SET n[0] = :n",
    "SET x = m, m.n = :n, t = t",
    "SET size = :s",
    "SET x = size",
    "SET l = list_append(nowhere, :l)",
    "SET l = list_append(l, :n)",
    "SET l = list_append(if_not_exists(nowhere, :l), l)",
    "SET l = list_append(l, :l)",
    "SET l[1] = :n REMOVE l[0]",
    "REMOVE l[0], l[2], #a",
    "ADD n :n, x :n2",
    "ADD n :n SET s = :s DELETE t :t",
    "SET n = :n, n = :n2",
    "SET #a = :n, n = :n2",
    "SET m = :n, m.n = :n2",
    "SET n = :n SET s = :s",
    "SET k = :s",
    "SET #k = :s",
    "SET x = k",
    "SET n = n + :s",
    "SET n = :nowhere",
    "SET #nowhere = :n",
    "SET m.nowhere.n = :n",
    "ADD s :n",
    "ADD t :t, m.x :n, m.n :n",
    "ADD nowhere :t DELETE nowhere :t",
    "DELETE t :both",
    "REMOVE m.n, m.nowhere, t REMOVE x",
    "REMOVE m.nowhere.n",
    "SET n",
    "",
]

GIVEN: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"#a": "n", "#b": "n", "#k": "k"}, {":n": {"N": "5"}, ":n2": {"N": "9"}, ":s": {"S": "text"}}),
    ({"#a": "x", "#b": "s", "#k": "x"}, {":n": {"N": "7"}, ":n2": {"N": "6"}, ":s": {"S": "S"}}),
    ({"#a": "s", "#b": "n", "#k": "m"}, {":n": {"S": "5"}, ":n2": {"N": "6"}, ":s": {"S": "a"}}),
]
"""Names and values that the same texts are sent with, one after the other; each call names those that it uses."""

ITEMS = MotoTransport()
"""Writes and reads whole items in a tenth of the time that boto3 takes."""

MORE = {":l": {"L": [{"S": "new"}]}, ":t": {"SS": ["a"]}, ":both": {"SS": ["a", "b"]}}


@pytest.fixture
def client(aws_credentials: None) -> Iterator[Any]:
    with mock_aws():
        made = boto3.client("dynamodb")
        made.create_table(
            TableName="one",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield made
        made.close()


def used(text: str, given: dict[str, Any]) -> dict[str, Any]:
    words = text.replace("(", " ").replace(")", " ").replace(",", " ").replace(".", " ").split()
    return {name: value for name, value in given.items() if name in words}


def outcome(client: Any, parameters: dict[str, Any]) -> Any:
    """What a call answers, or how it is refused, and the item afterwards."""
    ITEMS.call("PutItem", {"TableName": "one", "Item": ITEM})
    try:
        answer: Any = client.update_item(TableName="one", Key={"k": ITEM["k"]}, ReturnValues="ALL_NEW", **parameters)
        del answer["ResponseMetadata"]
    except ClientError as error:
        answer = error.response["Error"]
    except Exception as error:  # moto's own, where it does not foresee a fault
        answer = type(error), str(error)
    return answer, ITEMS.call("GetItem", {"TableName": "one", "Key": {"k": ITEM["k"]}})["Item"]


def outcomes(client: Any, calls: list[dict[str, str]]) -> list[Any]:
    found = []
    for names, values in GIVEN:
        for call in calls:
            text = " ".join(call.values())
            placeholders = {
                "ExpressionAttributeNames": used(text, names),
                "ExpressionAttributeValues": used(text, values | MORE),
            }
            found.append(outcome(client, call | {name: some for name, some in placeholders.items() if some}))
    return found


@pytest.mark.parametrize(
    "calls",
    [
        [{"UpdateExpression": "SET x = :n2", "ConditionExpression": condition} for condition in CONDITIONS],
        [{"UpdateExpression": update} for update in UPDATES],
    ],
    ids=["conditions", "updates"],
)
def test_each_is_answered_as_by_moto_itself(client: Any, calls: list[dict[str, str]]) -> None:
    expected = outcomes(client, calls)
    with moto_patched():
        assert outcomes(client, calls) == expected
        assert outcomes(client, calls) == expected
    assert len({str(answer) for answer, _ in expected}) > len(calls) // 2


def test_a_text_is_parsed_once(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []

    def noted(text: str) -> Any:
        parsed.append(text)
        return original(text)

    original = moto_parsing._make_update
    monkeypatch.setattr(moto_parsing, "_make_update", noted)
    with moto_patched():
        for value in ("1", "2"):
            outcome(client, {"UpdateExpression": "SET once = :v", "ExpressionAttributeValues": {":v": {"N": value}}})
    assert parsed == ["SET once = :v"]
