"""`password`."""

import json
import time

import pytest

from tests.ops.ops_command import Ops
from tests.support.dashboard import Dashboard, HttpAnswer

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def test_people_sign_in_with_what_was_set(ops: Ops, dashboard: Dashboard) -> None:
    done = ops("password", "--stdin", stdin="correct horse 东京\r\nnot this line\n")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert _sign_in(dashboard, "correct horse 东京").status == 200
    assert _sign_in(dashboard, "correct horse").status == 403


def test_a_new_password_ends_the_sessions_of_the_old_one(ops: Ops, dashboard: Dashboard) -> None:
    ops("password", "--stdin", stdin="the first one")
    cookie = _sign_in(dashboard, "the first one").headers["set-cookie"].partition(";")[0]
    assert dashboard.request("GET", "/api/server", {"Cookie": cookie}).status == 200
    ops("password", "--stdin", stdin="the second one")
    assert dashboard.request("GET", "/api/server", {"Cookie": cookie}).status in (401, 403)
    assert _sign_in(dashboard, "the first one").status == 403
    assert _sign_in(dashboard, "the second one").status == 200


@pytest.mark.parametrize("password", ["", "\n", "seven77", "x" * 1025])
def test_a_password_too_short_or_too_long_is_one_line(ops: Ops, dashboard: Dashboard, password: str) -> None:
    ops("password", "--stdin", stdin="the first one")
    expected = "8 to 1024 characters" if len(password) < 8 else "the limit is 1024"
    assert expected in ops("password", "--stdin", stdin=password).failure
    assert _sign_in(dashboard, "the first one").status == 200


def test_without_a_terminal_it_asks_for_stdin(ops: Ops, dashboard: Dashboard) -> None:
    assert "--stdin" in ops("password", stdin="correct horse\n").failure


def _sign_in(dashboard: Dashboard, password: str) -> HttpAnswer:
    body = f'{{"password": "{password}"}}'.encode()
    return dashboard.request("POST", "/api/login", SAME_ORIGIN, body)


def test_a_device_signs_in_although_its_address_is_refused(ops: Ops, dashboard: Dashboard) -> None:
    ops("password", "--stdin", stdin="correct horse")
    dashboard.clock.now = time.time()
    done = ops("device")
    path, _, device = done.out.strip().partition("=")
    assert (done.status, path) == (0, "/login#device")
    for _ in range(11):
        assert _sign_in(dashboard, "wrong").status in (403, 429)
    assert _sign_in(dashboard, "correct horse").status == 429
    for token in (device, ops("device", "--json").json["device"]):
        body = json.dumps({"password": "correct horse", "device": token}).encode()
        assert dashboard.request("POST", "/api/login/device", SAME_ORIGIN, body).status == 200


def test_a_device_before_any_password_is_one_line(ops: Ops, dashboard: Dashboard) -> None:
    assert "No password is set" in ops("device").failure
