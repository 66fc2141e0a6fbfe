import logging
from collections.abc import Iterator

import pytest

from benchmarks.watched_store import WatchedStore
from tests.api.stores import with_own_tables
from tests.support.dashboard import Dashboard, new_store, serve
from tests.support.moto_transport import moto_in_process


@pytest.fixture(scope="package")
def first_store(aws_credentials: None) -> Iterator[WatchedStore]:
    """A store in moto in this process, whose transport all others share."""
    with moto_in_process():
        yield new_store()


@pytest.fixture
def store(first_store: WatchedStore) -> WatchedStore:
    return with_own_tables(first_store)


@pytest.fixture(scope="module")
def shared(first_store: WatchedStore) -> Iterator[Dashboard]:
    """A dashboard that the tests of a file share. Each uses servers of its own, and none moves the clock."""
    with serve(with_own_tables(first_store)) as dashboard:
        yield dashboard


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What is logged at INFO and above; Chalice keeps its application's records from the root."""
    application = logging.getLogger("test")
    application.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO):
        yield caplog
    application.removeHandler(caplog.handler)
