from collections.abc import Iterator

import pytest

from benchmarks.watched_store import WatchedStore
from tests.api.people.panel import Panel, signed_in
from tests.api.stores import with_own_tables
from tests.support.dashboard import Dashboard, new_store, serve


@pytest.fixture
def panel(dashboard: Dashboard) -> Panel:
    return signed_in(dashboard)


@pytest.fixture(scope="package")
def atomic_store(dynamodb_url: str) -> Iterator[WatchedStore]:
    """A store in a DynamoDB whose requests are atomic, for tests with threads."""
    store = new_store(dynamodb_url)
    yield store
    store.transport.close()


@pytest.fixture
def busy_panel(atomic_store: WatchedStore) -> Iterator[Panel]:
    """A panel for many threads."""
    with serve(with_own_tables(atomic_store)) as dashboard:
        yield signed_in(dashboard)
