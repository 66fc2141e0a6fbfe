"""TLS servers on loopback, with certificates that are made for a test."""

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

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
DAY = 24 * 3600


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
        listener.shutdown(socket.SHUT_RDWR)  # close() alone would not end the thread's accept()


@contextmanager
def trickling_handshake() -> Iterator[int]:
    """The port of a server whose part of the TLS handshake comes byte by byte, and never ends."""

    def trickle(peer: Any) -> None:
        # The header of a record of 16 KB, and of its message.
        for byte in (*b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03", *bytes(16_000)):
            peer.sendall(bytes([byte]))
            time.sleep(0.1)

    with serving(trickle) as (port, _):
        yield port


def server_side(pem: Path) -> ssl.SSLContext:
    """Loading another certificate into it renews that of a server that runs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def certificate(
    folder: Path,
    address: str = "127.0.0.1",
    *,
    ends: float | None = None,
    names: tuple[tuple[str, str], ...] = (),
) -> Path:
    """A file with a self-signed certificate of an address, and its key.

    ends: Unix seconds, by default tomorrow. names: of issuer and subject, with their kinds in x509.NameOID; by default
    the address is the common name.
    """
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    given = names or (("COMMON_NAME", address),)
    name = x509.Name([x509.NameAttribute(getattr(x509.NameOID, kind), text) for kind, text in given])
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    until = now + day if ends is None else datetime.datetime.fromtimestamp(ends, datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, until) - day)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{made.serial_number}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return pem
