"""HTTP: one GET of an http or https URL. It works when the status is below 400; redirects are not followed.

The delay is the time until the whole body was read, as in v0's agents, so that both measure alike.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from functools import lru_cache
from urllib.parse import urlsplit

from agent.core.monitor_types.probing import NotMeasured, milliseconds_since, raise_own_trouble

TIMEOUT = 30.0
"""Seconds after which a probe has failed."""

STOOD_STILL = 15.0
"""Seconds more than that, beyond any name server's patience: the process stood still."""

PIECE = 65_536

_HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; Nezha)", "Accept": "*/*", "Connection": "close"}


def host_of(target: str) -> str:
    return _parts(target)[1]


def probe(target: str) -> float | None:
    """Raises NotMeasured."""
    secure, host, port, path = _parts(target)
    began, deadline = time.perf_counter(), time.monotonic() + TIMEOUT
    works = _works(secure, host, port, path, deadline)
    if time.monotonic() > deadline + STOOD_STILL:
        raise NotMeasured("stood still", "a probe was not counted because this host was suspended or overloaded")
    return milliseconds_since(began) if works and time.monotonic() <= deadline else None


def _works(secure: bool, host: str, port: int, path: str, deadline: float) -> bool:
    try:
        connected = _connected(secure, host, port, deadline)
        # A server that sends a byte now and then never runs into a timeout, so the connection is cut from outside.
        cut = threading.Timer(_left(deadline), _shut, [connected])
        cut.daemon = True
        cut.start()
        try:
            return _asked(connected, secure, host, port, path)
        finally:
            cut.cancel()
            connected.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise_own_trouble(error)
        return False


def _connected(secure: bool, host: str, port: int, deadline: float) -> socket.socket:
    connected = socket.create_connection((host, port), _left(deadline))
    try:
        connected.settimeout(_left(deadline))
        return _context().wrap_socket(connected, server_hostname=host) if secure else connected
    except BaseException:
        connected.close()
        raise


def _shut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _asked(connected: socket.socket, secure: bool, host: str, port: int, path: str) -> bool:
    """Whether the whole answer came, and its status is good."""
    connection = http.client.HTTPConnection(host, port)
    connection.sock = connected
    connection.default_port = 443 if secure else 80  # which is left out of the Host header
    connection.putrequest("GET", path, skip_accept_encoding=True)
    for name, value in _HEADERS.items():
        connection.putheader(name, value)
    connection.endheaders()
    with connection.getresponse() as response:
        while response.read1(PIECE):
            pass
        # What is left of a length that was promised.
        return response.status < 400 and not response.length


def _left(deadline: float) -> float:
    """Seconds until then. Raises OSError when it is over."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise socket.timeout("the time is over")
    return left


@lru_cache(maxsize=1)
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _parts(target: str) -> tuple[bool, str, int, str]:
    """Whether it is https, host, port, and path with query. Raises ValueError."""
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise ValueError("is not an http or https URL")
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    if not all("!" <= character <= "~" for character in f"{host}{path}"):
        raise ValueError("has characters that a URL must encode")
    return parts.scheme == "https", host, port or (443 if parts.scheme == "https" else 80), path
