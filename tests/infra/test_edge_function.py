"""What the edge's function does with a viewer's request; local/session_header.py does the same to Authorization."""

from typing import Any

import pytest

from local.session_header import with_session_header
from tests.support.edge_function import through_the_edge

HOST = {"Host": "nezha.example"}


def test_a_session_becomes_authorization() -> None:
    assert through_the_edge({**HOST, "Cookie": "a=b; nezha-dashboard=abc"})["authorization"] == "abc"


def test_a_session_of_this_very_host_counts_before_any_other() -> None:
    cookies = "nezha-dashboard=planted; __Host-nezha-dashboard=own"
    assert through_the_edge({**HOST, "Cookie": cookies})["authorization"] == "own"


def test_authorization_that_was_sent_is_never_replaced() -> None:
    sent = {**HOST, "Authorization": "wrong", "Cookie": "nezha-dashboard=abc"}
    assert through_the_edge(sent)["authorization"] == "wrong"


@pytest.mark.parametrize("cookie", ["", "other=1", "nezha-dashboard="])
def test_without_a_session_there_is_no_authorization(cookie: str) -> None:
    assert "authorization" not in through_the_edge({**HOST, "Cookie": cookie})


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "nezha-dashboard=abc"},
        {"cookie": 'nezha-dashboard="abc"'},
        {"cookie": "x=1; nezha-dashboard=abc; y=2", "authorization": "token"},
        {"cookie": "nezha-dashboardx=abc"},
        {"cookie": "nezha-dashboard=other; __Host-nezha-dashboard=abc"},
        {"cookie": "__Host-nezha-dashboard=abc; nezha-dashboard=other"},
        {"cookie": "__host-nezha-dashboard=other"},
        {},
    ],
)
def test_one_machine_and_aws_agree(headers: dict[str, Any]) -> None:
    cloud = through_the_edge({"host": "nezha.example", **headers})
    assert cloud.get("authorization") == with_session_header(headers).get("authorization")


def test_what_clients_say_of_their_way_is_dropped_and_what_is_so_is_said() -> None:
    forged = {
        **HOST,
        "X-Forwarded-For": "192.0.2.1",
        "Forwarded": "for=192.0.2.1",
        "X-Forwarded-Host": "elsewhere.example",
        "True-Client-IP": "192.0.2.1",
        "X-Nezha-Viewer-Address": "192.0.2.1",
        "X-Nezha-Viewer-Host": "elsewhere.example",
    }
    left = through_the_edge(forged, "2001:db8::1")
    assert left == {
        "host": "nezha.example",
        "x-nezha-viewer-address": "2001:db8::1",
        "x-nezha-viewer-host": "nezha.example",
    }
