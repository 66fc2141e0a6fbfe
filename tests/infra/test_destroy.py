"""Removing what a stage keeps."""

from contextlib import closing

import boto3

from infra.destroy import remove_table
from tests.support.scripted_dynamodb import DONE, Answer, error, scripted_dynamodb

TABLE = "nezha-prod-servers"


def described(status: str, *, protected: bool = False) -> Answer:
    return Answer({"Table": {"TableName": TABLE, "TableStatus": status, "DeletionProtectionEnabled": protected}})


GONE = error("ResourceNotFoundException")


def asked_when(*answers: Answer) -> list[str]:
    """The operations of a removal to which DynamoDB answers so."""
    with (
        scripted_dynamodb() as scripted,
        closing(
            boto3.client(
                "dynamodb",
                endpoint_url=scripted.url,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
        ) as client,
    ):
        scripted.will_answer(answers)
        remove_table(client, TABLE)
        return scripted.operations


def test_a_table_is_deleted_once_its_protection_is_off() -> None:
    """DynamoDB refuses to delete a table while it updates it."""
    asked = asked_when(
        *(described("ACTIVE", protected=True), DONE),
        *(described("UPDATING"), described("ACTIVE"), DONE),
        GONE,
    )
    assert asked == [
        *("DescribeTable", "UpdateTable"),
        *("DescribeTable", "DescribeTable", "DeleteTable"),
        "DescribeTable",
    ]


def test_a_table_that_lost_its_protection_before_is_deleted() -> None:
    asked = asked_when(described("ACTIVE"), described("ACTIVE"), DONE, GONE)
    assert asked == ["DescribeTable", "DescribeTable", "DeleteTable", "DescribeTable"]


def test_a_table_that_is_not_there_is_no_failure() -> None:
    assert asked_when(GONE) == ["DescribeTable"]
