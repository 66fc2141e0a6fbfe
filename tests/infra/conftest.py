from typing import Any

import boto3
import pytest


@pytest.fixture(scope="session")
def boto3_session() -> Any:
    """One for all tests, because it reads the description of a service only once."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.session.Session(**keys)
