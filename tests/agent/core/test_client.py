"""Requests of the dashboard's API over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from agent.core.answers import NotTaken, TooLarge
from agent.core.client import Client
from agent.core.limits import ANSWER_BYTES
from agent.core.urls import parse_url
from tests.agent.scripted_dashboard import SECRET, ScriptedDashboard, status, taken
from tests.agent.tls import trickling_handshake

REPORT = {"at": 1_722_142_860, "state": {}, "pings": []}


def test_reports_are_posted_with_the_secret_over_one_connection(client: Client, scripted: ScriptedDashboard) -> None:
    client.send([REPORT])
    client.send([REPORT])
    first, second = scripted.requests
    assert first["path"] == "/api/v1/agent/report"
    assert first["headers"]["Authorization"] == SECRET
    assert first["headers"]["Content-Type"] == "application/json"
    assert first["body"] == {"reports": [REPORT]}
    assert first["peer"] == second["peer"]


@pytest.mark.parametrize("prefix", ["/api", "/prod/", "/a/b/"])
def test_url_may_have_a_path_prefix(scripted: ScriptedDashboard, prefix: str) -> None:
    with closing(Client(parse_url(scripted.url + prefix), "test")) as client:
        client.send([REPORT])
    assert scripted.requests[0]["path"] == prefix.rstrip("/") + "/api/v1/agent/report"


def test_answer_is_read_to_a_bound(client: Client, scripted: ScriptedDashboard) -> None:
    scripted.answers(status(200, b" " * (ANSWER_BYTES + 1)), taken())
    with pytest.raises(NotTaken, match="too long"):
        client.send([REPORT])
    assert client.send([REPORT]).interval == 10


@pytest.mark.parametrize("code", [301, 307, 400, 401, 403, 404])
def test_other_statuses_name_the_url(client: Client, scripted: ScriptedDashboard, code: int) -> None:
    scripted.answers(status(code, Location="http://127.0.0.1:1/"))
    with pytest.raises(NotTaken, match=f"HTTP {code}: as scripted.*check the URL") as raised:
        client.send([REPORT])
    assert raised.value.status == code
    assert len(scripted.requests) == 1


def test_a_request_that_is_too_large_is_an_error_of_its_own(client: Client, scripted: ScriptedDashboard) -> None:
    scripted.answers(status(413))
    with pytest.raises(TooLarge, match="HTTP 413: as scripted"):
        client.send([REPORT])


@pytest.mark.parametrize(
    ("header", "seconds"), [("30", 30), ("soon", 0), ("-5", 0), ("9" * 5000, 0), ("999999", 600), ("²", 0)]
)
def test_retry_after_is_bounded_and_nonsense_ignored(
    client: Client, scripted: ScriptedDashboard, header: str, seconds: int
) -> None:
    scripted.answers(status(503, Retry_After=header))
    with pytest.raises(NotTaken) as raised:
        client.send([REPORT])
    assert (raised.value.kind, raised.value.retry_after) == ("HTTP 503", seconds)


def test_a_connection_that_the_dashboard_closed_meanwhile_is_replaced(
    client: Client, scripted: ScriptedDashboard
) -> None:
    scripted.answers(status(200, taken()[2], Connection="close"), taken())
    client.send([REPORT])
    client.send([REPORT])
    first, second = scripted.requests
    assert first["peer"] != second["peer"]


ANSWER = taken()[2]
GOOD = f"HTTP/1.1 200 OK\r\nContent-Length: {len(ANSWER)}\r\n\r\n".encode() + ANSWER


@contextmanager
def answering(*connections: Any) -> Iterator[tuple[Any, ...]]:
    """A server that gives each connection in turn its answers, None for closing it without one."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for answers in connections:
                connection, _ = listener.accept()
                with connection:
                    for answer in answers:
                        connection.recv(65536)
                        if answer:
                            connection.sendall(answer)
                done.set()

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        with closing(Client(parse_url(f"http://127.0.0.1:{listener.getsockname()[1]}"), "test")) as client:
            yield client, done
        serving.join(60)


def test_an_idle_connection_that_was_closed_is_replaced() -> None:
    with answering([GOOD], [GOOD]) as (client, closed):
        client.send([REPORT])
        assert closed.wait(60)
        client.send([REPORT])


def test_a_connection_that_is_closed_at_the_moment_of_a_request_is_replaced() -> None:
    with answering([GOOD, None], [GOOD]) as (client, _):
        client.send([REPORT])
        client.send([REPORT])


def test_a_dashboard_that_closes_a_new_connection_is_not_asked_again() -> None:
    with answering([None], [GOOD]) as (client, _):
        with pytest.raises(NotTaken, match="the connection to the dashboard broke"):
            client.send([REPORT])
        client.send([REPORT])


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", b"\0" * 70_000],
)
def test_what_is_no_http_is_not_taken(answer: bytes) -> None:
    with answering([answer]) as (client, _), pytest.raises(NotTaken, match=r"broke|unexpected answer"):
        client.send([REPORT])


def test_a_silent_dashboard_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.core.connections.READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = parse_url(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with closing(Client(url, "test")) as client, pytest.raises(NotTaken, match=r"did not answer within 0\.2 s"):
            client.send([REPORT])


def test_a_dashboard_that_accepts_no_connection_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.core.connections.CONNECT_SECONDS", 0.2)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        # A full queue of connections leaves further ones without an answer.
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        url = parse_url(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with (
            closing(Client(url, "test")) as client,
            pytest.raises(NotTaken, match="did not accept a connection within"),
        ):
            client.send([REPORT])
        for one in waiting:
            one.close()


def test_tls_handshake_that_comes_byte_by_byte_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and what came so far could be the beginning of a handshake."""
    monkeypatch.setattr("agent.core.connections.CONNECT_SECONDS", 0.5)
    with (
        trickling_handshake() as port,
        closing(Client(parse_url(f"https://127.0.0.1:{port}"), "test")) as client,
        pytest.raises(NotTaken, match=r"did not accept a connection within 0\.5 s"),
    ):
        client.send([REPORT])


def test_proxies_of_the_environment_are_not_used(
    client: Client, scripted: ScriptedDashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    client.send([REPORT])
    assert len(scripted.requests) == 1


def test_several_threads_send_at_once(client: Client, scripted: ScriptedDashboard) -> None:
    senders = [threading.Thread(target=client.send, args=([REPORT],)) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(scripted.requests) == 8


def test_refused_connection_is_not_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with (
        closing(Client(parse_url(f"http://127.0.0.1:{port}"), "test")) as client,
        pytest.raises(NotTaken, match="no connection to the dashboard: Connection refused"),
    ):
        client.send([REPORT])


def test_name_that_does_not_exist_is_not_taken() -> None:
    with (
        closing(Client(parse_url("http://nosuch.invalid"), "test")) as client,
        pytest.raises(NotTaken, match="cannot resolve the dashboard's host name"),
    ):
        client.send([REPORT])


def test_plain_server_behind_https_is_a_tls_error(scripted: ScriptedDashboard) -> None:
    with (
        closing(Client(parse_url(scripted.url.replace("http:", "https:")), "test")) as client,
        pytest.raises(NotTaken, match="no TLS connection"),
    ):
        client.send([REPORT])
