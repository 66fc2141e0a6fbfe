"""HTTP: one GET of an http or https URL. It works when the status is below 400; redirects are not followed.

The delay is the time until the whole body was read, as in v0's agents, so that both measure alike.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
from functools import lru_cache
from urllib.parse import urlsplit

from agent.core.certificates import Certificate, parse_certificate
from agent.core.deadline import Deadline
from agent.core.monitor_types.probing import NotMeasured, Probed, milliseconds_since, raise_own_trouble

TIMEOUT = 30.0
"""Seconds after which a probe has failed."""

SHOW_SECONDS = 10.0
"""How long a server has to show a certificate that is not valid."""

STOOD_STILL = 15.0
"""A probe that takes this many seconds longer than TIMEOUT is not counted. No name lookup takes that long, so the
process was suspended.
"""

PIECE = 65_536

_INVALID = b""
"""Stands for an invalid certificate, which ended the handshake and must be requested again."""

_HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; Nezha)", "Accept": "*/*", "Connection": "close"}


def host_of(target: str) -> str:
    return _parts(target)[1]


def probe(target: str) -> float | None:
    """Raises NotMeasured."""
    return probe_and_see(target).delay


def probe_and_see(target: str) -> Probed:
    """Raises NotMeasured. Returns an invalid certificate, too, although the probe has failed then."""
    secure, host, port, path = _parts(target)
    began, deadline = time.perf_counter(), time.monotonic() + TIMEOUT
    works, shown = _works(secure, host, port, path, deadline)
    delay = milliseconds_since(began)
    if time.monotonic() > deadline + STOOD_STILL:
        raise NotMeasured("stood still", "a probe was not counted because this host was suspended or overloaded")
    certificate = _parsed(_shown_anyway(host, port) if shown is _INVALID else shown)
    return Probed(delay if works and time.monotonic() <= deadline else None, certificate)


def _works(secure: bool, host: str, port: int, path: str, deadline: float) -> tuple[bool, bytes | None]:
    """Whether the target works, and its certificate: None where it showed none, _INVALID for one that is not valid."""
    shown = None
    try:
        connected = _connected(secure, host, port, deadline)
        if isinstance(connected, ssl.SSLSocket):
            shown = connected.getpeercert(binary_form=True)
        with contextlib.closing(connected), Deadline(connected, _left(deadline)):
            return _asked(connected, secure, host, port, path), shown
    except ssl.SSLCertVerificationError:
        return False, _INVALID
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise_own_trouble(error)
        return False, shown


def _shown_anyway(host: str, port: int) -> bytes | None:
    """The certificate of a server, valid or not; None if it shows none now."""
    deadline = time.monotonic() + SHOW_SECONDS
    try:
        with socket.create_connection((host, port), _left(deadline)) as connected:
            connected.settimeout(_left(deadline))
            with _trusting_context().wrap_socket(connected, server_hostname=host) as secure:
                return secure.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return None


def _parsed(shown: bytes | None) -> Certificate | None:
    try:
        return parse_certificate(shown) if shown else None
    except ValueError:
        return None


def _connected(secure: bool, host: str, port: int, deadline: float) -> socket.socket:
    connected = socket.create_connection((host, port), _left(deadline))
    try:
        connected.settimeout(_left(deadline))
        return _context().wrap_socket(connected, server_hostname=host) if secure else connected
    except BaseException:
        connected.close()
        raise


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
        # `length` is what is still missing of the announced Content-Length.
        return response.status < 400 and not response.length


def _left(deadline: float) -> float:
    """Seconds left until the deadline. Raises OSError once it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise socket.timeout("the time is over")
    return left


@lru_cache(maxsize=1)
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


@lru_cache(maxsize=1)
def _trusting_context() -> ssl.SSLContext:
    """Accepts every certificate. Only for reading one: nothing is sent over such a connection."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


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
