"""Webhook requests against real receivers: successes, failures, slow and hostile ones."""

import socket
import ssl
import threading
import time
from typing import Any

import pytest

from chalicelib.delivery import http_request
from chalicelib.delivery.http_request import send
from chalicelib.delivery.webhook_request import WebhookRequest, webhook_request
from chalicelib.fleet.alerts.channels import Channel
from tests.delivery.receiver import Receiver, drip, endless, silence


def request(url: Any, **fields: Any) -> WebhookRequest:
    return webhook_request(Channel(1, "hook", "webhook", url, **fields), {"NEZHA": 'It <works> "too" 你好'})


def test_what_is_sent_arrives_byte_for_byte() -> None:
    with Receiver() as receiver:
        made = request(f"{receiver.url}/a?m=#NEZHA#", headers=(("x-key", "klé"),), body='{"text":"#NEZHA#"}')
        assert send(made, 5, local=True) == ""
    (received,) = receiver.requests
    assert received.line == "POST /a?m=It+%3Cworks%3E+%22too%22+%E4%BD%A0%E5%A5%BD HTTP/1.1"
    assert received.body.decode() == '{"text":"It \\u003cworks\\u003e \\"too\\" 你好"}'
    assert received.headers == [
        ("Host", f"127.0.0.1:{receiver.port}"),
        ("User-Agent", "Go-http-client/1.1"),
        ("Content-Length", str(len(received.body))),
        ("Content-Type", "application/json"),
        ("X-Key", "klé"),
        ("Accept-Encoding", "gzip"),
    ]


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "204 No Content", "299 Fine"])
def test_success(status: str) -> None:
    with Receiver(f"HTTP/1.1 {status}\r\n\r\n".encode()) as receiver:
        assert send(request(receiver.url), 5, local=True) == ""


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 500 Broken\r\n\r\n", "the answer was 500 Broken"),
        (b"HTTP/1.1 404 \r\n\r\n", "the answer was 404"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "the answer was 304 Not Modified"),
        (b"HTTP/1.1 500 \x1b[31m" + b"x" * 999 + b"\r\n\r\n", "the answer was 500 [31m" + "x" * 55),
        (b"", "the answer is not HTTP"),
        (b"SSH-2.0-OpenSSH\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "the answer is not HTTP"),
    ],
)
def test_failure(answer: Any, error: str) -> None:
    with Receiver(answer) as receiver:
        assert send(request(receiver.url), 5, local=True) == error


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with Receiver() as target:
        moved = f"HTTP/1.1 {status} Moved\r\nLocation: {target.url}/\r\nContent-Length: 0\r\n\r\n".encode()
        with Receiver(moved) as receiver:
            error = send(request(receiver.url, headers=(("Authorization", "Bearer s"),)), 5, local=True)
    assert error == f"the answer was {status} Moved; redirects are not followed"
    assert target.requests == []


@pytest.mark.parametrize("answer", [silence, drip, endless])
def test_an_answer_without_end_is_cut(answer: Any) -> None:
    with Receiver(answer) as receiver:
        began = time.monotonic()
        assert send(request(receiver.url), 0.5, local=True) == "no answer in time"
        assert time.monotonic() - began < 2


def test_a_resolver_that_hangs_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hang(*_: Any, **__: Any) -> None:
        over.wait(30)
        raise OSError

    monkeypatch.setattr(http_request, "resolved", hang)
    began = time.monotonic()
    assert send(request("http://slow.example/"), 0.3, local=True) == "no answer in time"
    assert time.monotonic() - began < 2
    over.set()


def test_a_closed_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert send(request(f"http://127.0.0.1:{port}/"), 5, local=True) == "the connection was refused"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "127.1"])
def test_on_aws_loopback_is_out_of_reach(host: str) -> None:
    with Receiver() as receiver:
        assert send(request(f"http://{host}:{receiver.port}/"), 5, local=False) == "the address is not allowed"
    assert receiver.requests == []


def test_the_address_that_was_checked_is_the_one_that_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that means a public address first, and loopback when it is asked again."""
    with Receiver() as receiver:
        asked = []

        def rebinding(host: Any, port: Any, **_: Any) -> list[Any]:
            asked.append(host)
            return [(2, 1, 6, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", port))]

        reached = []

        def connect(address: Any, _: Any) -> None:
            reached.append(address)
            raise ConnectionRefusedError

        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        monkeypatch.setattr(socket, "create_connection", connect)
        send(request(f"http://rebinding.example:{receiver.port}/"), 5, local=False)
    assert reached == [("8.8.8.8", receiver.port)]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from cryptography import x509  # comes with moto

    folder = tmp_path_factory.mktemp("tls")
    return make_certificate(folder, x509)


def make_certificate(folder: Any, x509: Any) -> Any:
    import datetime

    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + made.public_bytes(serialization.Encoding.PEM)
    (folder / "both.pem").write_bytes(pem)
    return folder / "both.pem"


def test_a_certificate_is_verified_unless_told_otherwise(certificate: Any) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Receiver(context=context) as receiver:
        assert send(request(receiver.url), 5, local=True) == "the certificate is not valid: self-signed certificate"
        assert receiver.requests == []
        assert send(request(receiver.url, verify=False), 5, local=True) == ""


def test_no_tls_where_it_is_expected() -> None:
    with Receiver(greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as receiver:
        assert send(request(receiver.url.replace("http:", "https:")), 5, local=True) == "the TLS handshake failed"
