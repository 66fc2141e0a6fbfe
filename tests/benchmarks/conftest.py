from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks import sample_data
from chalicelib.storage import connect
from tests.support.moto_transport import URL, MotoTransport, moto_in_process


@pytest.fixture(scope="module")
def dynamodb_in_process(aws_credentials: None) -> Iterator[None]:
    """Benchmarks of the module find the embedded DynamoDB in this process, which takes half the time of another one.

    For those that count units and bytes, which are the same; not for those that measure this process's CPU.
    """

    @contextmanager
    def dynamodb() -> Iterator[str]:
        with moto_in_process():
            yield URL

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample_data, "dynamodb", dynamodb)
        patch.setattr(connect, "for_requests", lambda _: MotoTransport())
        yield
