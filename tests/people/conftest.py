import itertools
from collections.abc import Iterator

import pytest
from moto import mock_aws
from support.dashboard import new_store, serve
from support.dynamodb import serving

from chalicelib.storage import DynamoStore
from people.panel import Panel, another_process, signed_in

_numbers = itertools.count()


@pytest.fixture(scope="package")
def first_store(aws_credentials: None) -> Iterator[DynamoStore]:
    """A store in moto in this process, whose connection every other one shares: making one takes long."""
    with mock_aws():
        yield new_store()


@pytest.fixture
def store(first_store: DynamoStore) -> DynamoStore:
    return with_own_tables(first_store)


@pytest.fixture
def panel(dashboard) -> Panel:
    return signed_in(dashboard)


@pytest.fixture(scope="package")
def atomic_store(aws_credentials: None) -> Iterator[DynamoStore]:
    """A store in a DynamoDB whose requests never come between each other's halves, for threads."""
    with serving() as url:
        store = new_store(url)
        yield store
        store._database._connection.close()


@pytest.fixture
def busy_panel(atomic_store: DynamoStore) -> Iterator[Panel]:
    """A panel for many threads."""
    with serve(with_own_tables(atomic_store)) as dashboard:
        yield signed_in(dashboard)


def with_own_tables(store: DynamoStore) -> DynamoStore:
    another = another_process(store, prefix=f"people{next(_numbers)}-")
    another.create_tables()
    return another
