import gettext
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import useragent
from botocore.hooks import BaseEventHooks, EventAliaser

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


@pytest.fixture(scope="package", autouse=True)
def shared_by_commands() -> Iterator[None]:
    """What would take most of a command's time is done once for all of them, and nowhere else.

    botocore reads its descriptions of services, looks up other names of its events, examines its own handlers, and
    cleans the parts of its User-Agent; argparse looks for translations.
    """
    loader = botocore.session.create_loader()
    stock_alias = EventAliaser._alias_event_name
    aliases: dict[str, str] = {}

    def alias(self: Any, name: str) -> str:
        if name not in aliases:
            aliases[name] = stock_alias(self, name)
        return aliases[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", lambda _path=None: loader)
        patch.setattr(EventAliaser, "_alias_event_name", alias)
        patch.setattr(BaseEventHooks, "_verify_accept_kwargs", lambda _self, _handler: None)
        cleaned = cache(useragent.sanitize_user_agent_string_component)
        patch.setattr(useragent, "sanitize_user_agent_string_component", cleaned)
        patch.setattr(gettext, "find", cache(gettext.find))
        yield


@pytest.fixture
def kept(database: Any, request: pytest.FixtureRequest) -> list[str]:
    """The tables that the test's `store` uses again, if it has one. Deletes all other tables of earlier tests."""
    prefix = STAGE if "store" in request.fixturenames else "none"
    there: list[str] = database.list_tables()["TableNames"]
    for name in there:
        if not name.startswith(prefix):
            database.delete_table(TableName=name)
    return [name for name in there if name.startswith(prefix)]


@pytest.fixture
def empty_database(database: Any, kept: list[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The database, named by the environment, without any tables except those of the test's `store`."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", database.meta.endpoint_url)
    monkeypatch.delenv("AWS_REGION", raising=False)
    return database


@pytest.fixture
def ops(empty_database: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ops:
    return Ops(capsys, monkeypatch)


@pytest.fixture(scope="session")
def opened_store(database: Any) -> WatchedStore:
    return opened(database.meta.endpoint_url, STAGE)


@pytest.fixture
def store(empty_database: Any, kept: list[str], opened_store: WatchedStore) -> WatchedStore:
    """The local stage with empty tables. Tables of an earlier test are emptied and used again."""
    made = opened_store.another()
    if len(kept) < len(TABLES):
        made.create_tables()
    if kept:
        process.empty(made.database)
    return made


@pytest.fixture
def dashboard(store: WatchedStore) -> Iterator[Dashboard]:
    """The local stage over HTTP, at this moment: commands read the clock themselves."""
    with serve(store, Clock(time.time())) as running:
        yield running
