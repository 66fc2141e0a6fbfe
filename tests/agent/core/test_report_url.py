"""Where reports go when the dashboard names another URL for them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from time import monotonic, sleep
from typing import Any

import pytest

from agent.core import connections
from agent.core.answers import NotTaken
from agent.core.client import Client
from agent.core.limits import FOLLOW_AGAIN_SECONDS, FOLLOW_BUSY_SECONDS
from agent.core.urls import parse_url, report_url
from tests.agent.scripted_dashboard import SECRET, ScriptedDashboard, status, taken

REPORT = {"at": 1_722_142_860, "state": {}, "pings": []}
FUNCTION = "https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws"


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def client(scripted: ScriptedDashboard, time: Time) -> Iterator[Client]:
    """One that follows to any host, as the other dashboard is on loopback."""
    with closing(Client(parse_url(scripted.url), "test", SECRET, allowed=parse_url, monotonic=time)) as opened:
        yield opened


@pytest.mark.parametrize("url", [FUNCTION, f"{FUNCTION}/", FUNCTION.replace("eu-central-1", "us-gov-west-1")])
def test_functions_of_lambda_are_followed(url: str) -> None:
    found = report_url(url)
    assert found
    assert (found.scheme, found.port, found.prefix) == ("https", 443, "")


@pytest.mark.parametrize(
    "url",
    [
        FUNCTION.replace("https", "http"),
        f"{FUNCTION}:8443",
        f"{FUNCTION}/elsewhere",
        f"{FUNCTION}?x=1",
        f"{FUNCTION}.example.com",
        FUNCTION.replace("//", "//me:me@"),
        FUNCTION.replace(".lambda-url.", ".x.lambda-url."),
        FUNCTION.replace("on.aws", "on.aws.example"),
        "https://lambda-url.eu-central-1.on.aws",
        "https://example.com/abc.lambda-url.eu-central-1.on.aws",
        "https://abc.lambda-url.evil.on.aws",
        "https://abc.lambda-url.eu-central-1.on.aws\n.example.com",
        "https://abc.execute-api.eu-central-1.amazonaws.com",
        "https://127.0.0.1",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]:443",
        "https://abc.lambda-url.eu-central-1.on.aws@example.com",
        "https://example.com\\@abc.lambda-url.eu-central-1.on.aws",
        "https://example.com#@abc.lambda-url.eu-central-1.on.aws",
        "https://example.com?@abc.lambda-url.eu-central-1.on.aws",
        "https://abc.lambda-url.eu-central-1.on.aws.",
        "https://abc.lambda-url.eu-central-1.on.aws:80",
        "https://abc.lambda-url.eu-central-1.on.aws:443@example.com",
        "https://abc%2elambda-url.eu-central-1.on.aws",
        "https://abc.lambda-url.eu-central-1.on.aws%00.example.com",
        "https://abc.lambda-url.eu-central-1.on\u3002aws",
        "https://\u0430bc.lambda-url.eu-central-1.on.aws",
        "//abc.lambda-url.eu-central-1.on.aws",
        "https://" + "a" * 300 + ".lambda-url.eu-central-1.on.aws",
        "ftp://x",
        "",
    ],
)
def test_no_other_host_is(url: str) -> None:
    assert report_url(url) is None


def test_secret_is_never_sent_to_another_host(scripted: ScriptedDashboard, elsewhere: ScriptedDashboard) -> None:
    """As the client is in use: loopback is no function of Lambda."""
    with closing(Client(parse_url(scripted.url), "test", SECRET)) as client:
        scripted.answers(taken(report_url=elsewhere.url), taken(report_url=elsewhere.url), taken())
        for _ in range(3):
            assert client.send([REPORT]).interval == 10
    assert (len(scripted.requests), elsewhere.requests) == (3, [])


@pytest.mark.parametrize("named", [5, ["x"], {}, True])
def test_what_is_no_text_makes_the_answer_none(client: Client, scripted: ScriptedDashboard, named: Any) -> None:
    scripted.answers(taken(report_url=named))
    with pytest.raises(NotTaken, match="unexpected answer"):
        client.send([REPORT])


def test_reports_go_where_the_dashboard_says_until_it_says_otherwise(
    client: Client, scripted: ScriptedDashboard, elsewhere: ScriptedDashboard, time: Time
) -> None:
    scripted.answers(taken(report_url=elsewhere.url), taken())
    for _ in range(3):
        client.send([REPORT])
    assert (len(scripted.requests), len(elsewhere.requests)) == (1, 2)
    assert elsewhere.requests[0]["path"] == "/api/v1/agent/report"
    assert elsewhere.requests[0]["headers"]["Authorization"] == SECRET
    assert elsewhere.requests[0]["body"] == {"reports": [REPORT]}
    elsewhere.answers(status(403))
    client.send([REPORT])
    time.now += FOLLOW_AGAIN_SECONDS
    client.send([REPORT])
    assert (len(scripted.requests), len(elsewhere.requests)) == (3, 3)


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [
        (status(500, b"oops"), FOLLOW_BUSY_SECONDS),
        (status(429), FOLLOW_BUSY_SECONDS),
        (status(403, {"Message": "Forbidden"}), FOLLOW_AGAIN_SECONDS),
        (status(301, Location="http://127.0.0.1:1/"), FOLLOW_AGAIN_SECONDS),
        (status(200, b"<html>"), FOLLOW_AGAIN_SECONDS),
        (status(200, {"result": {"interval": 3600, "reports": [], "monitors": []}}), FOLLOW_AGAIN_SECONDS),
    ],
)
def test_report_that_is_not_taken_there_goes_to_the_dashboard_at_once(
    client: Client, scripted: ScriptedDashboard, elsewhere: ScriptedDashboard, time: Time, failure: Any, seconds: float
) -> None:
    scripted.answers(taken(report_url=elsewhere.url))
    elsewhere.answers(failure, taken(interval=7))
    assert [client.send([REPORT]).interval for _ in range(3)] == [10, 10, 10]
    assert (len(scripted.requests), len(elsewhere.requests)) == (3, 1)
    time.now += seconds
    assert client.send([REPORT]).interval == 7


def test_url_that_is_gone_costs_nothing(client: Client, scripted: ScriptedDashboard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken_port:
        gone = f"http://127.0.0.1:{taken_port.getsockname()[1]}"
    scripted.answers(taken(report_url=gone))
    for _ in range(3):
        client.send([REPORT])
    assert len(scripted.requests) == 3


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("begin", "goes_on"),
    [
        (b"\x16\x03\x01", b"\xff" * 4096),
        (HEAD, b"X-More: " + b"x" * 1000 + b"\r\n"),
        (HEAD + b"\r\n", b"x" * 65536),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        (HEAD + b"Content-Length: 99999999999\r\n\r\n{", b""),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (HEAD, None),
        (HEAD + b"Content-Length: 100000\r\n\r\n", None),
    ],
    ids=["garbage", "headers", "endless", "chunks", "silent", "100 Continue", "head by byte", "body by byte"],
)
def test_answer_without_an_end_delays_reports_once(
    scripted: ScriptedDashboard, client: Client, begin: bytes, goes_on: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """goes_on: sent every millisecond after the beginning; None for a single byte now and then."""
    monkeypatch.setattr(connections, "EXCHANGE_SECONDS", 1)
    with hostile(begin, goes_on) as url:
        scripted.answers(taken(report_url=url))
        began = monotonic()
        assert [client.send([REPORT]).interval for _ in range(3)] == [10, 10, 10]
        assert len(scripted.requests) == 3
        assert monotonic() - began < 10


@contextmanager
def hostile(begin: bytes, goes_on: bytes | None) -> Iterator[str]:
    """The URL of a server that accepts one connection."""

    def serve() -> None:
        with suppress(OSError):
            peer, _ = listener.accept()
            with peer:
                peer.recv(65536)
                peer.sendall(begin)
                while goes_on != b"":
                    peer.sendall(b"x" if goes_on is None else goes_on)
                    sleep(0.05 if goes_on is None else 0.001)
                while peer.recv(65536):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    thread.join(10)


def test_secret_is_wrong_only_if_the_dashboard_says_so(
    client: Client, scripted: ScriptedDashboard, elsewhere: ScriptedDashboard
) -> None:
    refused = taken(error="unknown_secret", message="who are you", retry=False)
    scripted.answers(taken(report_url=elsewhere.url), taken(report_url=elsewhere.url), refused)
    elsewhere.answers(refused)
    client.send([REPORT])
    assert client.send([REPORT]).outcomes[0].error == ""
    assert client.send([REPORT]).outcomes[0].error == "unknown_secret"


def test_what_describes_the_host_goes_to_the_dashboard(
    client: Client, scripted: ScriptedDashboard, elsewhere: ScriptedDashboard
) -> None:
    """There the edge says in which country the host is."""
    scripted.answers(taken(report_url=elsewhere.url))
    for report in (REPORT, REPORT, {**REPORT, "host": {}}, REPORT):
        client.send([report])
    assert (len(scripted.requests), len(elsewhere.requests)) == (2, 2)


def test_dashboard_that_names_nothing_any_more_gets_the_reports(
    client: Client, scripted: ScriptedDashboard, elsewhere: ScriptedDashboard, time: Time
) -> None:
    scripted.answers(taken(report_url=elsewhere.url), taken())
    elsewhere.answers(status(404))
    client.send([REPORT])
    client.send([REPORT])
    time.now += FOLLOW_AGAIN_SECONDS
    client.send([REPORT])
    assert (len(scripted.requests), len(elsewhere.requests)) == (3, 1)
