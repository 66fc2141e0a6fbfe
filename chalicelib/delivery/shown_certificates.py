"""Reads the certificates that TLS servers present, valid or not. Nothing but the handshake is sent to them.

The reporter's parser reads the bytes: the package contains the agent's sources anyway, for install.sh
(docs/decisions/0016-certificates.md).
"""

import socket
import ssl
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import cache, partial
from urllib.parse import urlsplit

from agent.core.certificates import parse_certificate
from chalicelib.delivery.addresses import resolved
from chalicelib.fleet.certificates import Certificate

SECONDS = 5.0
"""For one target, name lookup included."""

AT_ONCE = 8


def read_all(targets: Sequence[str], *, local: bool) -> list[Certificate | None]:
    """The certificates of https URLs, in order; None where one cannot be read now.

    AT_ONCE of them are read at the same time, each in at most SECONDS. local: as in `addresses.allowed`.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="certificates") as pool:
        return list(pool.map(partial(read, local=local), targets))


def read(target: str, *, local: bool) -> Certificate | None:
    result: Future[Certificate | None] = Future()
    # A daemon: a resolver that hangs must hold up neither the next target nor the end of the process.
    threading.Thread(target=_run, args=(result, target, local), daemon=True, name="certificate").start()
    try:
        return result.result(SECONDS)
    except TimeoutError:
        return None


def _run(result: "Future[Certificate | None]", target: str, local: bool) -> None:
    try:
        result.set_result(_read(target, time.monotonic() + SECONDS, local))
    except (OSError, ValueError):
        result.set_result(None)
    except BaseException as error:
        result.set_exception(error)
        raise


def _read(target: str, deadline: float, local: bool) -> Certificate | None:
    parts = urlsplit(target)
    host, port = parts.hostname or "", parts.port or 443
    addresses = resolved(host, port, local=local)
    with closing(_connected(addresses, port, deadline)) as plain:
        plain.settimeout(_left(deadline))
        # The connection is to an address that was checked; the name is only in the handshake.
        with closing(_context().wrap_socket(plain, server_hostname=host)) as secure:
            shown = secure.getpeercert(binary_form=True)
    return Certificate(*parse_certificate(shown)) if shown else None


def _connected(addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
    for place, address in enumerate(addresses):
        try:
            return socket.create_connection((address, port), _left(deadline))
        except OSError:
            if place == len(addresses) - 1:
                raise
    raise AssertionError("unreachable")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


@cache
def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
