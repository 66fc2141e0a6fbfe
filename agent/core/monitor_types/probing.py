"""What probes have in common."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from agent.core.certificates import Certificate

TIMEOUT = 5.0
"""Seconds after which a probe has failed, without the name lookup. Less than the shortest interval."""

OWN_TROUBLE = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
"""Errors that say something about this host and nothing about the target."""

Addresses = list[tuple[socket.AddressFamily, Any]]
"""Families and socket addresses, in the system's order."""


class Probed(NamedTuple):
    """delay: milliseconds until the target answered, None when it did not. certificate: the one that it showed, valid
    or not.
    """

    delay: float | None
    certificate: Certificate | None = None


class NotMeasured(Exception):
    """Raised when a probe says nothing about its target: neither a delay nor that it is down.

    kind: the same for the same cause. The message says what to do.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def probed(host: str, port: int | None, measure: Callable[[Addresses], float | None]) -> float | None:
    """What `measure` returns for the host's addresses, None when its name does not resolve. Raises NotMeasured."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return None
    began = time.monotonic()
    delay = measure([(family, address) for family, _, _, _, address in found])
    if time.monotonic() - began > TIMEOUT + 1:
        # The process stood still, and an answer may have come and gone meanwhile.
        raise NotMeasured("stood still", "a probe was not counted because this host was suspended or overloaded")
    return delay


def milliseconds_since(began: float) -> float:
    """Milliseconds since `began`, a time of `time.perf_counter`."""
    return (time.perf_counter() - began) * 1000


def raise_own_trouble(error: BaseException | None) -> None:
    """Raises NotMeasured for an error that says nothing about the target."""
    if isinstance(error, OSError) and error.errno in OWN_TROUBLE:
        raise NotMeasured("own trouble", f"probes are not possible for now: {error.strerror}") from error
