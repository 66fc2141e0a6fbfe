"""The fast transport, against sockets that answer as a test tells them to."""

import datetime
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.watched_store import MovableClock
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import CallRefused, NoAnswer, SetupError
from chalicelib.storage.head import KEY, HeadItem
from chalicelib.storage.transport import IDLE_SECONDS, FastTransport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + b'{"Item":{}}'
ITEM: dict[str, Any] = {"Item": {}}


@dataclass
class Server:
    """Sends `answer` for every request. requests: what came so far, in one list for each socket."""

    port: int
    answer: bytes = OK
    requests: list[list[bytes]] = field(default_factory=list)
    sockets: list[socket.socket] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener.getsockname()[1])

    def serve(plain: socket.socket) -> None:
        try:
            accepted = tls.wrap_socket(plain, server_side=True) if tls else plain
        except OSError:  # a client that does not trust us
            return plain.close()
        requests: list[bytes] = []
        server.requests.append(requests)
        server.sockets.append(accepted)
        with accepted, accepted.makefile("rb") as file:
            while request := read_request(file):
                requests.append(request)
                accepted.sendall(server.answer)
                if b"HTTP/1.0" in server.answer or b"lose" in server.answer:
                    return None
        return None

    def accept() -> None:
        while True:
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(accepted,)))
            threads[-1].start()

    threads = [threading.Thread(target=accept)]
    threads[0].start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for accepted in server.sockets:
            end(accepted)
        for thread in threads:
            thread.join(5)


def read_request(file: Any) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        try:
            line = file.readline()
        except OSError:
            return b""
        if not line:
            return b""
        head += line
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return bytes(head + file.read(length))


def end(accepted: socket.socket) -> None:
    with suppress(OSError):  # the other side was first
        accepted.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def server(aws_credentials: None) -> Iterator[Server]:
    with serving() as started:
        yield started


@pytest.fixture
def connection(server: Server) -> Iterator[FastTransport]:
    opened = connected(server.url)
    yield opened
    opened.close()


def connected(url: str, *, read_seconds: float = 2, clock: Any = time) -> FastTransport:
    return FastTransport(get_session(), url, "us-east-1", connect_seconds=2, read_seconds=read_seconds, clock=clock)


def test_a_call_is_posted_signed_with_bytes_as_base64(server: Server, connection: FastTransport) -> None:
    assert connection.call("GetItem", {"Key": {"k": {"B": b"\x00\xff"}}}) == ITEM
    ((request,),) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert body == b'{"Key":{"k":{"B":"AP8="}}}'
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST / HTTP/1.1"
    headers = dict(line.split(": ", 1) for line in lines[1:])
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=test/")


def test_calls_share_a_socket(server: Server, connection: FastTransport) -> None:
    for _ in range(3):
        assert connection.call("GetItem", {}) == ITEM
    assert [len(requests) for requests in server.requests] == [3]


def test_calls_at_once_have_a_socket_each(server: Server, connection: FastTransport) -> None:
    begin = threading.Barrier(5)

    def call(_: int) -> object:
        begin.wait(5)
        return [connection.call("GetItem", {}) for _ in range(20)]

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(call, range(5))) == [[ITEM] * 20] * 5
    assert sum(len(requests) for requests in server.requests) == 100


def test_a_socket_that_the_other_side_closed_is_not_used_again(server: Server, connection: FastTransport) -> None:
    connection.call("GetItem", {})
    end(server.sockets[0])
    assert connection.call("GetItem", {}) == ITEM
    assert [len(requests) for requests in server.requests] == [1, 1]


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 11\r\n\r\n{"Item":{}}',
        b'HTTP/1.0 200 OK\r\nContent-Length: 11\r\n\r\n{"Item":{}}',
    ],
)
def test_a_socket_that_is_not_kept_is_not_used_again(server: Server, connection: FastTransport, answer: bytes) -> None:
    server.answer = answer
    assert [connection.call("GetItem", {}) for _ in range(2)] == [ITEM, ITEM]
    assert len(server.requests) == 2


def test_an_answer_may_come_in_chunks(server: Server, connection: FastTransport) -> None:
    server.answer = (
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n4;x=y\r\n{"It\r\n7\r\nem":{}}\r\n0\r\nTrailer: x\r\n\r\n'
    )
    assert [connection.call("GetItem", {}) for _ in range(2)] == [ITEM, ITEM]
    assert [len(requests) for requests in server.requests] == [2]


def test_an_answer_may_be_empty(server: Server, connection: FastTransport) -> None:
    server.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    assert connection.call("UpdateItem", {}) == {}


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n[{}]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\nConnection: close\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\nConnection: close",
    ],
)
def test_what_is_no_whole_answer_counts_as_none(server: Server, connection: FastTransport, answer: bytes) -> None:
    server.answer = answer
    with pytest.raises(NoAnswer):
        connection.call("GetItem", {})
    server.answer = OK
    assert connection.call("GetItem", {}) == ITEM


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"}', "ThrottlingException"),
        (b'{"__type":"ThrottlingException"}', "ThrottlingException"),
        (b"<html>Bad Gateway</html>", ""),
    ],
)
def test_an_error_is_named(server: Server, connection: FastTransport, body: bytes, code: str) -> None:
    server.answer = b"HTTP/1.1 502 Bad\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with pytest.raises(CallRefused) as refusal:
        connection.call("GetItem", {})
    assert (refusal.value.code, refusal.value.status) == (code, 502)


