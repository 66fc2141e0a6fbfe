"""Requests of the dashboard's API over real sockets."""

import socket
import threading
from contextlib import closing

import pytest

from agent.core.answers import NotTaken, TooLarge
from agent.core.client import Client
from agent.core.limits import ANSWER_BYTES
from agent.core.urls import parse_url
from tests.agent.scripted_dashboard import SECRET, status, taken

REPORT = {"at": 1_722_142_860, "state": {}, "pings": []}


def test_reports_are_posted_with_the_secret_over_one_connection(client, scripted):
    client.send([REPORT])
    client.send([REPORT])
    first, second = scripted.requests
    assert first["path"] == "/api/v1/agent/report"
    assert first["headers"]["Authorization"] == SECRET
    assert first["headers"]["Content-Type"] == "application/json"
    assert first["body"] == {"reports": [REPORT]}
    assert first["peer"] == second["peer"]


@pytest.mark.parametrize("prefix", ["/api", "/prod/", "/a/b/"])
def test_url_may_have_a_path_prefix(scripted, prefix):
    with closing(Client(parse_url(scripted.url + prefix), "test")) as client:
        client.send([REPORT])
    assert scripted.requests[0]["path"] == prefix.rstrip("/") + "/api/v1/agent/report"


def test_answer_is_read_to_a_bound(client, scripted):
    scripted.answers(status(200, b" " * (ANSWER_BYTES + 1)), taken())
    with pytest.raises(NotTaken, match="too long"):
        client.send([REPORT])
    assert client.send([REPORT]).interval == 10


@pytest.mark.parametrize("code", [301, 307, 400, 401, 403, 404])
def test_other_statuses_name_the_url(client, scripted, code):
    scripted.answers(status(code, Location="http://127.0.0.1:1/"))
    with pytest.raises(NotTaken, match=f"HTTP {code}: as scripted.*check the URL") as raised:
        client.send([REPORT])
    assert raised.value.status == code
    assert len(scripted.requests) == 1


def test_a_request_that_is_too_large_is_an_error_of_its_own(client, scripted):
    scripted.answers(status(413))
    with pytest.raises(TooLarge, match="HTTP 413: as scripted"):
        client.send([REPORT])


@pytest.mark.parametrize(
    ("header", "seconds"), [("30", 30), ("soon", 0), ("-5", 0), ("9" * 5000, 0), ("999999", 600), ("²", 0)]
)
def test_retry_after_is_bounded_and_nonsense_ignored(client, scripted, header, seconds):
    scripted.answers(status(503, Retry_After=header))
    with pytest.raises(NotTaken) as raised:
        client.send([REPORT])
    assert (raised.value.kind, raised.value.retry_after) == ("HTTP 503", seconds)


def test_a_connection_that_the_dashboard_closed_meanwhile_is_replaced(client, scripted):
    scripted.answers(status(200, taken()[2], Connection="close"), taken())
    client.send([REPORT])
    client.send([REPORT])
    first, second = scripted.requests
    assert first["peer"] != second["peer"]


def test_an_idle_connection_that_was_closed_is_replaced():
    answer = taken()[2]
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
    closed = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(head + answer)
                closed.set()

        serving = threading.Thread(target=serve)
        serving.start()
        with closing(Client(parse_url(f"http://127.0.0.1:{listener.getsockname()[1]}"), "test")) as client:
            client.send([REPORT])
            assert closed.wait(10)
            client.send([REPORT])
        serving.join()


def test_several_threads_send_at_once(client, scripted):
    senders = [threading.Thread(target=client.send, args=([REPORT],)) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(scripted.requests) == 8


def test_refused_connection_is_not_taken():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with (
        closing(Client(parse_url(f"http://127.0.0.1:{port}"), "test")) as client,
        pytest.raises(NotTaken, match="no connection to the dashboard: Connection refused"),
    ):
        client.send([REPORT])


def test_name_that_does_not_exist_is_not_taken():
    with (
        closing(Client(parse_url("http://nosuch.invalid"), "test")) as client,
        pytest.raises(NotTaken, match="cannot resolve the dashboard's host name"),
    ):
        client.send([REPORT])


def test_plain_server_behind_https_is_a_tls_error(scripted):
    with (
        closing(Client(parse_url(scripted.url.replace("http:", "https:")), "test")) as client,
        pytest.raises(NotTaken, match="no TLS connection"),
    ):
        client.send([REPORT])
