"""HTTP probes against real servers on loopback, well-behaved and not."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from agent.core.monitor_types import TYPES, http
from agent.core.monitors import UnusableMonitor, parse_monitor

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def serving(
    answer: bytes | Callable[[Any], None], context: ssl.SSLContext | None = None
) -> Iterator[tuple[int, list[bytes]]]:
    """A server on loopback: its port, and the requests that it got."""
    requests: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection: Any) -> None:
        try:
            with connection, context.wrap_socket(connection, server_side=True) if context else connection as peer:
                requests.append(peer.recv(65_536))
                if callable(answer):
                    answer(peer)
                else:
                    peer.sendall(answer)
        except OSError:
            return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1], requests


def status(line: str) -> bytes:
    return f"HTTP/1.1 {line}\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:1/\r\n\r\n".encode()


def test_a_page_has_a_delay_and_is_asked_for_once() -> None:
    with serving(OK) as (port, requests):
        delay = http.probe(f"http://127.0.0.1:{port}/a/b?c=d&e")
        assert delay is not None
        assert 0 < delay < 30_000
        (request,) = requests
    lines = request.decode().split("\r\n")
    assert lines[0] == "GET /a/b?c=d&e HTTP/1.1"
    assert {f"Host: 127.0.0.1:{port}", "Connection: close"} <= set(lines)


@pytest.mark.parametrize(
    ("line", "works"),
    [
        ("200 OK", True),
        ("204 No Content", True),
        ("301 Moved", True),
        ("399 Odd", True),
        ("400 Bad", False),
        ("404 Not Found", False),
        ("500 Oops", False),
        ("503 Busy", False),
    ],
)
def test_a_status_below_400_works_and_redirects_are_not_followed(line: str, works: bool) -> None:
    with serving(status(line)) as (port, requests):
        assert (http.probe(f"http://127.0.0.1:{port}") is not None) is works
        assert len(requests) == 1


def test_the_delay_is_that_of_the_whole_body() -> None:
    def slow(peer: Any) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
        time.sleep(0.3)
        peer.sendall(b"k")

    with serving(slow) as (port, _):
        delay = http.probe(f"http://127.0.0.1:{port}/")
        assert delay
        assert delay >= 300


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", b"\xff" * 70_000]
)
def test_what_is_no_whole_answer_does_not_work(answer: bytes) -> None:
    with serving(answer) as (port, _):
        assert http.probe(f"http://127.0.0.1:{port}/") is None


def test_who_does_not_answer_or_never_ends_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT", 0.5)

    def silent(peer: Any) -> None:
        peer.recv(1)

    def drip(peer: Any) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            peer.sendall(b"x")
            time.sleep(0.05)

    def endless(peer: Any) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            peer.sendall(b"x" * 1000)
            time.sleep(0.01)

    for answer in (silent, drip, endless):
        with serving(answer) as (port, _):
            began = time.monotonic()
            assert http.probe(f"http://127.0.0.1:{port}/") is None
            assert time.monotonic() - began < 20


def test_nobody_there_does_not_work() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert http.probe(f"http://127.0.0.1:{port}/") is None
    assert http.probe("http://no-such-host.invalid/") is None


def test_a_certificate_must_be_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, of_another = certificate(tmp_path, "127.0.0.1"), certificate(tmp_path, "192.0.2.1")
    with serving(OK, server_side(ours)) as (port, _):
        assert http.probe(f"https://127.0.0.1:{port}/") is None
    trusting = ssl.create_default_context()
    for trusted in (ours, of_another):
        trusting.load_verify_locations(trusted)
    monkeypatch.setattr(http, "_context", lambda: trusting)
    with serving(OK, server_side(ours)) as (port, requests):
        assert http.probe(f"https://127.0.0.1:{port}/") is not None
        assert f"Host: 127.0.0.1:{port}".encode() in requests[0]
    with serving(OK, server_side(of_another)) as (port, _):
        assert http.probe(f"https://127.0.0.1:{port}/") is None


def server_side(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def certificate(folder: Path, address: str) -> Path:
    """A file with a self-signed certificate of an address, and its key."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{address}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return pem


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("http://a.example", "a.example"),
        ("https://a.example:8443/x?y=z", "a.example"),
        ("http://[::1]:80/", "::1"),
        ("http://192.0.2.1?x", "192.0.2.1"),
    ],
)
def test_the_host_of_a_target_is_known(target: str, host: str) -> None:
    assert TYPES["http"].host_of(target) == host
    sent = {"id": 7, "type": "http", "target": target, "interval": 60}
    assert parse_monitor(sent).target == target


@pytest.mark.parametrize(
    "target", ["ftp://a.example/", "a.example", "http://", "http://a.example:99999/", "https://a.example/ö"]
)
def test_a_target_that_cannot_be_probed_is_refused(target: str) -> None:
    with pytest.raises(UnusableMonitor, match="the target of monitor 7"):
        parse_monitor({"id": 7, "type": "http", "target": target, "interval": 60})
