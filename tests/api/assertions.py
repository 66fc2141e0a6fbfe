"""What tests say of many answers."""

JSON = "application/json; charset=utf-8"


def assert_error(answer, status, code=None):
    assert answer.error == (status, code or status)
    assert answer.headers["content-type"] == JSON
