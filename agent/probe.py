"""One probe: an ICMP echo, or a TCP connection that is closed at once."""

import errno
import secrets
import socket
import time
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from icmplib import ICMPReply, ICMPRequest, ICMPv4Socket, ICMPv6Socket
from icmplib.exceptions import ICMPLibError, SocketPermissionError, TimeoutExceeded

from agent.monitor import Monitor

TIMEOUT = 5.0
"""Seconds until a probe has failed, the name lookup not counted: less than the shortest interval."""

OWN_TROUBLE = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
"""Errors that tell of this host and nothing of the target."""

SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


class NotMeasured(Exception):
    """Raised when a probe tells nothing of its target: neither a delay nor that it is down.

    kind: stays the same for the same cause. The message says what to do.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def probe(monitor: Monitor) -> float | None:
    """Milliseconds, None when the target does not resolve, refuses or does not answer within TIMEOUT.

    Raises NotMeasured. Waits for the name server besides, and for as long as that takes.
    """
    try:
        found = socket.getaddrinfo(monitor.host, monitor.port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return None
    addresses = [(family, address) for family, _, _, _, address in found]
    began = time.monotonic()
    delay = _echo(str(addresses[0][1][0])) if monitor.port is None else _connect(_one_a_family(addresses))
    if time.monotonic() - began > TIMEOUT + 1:
        # The process stood still, and an answer may have come and gone meanwhile.
        raise NotMeasured("stood still", "a probe was not counted, as this host stood still during it")
    return delay


def _one_a_family(
    addresses: Iterable[tuple[socket.AddressFamily, SocketAddress]],
) -> list[tuple[socket.AddressFamily, SocketAddress]]:
    """The first address of each family, so that a name with both is reached from hosts that have only one."""
    first: dict[socket.AddressFamily, SocketAddress] = {}
    for family, address in addresses:
        first.setdefault(family, address)
    return list(first.items())


def _connect(addresses: list[tuple[socket.AddressFamily, SocketAddress]]) -> float | None:
    for family, address in addresses:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as connection:
                connection.settimeout(TIMEOUT / len(addresses))
                began = time.perf_counter()
                connection.connect(address)
                return _milliseconds_since(began)
        except OSError as error:
            _raise_for_own(error)
    return None


def _echo(address: str) -> float | None:
    # Random, as containers that share a network have equal process ids too.
    request = ICMPRequest(address, id=secrets.randbelow(2**16), sequence=secrets.randbelow(2**16))
    try:
        with _icmp_socket(address) as echo:
            began = time.perf_counter()
            echo.send(request)
            for reply in _replies(echo, time.monotonic() + TIMEOUT):
                if (reply.id, reply.sequence) == (request.id, request.sequence):
                    longest = _milliseconds_since(began)
                    reply.raise_for_status()
                    # icmplib's times lie closer to the wire, but are the wall clock's, which may be set meanwhile.
                    delay = (reply.time - request.time) * 1000
                    return delay if 0 <= delay <= longest else longest
    except ICMPLibError as error:
        _raise_for_own(error.__context__)
    return None


def _icmp_socket(address: str) -> ICMPv4Socket | ICMPv6Socket:
    kind = ICMPv6Socket if ":" in address else ICMPv4Socket
    try:
        return kind(privileged=True)
    except SocketPermissionError:
        pass
    try:
        return kind(privileged=False)
    except SocketPermissionError:
        raise NotMeasured(
            "icmp",
            "ICMP probes are not possible, and their monitors stay without points: this process may open neither raw "
            "nor datagram ICMP sockets. Add AmbientCapabilities=CAP_NET_RAW to its systemd unit, or run "
            "sysctl net.ipv4.ping_group_range='0 2147483647', or setcap cap_net_raw+ep on its Python",
        ) from None


def _replies(echo: ICMPv4Socket | ICMPv6Socket, until: float) -> Iterator[ICMPReply]:
    """What arrives until that monotonic time.

    icmplib could wait for one request's reply itself, but goes by the wall clock there: set back, it would wait on,
    for as long as a raw socket sees other hosts' packets.
    """
    while (left := until - time.monotonic()) > 0:
        try:
            yield echo.receive(None, left)
        except TimeoutExceeded:
            continue


def _milliseconds_since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _raise_for_own(error: BaseException | None) -> None:
    if isinstance(error, OSError) and error.errno in OWN_TROUBLE:
        raise NotMeasured("own trouble", f"probes are not possible for now: {error.strerror}") from error
