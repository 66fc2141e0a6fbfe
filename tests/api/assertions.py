"""Assertions that many tests share."""

from typing import Any

JSON = "application/json; charset=utf-8"


def assert_error(answer: Any, status: Any, code: Any = None) -> None:
    assert answer.error == (status, code or status)
    assert answer.headers["content-type"] == JSON
