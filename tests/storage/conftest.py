from collections.abc import Iterator

import pytest

from benchmarks.watched_store import MovableClock, WatchedStore
from tests.support.dashboard import new_store
from tests.support.dynamodb import empty, given_url, tables
from tests.support.moto_transport import moto_in_process


@pytest.fixture(params=["moto", "given"] if given_url() else ["moto"])
def store(request: pytest.FixtureRequest, aws_credentials: None) -> Iterator[WatchedStore]:
    """A store with empty tables, which remembers nothing: in moto in this process, then in the DynamoDB that the
    environment names. Each request to either is atomic.
    """
    if request.param == "moto":
        with moto_in_process():
            yield new_store()
    else:
        stage: WatchedStore = request.getfixturevalue("stage")
        yield stage.another(clock=MovableClock())
        empty(stage.database)


@pytest.fixture(scope="session")
def stage(aws_credentials: None) -> Iterator[WatchedStore]:
    """The first store in the DynamoDB that the environment names, whose tables all tests share."""
    with tables(given_url()) as opened:
        yield opened


@pytest.fixture
def reader(store: WatchedStore) -> WatchedStore:
    """Another process's store, on the same tables."""
    return store.another()


@pytest.fixture(scope="session")
def url(request: pytest.FixtureRequest, aws_credentials: None) -> str:
    """A DynamoDB over HTTP: the one that the environment names, or moto's server."""
    return given_url() or request.getfixturevalue("dynamodb_url")
