from collections.abc import Iterator

import pytest

from benchmarks.watched_store import MovableClock, WatchedStore
from tests.support.dynamodb import empty, given_url, serving, tables


@pytest.fixture(scope="session", params=["moto", "given"] if given_url() else ["moto"])
def url(request: pytest.FixtureRequest, aws_credentials: None) -> Iterator[str]:
    """A DynamoDB where each request is atomic: moto's server, then the one that the environment names."""
    if request.param == "moto":
        with serving() as started:
            yield started
    else:
        yield given_url()


@pytest.fixture(scope="session")
def stage(url: str) -> Iterator[WatchedStore]:
    """The first store of the stage whose tables all tests share."""
    with tables(url) as opened:
        yield opened


@pytest.fixture
def store(stage: WatchedStore) -> Iterator[WatchedStore]:
    """A store with empty tables, which remembers nothing."""
    yield stage.another(clock=MovableClock())
    empty(stage.database)


@pytest.fixture
def reader(store: WatchedStore) -> WatchedStore:
    """Another process's store, on the same tables."""
    return store.another()
