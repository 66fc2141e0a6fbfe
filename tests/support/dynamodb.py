"""A DynamoDB over HTTP for tests: moto's in a process of its own, or one that the environment names.

Served by one thread, each of its requests is atomic, as each of `MotoTransport` is in one process.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.watched_store import WatchedStore, opened_patiently
from chalicelib.storage.calls import BATCH_WRITE_ITEMS, Database
from chalicelib.storage.tables import TABLES
from local.signed_calls import KEY_VARIABLE

GIVEN = "NEZHA_TEST_DYNAMODB"
"""The variable with the URL of a DynamoDB-compatible server to test against, for example http://127.0.0.1:8000"""

KEY = "test"
"""The access key ID and secret access key that its calls must be signed with; the fixture aws_credentials sets them."""

PROJECT = Path(__file__).resolve().parents[2]
END_SECONDS = 10


def given_url() -> str:
    """The URL in the environment, "" for none."""
    return os.environ.get(GIVEN, "")


@contextmanager
def serving() -> Iterator[str]:
    """The URL of an empty DynamoDB that ends with this block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local.child", "local.dynamodb", "--port", "0"],
        cwd=PROJECT,
        env={**os.environ, KEY_VARIABLE: KEY},
        stdin=subprocess.PIPE,  # it ends with this process, however that ends
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline().strip()
            assert said.isdigit(), f"the DynamoDB did not start: {said}"
            yield f"http://127.0.0.1:{said}"
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def tables(url: str) -> Iterator[WatchedStore]:
    """A store with empty tables of its own, which are deleted after this block."""
    store = opened_patiently(url, f"test-{uuid.uuid4().hex[:12]}-")
    created = store.create_tables()
    try:
        yield store
    finally:
        for table in created:
            store.database.call("DeleteTable", TableName=table)
        store.transport.close()


def empty(database: Database) -> None:
    """Deletes every item, which takes less time than new tables."""
    for model in TABLES:
        key = [element["AttributeName"] for element in model._get_schema()["key_schema"]]
        keys = [{name: item[name] for name in key} for item in database.scan(model)]
        for start in range(0, len(keys), BATCH_WRITE_ITEMS):
            database.batch_delete(model, keys[start : start + BATCH_WRITE_ITEMS])
