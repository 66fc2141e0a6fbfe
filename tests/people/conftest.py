import itertools
from collections.abc import Iterator

import pytest
from support.dashboard import new_store, serve
from support.dynamodb import serving
from support.moto_transport import moto_in_process

from benchmarks.watched_store import MovableClock, WatchedStore
from people.panel import Panel, signed_in

_numbers = itertools.count()


@pytest.fixture(scope="package")
def first_store(aws_credentials: None) -> Iterator[WatchedStore]:
    """A store in moto in this process, whose transport every other one shares."""
    with moto_in_process():
        yield new_store()


@pytest.fixture
def store(first_store: WatchedStore) -> WatchedStore:
    return with_own_tables(first_store)


@pytest.fixture
def panel(dashboard) -> Panel:
    return signed_in(dashboard)


@pytest.fixture(scope="package")
def atomic_store(aws_credentials: None) -> Iterator[WatchedStore]:
    """A store in a DynamoDB whose requests never come between each other's halves, for threads."""
    with serving() as url:
        store = new_store(url)
        yield store
        store.transport.close()


@pytest.fixture
def busy_panel(atomic_store: WatchedStore) -> Iterator[Panel]:
    """A panel for many threads."""
    with serve(with_own_tables(atomic_store)) as dashboard:
        yield signed_in(dashboard)


def with_own_tables(store: WatchedStore) -> WatchedStore:
    another = store.another(prefix=f"people{next(_numbers)}-", clock=MovableClock())
    another.create_tables()
    return another
