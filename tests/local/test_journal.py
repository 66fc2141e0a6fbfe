"""The journal in front of moto: what was written is there after a restart."""

import base64
import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.core.base_backend import BackendDict
from werkzeug.test import Client

from local.journal import DatabaseJournal, JournalError, Kept
from local.moto_direct import moto

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
)
KEPT: dict[str, Kept] = {"late": "late", "written": "written"}
KEY = {"k": {"S": "one"}, "r": {"N": "1"}}


class Database:
    """A journal on a file, asked as a client of DynamoDB asks."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.journal = self._opened()

    def ask(self, operation: str, **request: Any) -> Any:
        answer = Client(self.journal).post(
            "/",
            data=json.dumps(request),
            content_type="application/x-amz-json-1.0",
            headers={"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Authorization": AUTHORIZATION},
        )
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text)

    def create(self, name: str = "plain") -> None:
        self.ask(
            "CreateTable",
            TableName=name,
            AttributeDefinitions=[
                {"AttributeName": "k", "AttributeType": "S"},
                {"AttributeName": "r", "AttributeType": "N"},
            ],
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def put(self, table: str = "plain", **fields: Any) -> None:
        self.ask("PutItem", TableName=table, Item=KEY | fields)

    def items(self, table: str = "plain") -> list[Any]:
        found = self.ask("Scan", TableName=table, ConsistentRead=True)["Items"]
        return sorted(found, key=lambda item: (item["k"]["S"], int(item["r"]["N"])))

    def reopen(self) -> None:
        self.journal.close()
        self.reopen_after_a_kill()

    def reopen_after_a_kill(self) -> None:
        """Without an orderly close, which would write more."""
        self.journal._file.close()
        BackendDict.reset()
        self.journal = self._opened()

    def _opened(self) -> DatabaseJournal:
        return DatabaseJournal(moto, self._file, lambda table: KEPT.get(table, "on disk"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "dynamodb.sqlite"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    BackendDict.reset()
    opened = Database(file)
    opened.create()
    yield opened
    opened.journal._file.close()
    BackendDict.reset()


def test_put_update_and_delete_survive(database: Database) -> None:
    database.put(a={"S": "put"})
    database.ask("PutItem", TableName="plain", Item={"k": {"S": "two"}, "r": {"N": "2"}})
    database.ask(
        "UpdateItem",
        TableName="plain",
        Key=KEY,
        UpdateExpression="SET b = :b ADD n :n",
        ExpressionAttributeValues={":b": {"S": "updated"}, ":n": {"N": "3"}},
    )
    database.ask("DeleteItem", TableName="plain", Key={"k": {"S": "two"}, "r": {"N": "2"}})
    database.reopen_after_a_kill()
    assert database.items() == [{**KEY, "a": {"S": "put"}, "b": {"S": "updated"}, "n": {"N": "3"}}]


def test_an_update_that_creates_its_item_survives(database: Database) -> None:
    database.ask(
        "UpdateItem",
        TableName="plain",
        Key=KEY,
        UpdateExpression="ADD n :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )
    database.reopen_after_a_kill()
    assert database.items() == [{**KEY, "n": {"N": "1"}}]


def test_a_transaction_survives_whole(database: Database) -> None:
    other = {"k": {"S": "two"}, "r": {"N": "2"}}
    third = {"k": {"S": "three"}, "r": {"N": "3"}}
    database.put()
    database.ask("PutItem", TableName="plain", Item=third)
    update = {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "changed"}}}
    database.ask(
        "TransactWriteItems",
        TransactItems=[
            {"Put": {"TableName": "plain", "Item": other}},
            {"Delete": {"TableName": "plain", "Key": KEY}},
            {"Update": {"TableName": "plain", "Key": third, **update}},
            {
                "ConditionCheck": {
                    "TableName": "plain",
                    "Key": {"k": {"S": "none"}, "r": {"N": "0"}},
                    "ConditionExpression": "attribute_not_exists(k)",
                }
            },
        ],
    )
    database.reopen_after_a_kill()
    assert database.items() == [{**third, "a": {"S": "changed"}}, other]


def test_a_batch_survives(database: Database) -> None:
    database.put()
    others = [{"k": {"S": "batch"}, "r": {"N": str(number)}} for number in range(24)]
    writes = [{"PutRequest": {"Item": item}} for item in others]
    database.ask("BatchWriteItem", RequestItems={"plain": [*writes, {"DeleteRequest": {"Key": KEY}}]})
    database.reopen_after_a_kill()
    assert database.items() == others


def test_a_refused_write_leaves_what_was_there(database: Database) -> None:
    database.put(a={"S": "first"})
    with pytest.raises(AssertionError, match="ConditionalCheckFailed"):
        database.ask("PutItem", TableName="plain", Item=KEY, ConditionExpression="attribute_not_exists(k)")
    database.reopen_after_a_kill()
    assert database.items() == [{**KEY, "a": {"S": "first"}}]


@pytest.mark.parametrize(
    "value",
    [
        {"B": base64.b64encode(bytes(range(256))).decode()},
        {"B": ""},
        {"S": ""},
        {"S": "\x00\x7f\u2028\U0001f5fc\ud7ff 东京"},
        {"N": "0"},
        {"N": "-0.1"},
        {"N": "12345678901234567890123456789012345678"},
        {"N": "1E+125"},
        {"BOOL": False},
        {"NULL": True},
        {"L": []},
        {"M": {}},
        {"M": {"a b.c": {"L": [{"N": "1"}, {"B": "AA=="}, {"M": {"S": {"S": ""}}}]}}},
        {"SS": ["a", "b"]},
        {"NS": ["1", "2.5"]},
        {"BS": ["AA==", "AQ=="]},
    ],
    ids=str,
)
def test_every_value_is_the_same_after_a_restart(database: Database, value: dict[str, Any]) -> None:
    database.put(a=value)
    before = database.items()
    database.reopen_after_a_kill()
    assert database.items() == before == [{**KEY, "a": value}]


def test_every_value_is_usable_in_an_update_after_a_restart(database: Database) -> None:
    database.put(n={"N": "41"})
    database.reopen_after_a_kill()
    database.ask(
        "UpdateItem",
        TableName="plain",
        Key=KEY,
        UpdateExpression="ADD n :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )
    assert database.items() == [{**KEY, "n": {"N": "42"}}]


def test_a_written_table_is_kept_without_a_flush(database: Database) -> None:
    database.create("written")
    database.put("written", a={"S": "taken"})
    database.reopen_after_a_kill()
    assert database.items("written") == [{**KEY, "a": {"S": "taken"}}]


def test_a_late_table_is_kept_after_a_flush(database: Database) -> None:
    database.create("late")
    database.put("late", a={"S": "flushed"})
    database.journal.flush()
    database.put("late", a={"S": "newer"})
    database.reopen_after_a_kill()
    assert database.items("late") == [{**KEY, "a": {"S": "flushed"}}]


def test_a_late_table_is_kept_whole_when_closed_in_order(database: Database) -> None:
    database.create("late")
    database.put("late", a={"S": "closed"})
    database.reopen()
    assert database.items("late") == [{**KEY, "a": {"S": "closed"}}]


def test_a_deleted_item_of_a_late_table_is_gone_after_a_flush(database: Database) -> None:
    database.create("late")
    database.put("late")
    database.journal.flush()
    database.ask("DeleteItem", TableName="late", Key=KEY)
    database.reopen()
    assert database.items("late") == []


@pytest.mark.parametrize("table", ["plain", "late"])
def test_a_deleted_table_is_gone_with_its_items(database: Database, table: str) -> None:
    if table == "late":
        database.create(table)
    database.put(table)
    database.journal.flush()
    database.ask("DeleteTable", TableName=table)
    database.reopen()
    assert table not in database.ask("ListTables")["TableNames"]
    database.create(table)
    assert database.items(table) == []


def test_a_late_table_may_be_deleted_before_it_was_flushed(database: Database) -> None:
    database.create("late")
    database.put("late")
    database.ask("DeleteTable", TableName="late")
    database.journal.flush()


def test_tables_and_their_ttl_are_there_again(database: Database) -> None:
    specification = {"Enabled": True, "AttributeName": "ttl"}
    database.ask("UpdateTimeToLive", TableName="plain", TimeToLiveSpecification=specification)
    before = database.ask("DescribeTable", TableName="plain")["Table"]
    database.reopen_after_a_kill()
    after = database.ask("DescribeTable", TableName="plain")["Table"]
    same = ("TableName", "KeySchema", "AttributeDefinitions", "BillingModeSummary", "TableStatus")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    ttl = database.ask("DescribeTimeToLive", TableName="plain")["TimeToLiveDescription"]
    assert ttl == {"AttributeName": "ttl", "TimeToLiveStatus": "ENABLED"}


@pytest.mark.parametrize(
    ("ttl", "stays"),
    [
        ({}, True),
        ({"ttl": {"N": str(int(time.time()) - 1)}}, False),
        ({"ttl": {"N": str(int(time.time()) + 86_400)}}, True),
        ({"ttl": {"S": "1"}}, True),
    ],
    ids=["none", "past", "to come", "no number"],
)
def test_expired_items_are_removed(database: Database, ttl: dict[str, Any], stays: bool) -> None:
    specification = {"Enabled": True, "AttributeName": "ttl"}
    database.ask("UpdateTimeToLive", TableName="plain", TimeToLiveSpecification=specification)
    database.put(**ttl)
    database.journal.flush()
    assert bool(database.items()) is stays
    database.reopen_after_a_kill()
    assert bool(database.items()) is stays


def test_what_a_killed_system_had_answered_is_there(file: Path, database: Database) -> None:
    for number in range(20):
        database.ask("PutItem", TableName="plain", Item={"k": {"S": "one"}, "r": {"N": str(number)}})
    copies = _copied(file, file.parent / "copy")
    database.journal._file.close()
    BackendDict.reset()
    restored = Database(copies)
    assert len(restored.items()) == 20
    restored.journal._file.close()


@pytest.mark.parametrize("share", [0, 0.1, 0.35, 0.5, 0.9, 0.99])
def test_a_torn_file_is_readable_up_to_the_tear(file: Path, database: Database, share: float) -> None:
    for number in range(20):
        database.ask("PutItem", TableName="plain", Item={"k": {"S": "one"}, "r": {"N": str(number)}})
    copy = _copied(file, file.parent / "copy", share)
    database.journal._file.close()
    BackendDict.reset()
    torn = Database(copy)
    try:
        if "plain" not in torn.ask("ListTables")["TableNames"]:
            torn.create()
        numbers = [int(item["r"]["N"]) for item in torn.items()]
        assert numbers == list(range(len(numbers)))
        torn.put()
        torn.reopen_after_a_kill()
        assert KEY in torn.items()
    finally:
        torn.journal._file.close()


def test_one_file_is_of_one_journal(file: Path, database: Database) -> None:
    with pytest.raises(JournalError, match="another system uses it"):
        Database(file)
    database.put()
    database.reopen()
    assert len(database.items()) == 1


@pytest.mark.parametrize(
    "spoilt", [b"no database at all, but more than a hundred bytes of text\n" * 10, b"\xff" * 4096]
)
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, spoilt: bytes) -> None:
    file = tmp_path / "dynamodb.sqlite"
    file.write_bytes(spoilt)
    with pytest.raises(JournalError, match=r"cannot use .*dynamodb\.sqlite"):
        Database(file)
    assert file.read_bytes() == spoilt


def test_its_files_are_for_this_user_only(file: Path, database: Database) -> None:
    database.put()
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    for one in file.parent.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600


def test_reads_write_nothing(file: Path, database: Database) -> None:
    database.put()
    changes = database.journal._file.total_changes
    database.ask("GetItem", TableName="plain", Key=KEY)
    database.ask(
        "Query", TableName="plain", KeyConditionExpression="k = :k", ExpressionAttributeValues={":k": KEY["k"]}
    )
    assert database.items()
    assert database.journal._file.total_changes == changes


def _copied(file: Path, folder: Path, share: float = 1.0) -> Path:
    """The file and so much of its write-ahead log, as a crash might leave them."""
    folder.mkdir()
    copy = folder / file.name
    copy.write_bytes(file.read_bytes())
    log = file.with_name(f"{file.name}-wal").read_bytes()
    assert log
    copy.with_name(f"{file.name}-wal").write_bytes(log[: int(len(log) * share)])
    return copy