def test_silence_ends_after_the_time_to_read(aws_credentials: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(NoAnswer, match="timed out") as failure:
            connected(url, read_seconds=0.1).call("GetItem", {})
    assert (failure.value.name, failure.value.is_stale) == ("TimeoutError", False)


def test_credentials_are_needed(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(SetupError, match="Unable to locate credentials"):
        connected(server.url).call("GetItem", {})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "half")
    with pytest.raises(SetupError, match="Partial credentials found in env"):
        connected(server.url).call("GetItem", {})
    assert server.requests == []


SOCKETS = 9
"""As many as a batch of reports opens, and one more."""


class Freezing:
    """A server whose sockets of before `freeze` go the way of those of a frozen Lambda.

    With "rst" the other side resets them once they are written to; with "hole" it never answers on them again.
    """

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._accepted: list[socket.socket] = []
        self._frozen: set[socket.socket] = set()
        self._together = threading.Barrier(SOCKETS)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def accepted(self) -> int:
        return len(self._accepted)

    def freeze(self) -> None:
        self._frozen.update(self._accepted)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for accepted in self._accepted:
            end(accepted)

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            self._accepted.append(accepted)
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        with accepted, accepted.makefile("rb") as file:
            while accepted.recv(1, socket.MSG_PEEK):
                if accepted in self._frozen:
                    if self._mode == "rst":
                        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                    accepted.recv(1 << 16)
                    continue
                read_request(file)
                if not self._frozen:
                    self._together.wait(5)  # so that every call has a socket of its own
                accepted.sendall(OK)


@pytest.mark.parametrize(("mode", "read_seconds", "most_seconds"), [("rst", 30, 10), ("hole", 1, 2)])
def test_the_first_call_after_a_freeze_is_answered(
    aws_credentials: None, mode: str, read_seconds: int, most_seconds: int
) -> None:
    """Reset sockets cost no time, and sockets into the void a single time to read, however many there are."""
    with closing(Freezing(mode)) as server:
        transport, clock = connected(server.url, read_seconds=read_seconds), MovableClock(runs=False)
        database = Database("t-", transport, clock)
        with ThreadPoolExecutor(SOCKETS) as pool:
            list(pool.map(lambda _: database.get(HeadItem, KEY), range(SOCKETS)))
        assert server.accepted == SOCKETS
        server.freeze()
        began = time.monotonic()
        with database.time_limit():
            assert database.get(HeadItem, KEY) == {}
        assert time.monotonic() - began < most_seconds
        assert clock.monotonic() == 0, "it paused before it tried again"
        assert [database.get(HeadItem, KEY) for _ in range(3)] == [{}] * 3
        assert server.accepted == SOCKETS + 1
        transport.close()


def test_a_reused_socket_that_fails_takes_the_idle_ones_with_it(aws_credentials: None) -> None:
    with closing(Freezing("rst")) as server:
        transport = connected(server.url)
        with ThreadPoolExecutor(SOCKETS) as pool:
            list(pool.map(lambda _: transport.call("GetItem", {}), range(SOCKETS)))
        server.freeze()
        with pytest.raises(NoAnswer) as failure:
            transport.call("GetItem", {})
        assert failure.value.is_stale
        assert transport.call("GetItem", {}) == ITEM
        assert server.accepted == SOCKETS + 1
        transport.close()


def test_a_new_socket_that_fails_is_not_stale(server: Server, connection: FastTransport) -> None:
    server.answer = b"SSH-2.0-OpenSSH_9.2\r\n\r\n"
    with pytest.raises(NoAnswer) as failure:
        connection.call("GetItem", {})
    assert not failure.value.is_stale


def test_a_socket_that_was_idle_for_too_long_is_not_used_again(server: Server) -> None:
    clock = MovableClock(runs=False)
    connection = connected(server.url, clock=clock)
    for seconds in (0, IDLE_SECONDS, IDLE_SECONDS + 1):
        clock.skip(seconds)
        assert connection.call("GetItem", {}) == ITEM
    assert [len(requests) for requests in server.requests] == [2, 1]
    connection.close()


def test_over_tls_only_who_is_trusted_is_told_anything(
    aws_credentials: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certify(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with serving(tls) as server:
        url = f"https://localhost:{server.port}"
        with pytest.raises(NoAnswer) as failure:
            connected(url).call("GetItem", {})
        assert failure.value.name == "SSLCertVerificationError"
        assert server.requests == []
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
        connection = connected(url)
        assert [connection.call("GetItem", {}) for _ in range(2)] == [ITEM, ITEM]
        assert [len(requests) for requests in server.requests] == [2]
        connection.close()


def certify(folder: Path) -> Path:
    """A key and a certificate of `localhost` that is signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path
