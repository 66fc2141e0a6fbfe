"""TCP: one connection to `host:port` or `[v6]:port`, closed at once."""

from __future__ import annotations

import socket
import time
from typing import Any

from agent.core.monitor_types.probing import TIMEOUT, Addresses, milliseconds_since, probed, raise_own_trouble


def host_of(target: str) -> str:
    return _host_and_port(target)[0]


def probe(target: str) -> float | None:
    """Tries the first address of each family. The attempts share TIMEOUT."""
    host, port = _host_and_port(target)
    return probed(host, port, _connect)


def _host_and_port(target: str) -> tuple[str, int]:
    host, _, port = target.rpartition(":")
    # Few digits, as int() raises for thousands of them.
    if not host or not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        raise ValueError("is not host:port")
    return (host[1:-1] if host.startswith("[") and host.endswith("]") else host), int(port)


def _connect(addresses: Addresses) -> float | None:
    first: dict[socket.AddressFamily, Any] = {}
    for family, address in addresses:
        # A host that has only one family must still reach a name that has both.
        first.setdefault(family, address)
    for family, address in first.items():
        try:
            with socket.socket(family, socket.SOCK_STREAM) as connection:
                connection.settimeout(TIMEOUT / len(first))
                began = time.perf_counter()
                connection.connect(address)
                return milliseconds_since(began)
        except OSError as error:
            raise_own_trouble(error)
    return None
