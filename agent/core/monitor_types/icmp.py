"""ICMP: one echo to a name or an address."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from typing import Union

from icmplib import ICMPReply, ICMPRequest, ICMPv4Socket, ICMPv6Socket
from icmplib.exceptions import ICMPLibError, SocketPermissionError, TimeoutExceeded

from agent.core.monitor_types.icmp_filter import only_own
from agent.core.monitor_types.probing import (
    TIMEOUT,
    NotMeasured,
    milliseconds_since,
    probed,
    raise_own_trouble,
)

IcmpSocket = Union[ICMPv4Socket, ICMPv6Socket]


def host_of(target: str) -> str:
    return target


def probe(target: str) -> float | None:
    """Echoes the first address that the system gives."""
    return probed(target, None, lambda addresses: _echo(str(addresses[0][1][0])))


def _echo(address: str) -> float | None:
    # Random, as containers that share a network may have the same process IDs.
    request = ICMPRequest(address, id=secrets.randbelow(2**16), sequence=secrets.randbelow(2**16))
    try:
        with _open(address) as echo:
            if echo.is_privileged:
                only_own(echo.sock, request.id)
            began = time.perf_counter()
            echo.send(request)
            for reply in _replies(echo, time.monotonic() + TIMEOUT):
                if (reply.id, reply.sequence) == (request.id, request.sequence):
                    longest = milliseconds_since(began)
                    reply.raise_for_status()
                    # icmplib's times are closer to the wire, but they are the wall clock's, which may be set meanwhile.
                    delay = float(reply.time - request.time) * 1000
                    return delay if 0 <= delay <= longest else longest
    except ICMPLibError as error:
        raise_own_trouble(error.__context__)
    return None


def _open(address: str) -> IcmpSocket:
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
            "ICMP probes are not permitted, and ICMP monitors stay without data: add AmbientCapabilities=CAP_NET_RAW "
            "to the systemd unit, or run sysctl net.ipv4.ping_group_range='0 2147483647', or run setcap cap_net_raw+ep "
            "on the Python that runs this",
        ) from None


def _replies(echo: IcmpSocket, until: float) -> Iterator[ICMPReply]:
    """What arrives until that monotonic time.

    icmplib can wait for one request's reply itself, but it uses the wall clock. If that clock is set back, icmplib goes
    on waiting for as long as a raw socket sees other hosts' packets.
    """
    while (left := until - time.monotonic()) > 0:
        try:
            yield echo.receive(None, left)
        except TimeoutExceeded:
            continue
