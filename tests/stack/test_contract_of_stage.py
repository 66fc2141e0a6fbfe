"""Tests of the API, once more against a stage as `make deploy` makes it: those that mind their own servers only.

Their dashboard is the stage behind the gateway and its authorizer; what they look up is in the stage's own tables.
"""

# ruff: noqa: F401

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from api.test_details import (
    test_details_write_floats_as_v0_does,
    test_details_write_whole_numbers_as_such,
)
from api.test_register import (
    test_register_answers_with_json_for_any_other_simple,
    test_register_answers_with_the_secret,
    test_register_keeps_any_text_as_it_is,
    test_register_mends_text_that_is_no_unicode,
    test_register_reads_the_body,
    test_register_refuses_a_wrong_type_by_name,
    test_register_simple_answers_with_the_bare_secret,
    test_register_simple_error_is_json,
    test_register_takes_a_body_of_1_mib_and_no_larger,
    test_register_takes_any_content_type,
    test_register_without_a_body,
)
from api.test_report import (
    test_report_keeps_texts_of_a_host_as_they_are,
    test_report_of_an_ip,
    test_report_of_none_is_answered,
    test_report_refuses_a_wrong_envelope,
    test_report_refuses_wrong_host_fields_by_name,
    test_report_takes_any_content_type,
    test_report_with_an_unknown_secret,
)
from stack_deployment import Stack
from support.dashboard import Clock, Dashboard

from chalicelib.config import Config
from chalicelib.storage import DynamoStore


@pytest.fixture(scope="module")
def shared(stack: Stack, aws_credentials: None) -> Iterator[Dashboard]:
    """In place of the local dashboard of these tests: the stage, and its own tables."""
    store = DynamoStore(Config(f"nezha-{stack.stage}-", "us-east-1", stack.aws.url))
    port = urlsplit(stack.aws.url).port
    assert port
    # These register faster than strangers may.
    with stack.limited("~1api~1v1~1server~1register/POST", 10_000):
        yield Dashboard(store, port, Clock(time.time()), f"/_aws/execute-api/{stack.api_id}/api")
    store._database._connection.close()
