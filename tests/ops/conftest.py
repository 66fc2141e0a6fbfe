import time
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.session
import pytest

from benchmarks.watched_store import WatchedStore, opened
from chalicelib.storage.tables import TABLES
from tests.ops.ops_command import Ops
from tests.support import dynamodb as process
from tests.support.dashboard import Clock, Dashboard, serve

STAGE = "nezha-local-"


@pytest.fixture(scope="session")
def database(aws_credentials: None) -> Iterator[Any]:
    """A DynamoDB in a process of its own, as boto3 sees it."""
    with process.serving() as url:
        client = boto3.client("dynamodb", endpoint_url=url)
        yield client
        client.close()


@pytest.fixture(scope="session", autouse=True)
def one_loader() -> Iterator[None]:
    """botocore reads its descriptions of services once for all commands, which takes half of a command's time."""
    loader = botocore.session.create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", lambda _path=None: loader)
        yield


@pytest.fixture
def empty_database(database: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The database, named by the environment, without any tables except those of the test's `store`."""
    kept = STAGE if "store" in request.fixturenames else "none"
    for name in database.list_tables()["TableNames"]:
        if not name.startswith(kept):
            database.delete_table(TableName=name)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", database.meta.endpoint_url)
    monkeypatch.delenv("AWS_REGION", raising=False)
    return database


@pytest.fixture
def ops(empty_database: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ops:
    return Ops(capsys, monkeypatch)


@pytest.fixture
def store(empty_database: Any) -> WatchedStore:
    """The local stage with empty tables. Tables of an earlier test are emptied and used again."""
    made = opened(empty_database.meta.endpoint_url, STAGE)
    there = len(empty_database.list_tables()["TableNames"])
    if there < len(TABLES):
        made.create_tables()
    if there:
        process.empty(made.database)
    return made


@pytest.fixture
def dashboard(store: WatchedStore) -> Iterator[Dashboard]:
    """The local stage over HTTP, at this moment: commands read the clock themselves."""
    with serve(store, Clock(time.time())) as running:
        yield running
