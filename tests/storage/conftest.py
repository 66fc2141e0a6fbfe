from collections.abc import Iterator

import pytest
from support.dynamodb import empty, given_url, serving, tables

from chalicelib.config import Config
from chalicelib.storage import DynamoStore
from storage.samples import connected, store_over


@pytest.fixture(scope="session", params=["moto", "given"] if given_url() else ["moto"])
def url(request, aws_credentials: None) -> Iterator[str]:
    """A DynamoDB where each request is atomic: moto's server, then the one that the environment names."""
    if request.param == "moto":
        with serving() as started:
            yield started
    else:
        yield given_url()


@pytest.fixture(scope="session")
def stage(url: str) -> Iterator[Config]:
    with tables(url) as created:
        yield created


@pytest.fixture(scope="session")
def janitor(stage: Config) -> DynamoStore:
    return connected(stage)


@pytest.fixture(scope="session")
def visitor(stage: Config) -> DynamoStore:
    return connected(stage)


@pytest.fixture
def config(stage: Config, janitor: DynamoStore) -> Iterator[Config]:
    """A stage whose tables are empty."""
    yield stage
    empty(janitor)


@pytest.fixture
def store(config: Config, janitor: DynamoStore) -> DynamoStore:
    return store_over(janitor, config)


@pytest.fixture
def reader(config: Config, visitor: DynamoStore) -> DynamoStore:
    """Another process's store, on the same tables."""
    return store_over(visitor, config)
