"""HTTP probes against real servers on loopback, well-behaved and not."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from agent.core.certificates import Certificate
from agent.core.monitor_types import TYPES, http
from agent.core.monitor_types.probing import Probed
from agent.core.monitors import UnusableMonitor, parse_monitor
from tests.agent.tls import DAY, OK, certificate, server_side, serving, trickling_handshake


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


def test_tls_handshake_that_comes_byte_by_byte_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT", 0.5)
    with trickling_handshake() as port:
        assert http.probe_and_see(f"https://127.0.0.1:{port}/") == Probed(None, None)


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


def test_the_certificate_is_seen_also_when_it_is_not_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soon, past = int(time.time()) + 5 * DAY, int(time.time()) - 3 * DAY
    trusted = certificate(tmp_path, ends=soon, names=(("COMMON_NAME", "R3"), ("ORGANIZATION_NAME", "Let’s Encrypt")))
    context = ssl.create_default_context(cafile=str(trusted))
    monkeypatch.setattr(http, "_context", lambda: context)
    with serving(OK, server_side(trusted)) as (port, _):
        probed = http.probe_and_see(f"https://127.0.0.1:{port}/")
        assert probed.delay is not None
        assert probed.certificate == Certificate("Let’s Encrypt", soon)
    with serving(status("500 Oops"), server_side(trusted)) as (port, _):
        assert http.probe_and_see(f"https://127.0.0.1:{port}/") == Probed(None, Certificate("Let’s Encrypt", soon))
    for ends in (soon, past):
        with serving(OK, server_side(certificate(tmp_path, ends=ends))) as (port, requests):
            assert http.probe_and_see(f"https://127.0.0.1:{port}/") == Probed(None, Certificate("127.0.0.1", ends))
            assert not any(requests), "nothing is said to a server that cannot be trusted"


def test_targets_without_tls_have_no_certificate() -> None:
    with serving(OK) as (port, _):
        assert http.probe_and_see(f"http://127.0.0.1:{port}/").certificate is None
        assert http.probe_and_see(f"https://127.0.0.1:{port}/") == Probed(None)


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
