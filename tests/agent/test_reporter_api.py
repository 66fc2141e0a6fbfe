"""What goes to the dashboard, and what is made of its answers."""

import json
import socket
from contextlib import closing

import pytest
from scripted_dashboard import SECRET, status, taken
from urllib3.util import parse_url

from agent.api import ANSWER_BYTES, Answer, Dashboard, NotTaken, WrongSecret, parse_answer

REPORT = {"at": 1_722_142_860, "state": {}, "pings": []}


def test_report_is_posted_with_the_secret_over_one_connection(dashboard, scripted):
    dashboard.send(REPORT)
    dashboard.send(REPORT)
    first, second = scripted.requests
    assert first["path"] == "/api/v1/agent/report"
    assert first["headers"]["Authorization"] == SECRET
    assert first["headers"]["Content-Type"] == "application/json"
    assert first["body"] == {"reports": [REPORT]}
    assert first["peer"] == second["peer"]


@pytest.mark.parametrize("prefix", ["/api", "/prod/", "/a/b/"])
def test_url_may_have_a_path_prefix(scripted, prefix):
    with closing(Dashboard(parse_url(scripted.url + prefix), SECRET)) as dashboard:
        dashboard.send(REPORT)
    assert scripted.requests[0]["path"] == prefix.rstrip("/") + "/api/v1/agent/report"


@pytest.mark.parametrize(("sent", "kept"), [(1, 1), (3600, 3600), (0, 1), (-5, 1), (3601, 3600), (10**400, 3600)])
def test_interval_is_kept_within_bounds(dashboard, scripted, sent, kept):
    scripted.answers(taken(sent))
    assert dashboard.send(REPORT) == Answer(interval=kept, monitors=())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"[" * 100_000,
        b'{"code": 0}',
        b'{"code": 0, "result": null}',
        b'{"result": {"interval": 10, "reports": [], "monitors": []}}',
        b'{"result": {"interval": 10, "reports": [{"server_id": 1}, {"server_id": 2}], "monitors": []}}',
        b'{"result": {"interval": 10, "reports": [{"server_id": true}], "monitors": []}}',
        b'{"result": {"interval": 10, "reports": [{"server_id": 1}], "monitors": [1]}}',
        b'{"result": {"interval": 10, "reports": [{"server_id": 1}], "monitors": 7}}',
        b'{"result": {"interval": 10, "reports": [{"server_id": 1}], "monitors": {}}}',
        b'{"result": {"interval": 10, "reports": [{"server_id": 1}]}}',
        b'{"result": {"interval": 10, "reports": [{}], "monitors": []}}',
        b'{"result": {"interval": 10, "reports": ["x"], "monitors": []}}',
        b'{"result": {"interval": 10, "reports": [{"error": "throttled"}], "monitors": []}}',
        b'{"result": {"interval": 10, "reports": [{"error": 1, "message": 2, "retry": 3}], "monitors": []}}',
        b'{"result": {"interval": NaN, "reports": [{"server_id": 1}], "monitors": []}}',
        b'{"result": {"interval": "10", "reports": [{"server_id": 1}], "monitors": []}}',
        b'{"result": {"interval": ' + b"9" * 5000 + b', "reports": [{"server_id": 1}], "monitors": []}}',
    ],
)
def test_answer_that_is_not_as_agreed_counts_as_not_taken(content):
    with pytest.raises(NotTaken, match="is the url right"):
        parse_answer(content)


def test_answer_is_read_to_a_bound(dashboard, scripted):
    scripted.answers(status(200, b" " * (ANSWER_BYTES + 1)), taken())
    with pytest.raises(NotTaken, match="too long"):
        dashboard.send(REPORT)
    assert dashboard.send(REPORT).interval == 10


def test_message_of_the_dashboard_stays_on_one_line(dashboard, scripted):
    scripted.answers(taken(error="throttled", message="busy\n\x1b[31mroot: all is well" + "x" * 9999, retry=True))
    with pytest.raises(NotTaken) as raised:
        dashboard.send(REPORT)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("code", [301, 307, 400, 404, 413])
def test_other_statuses_name_the_url(dashboard, scripted, code):
    scripted.answers(status(code, Location="http://127.0.0.1:1/"))
    with pytest.raises(NotTaken, match=f"HTTP {code}: as scripted.*is the url right"):
        dashboard.send(REPORT)
    assert len(scripted.requests) == 1


def test_wrong_secret_is_an_error_of_its_own(dashboard, scripted):
    scripted.answers(status(403))
    with pytest.raises(WrongSecret, match="HTTP 403: as scripted"):
        dashboard.send(REPORT)


def test_monitors_are_handed_on():
    monitor = {"id": 1, "type": "icmp", "target": "1.1.1.1", "interval": 30, "server_ids": [1]}
    result = {"interval": 10, "reports": [{"server_id": 1}], "monitors": [monitor]}
    assert parse_answer(json.dumps({"code": 0, "result": result}).encode()).monitors == (monitor,)


def test_refused_connection_is_not_taken():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with (
        closing(Dashboard(parse_url(f"http://127.0.0.1:{port}"), SECRET)) as dashboard,
        pytest.raises(NotTaken, match="no connection to the dashboard: Connection refused"),
    ):
        dashboard.send(REPORT)


def test_name_that_does_not_exist_is_not_taken():
    with (
        closing(Dashboard(parse_url("http://nosuch.invalid"), SECRET)) as dashboard,
        pytest.raises(NotTaken, match="name cannot be resolved"),
    ):
        dashboard.send(REPORT)


def test_plain_server_behind_https_is_a_tls_error(scripted):
    with (
        closing(Dashboard(parse_url(scripted.url.replace("http:", "https:")), SECRET)) as dashboard,
        pytest.raises(NotTaken, match="no TLS connection"),
    ):
        dashboard.send(REPORT)
