from collections.abc import Iterator

import pytest
from moto import mock_aws
from support.dashboard import Dashboard, new_store, serve

from chalicelib.storage import DynamoStore


@pytest.fixture(scope="session")
def aws_credentials() -> Iterator[None]:
    """Credentials that open nothing, so that no test can reach a real account."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture
def dynamodb(aws_credentials: None) -> Iterator[None]:
    """moto in this process, in place of DynamoDB."""
    with mock_aws():
        yield


@pytest.fixture
def store(dynamodb: None) -> DynamoStore:
    return new_store()


@pytest.fixture
def dashboard(store: DynamoStore) -> Iterator[Dashboard]:
    with serve(store) as running:
        yield running
