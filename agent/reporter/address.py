"""This host's address, found without asking any other service."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

import psutil

from agent.reporter.readings import reading


def address(dashboard_host: str, dashboard_port: int) -> str:
    """`v4`, `v6` or `v4/v6` as v0 agents write it, "" when the host has none to show.

    Behind NAT it is the inner address. May wait for the name server.
    """
    interfaces = reading(psutil.net_if_addrs, {})
    return choose(
        _routes(dashboard_host, dashboard_port), (one.address for some in interfaces.values() for one in some)
    )


def choose(routes: Iterable[str], interfaces: Iterable[str]) -> str:
    """The first address of each family, from `routes` or else a global one from `interfaces`.

    Skips whatever is not an address. A v4 route may be private, as many cloud hosts know no other address; a v6 address
    must be global.
    """
    usable = [route for route in _addresses(routes) if not route.is_loopback and not route.is_unspecified]
    known = usable + [interface for interface in _addresses(interfaces) if interface.is_global]
    v4 = next((str(one) for one in known if one.version == 4), "")
    v6 = next((str(one) for one in known if one.version == 6 and one.is_global), "")
    return "/".join(part for part in (v4, v6) if part)


def _addresses(texts: Iterable[str]) -> Iterator[IPv4Address | IPv6Address]:
    for text in texts:
        try:
            yield ip_address(text)
        except ValueError:
            continue


def _routes(host: str, port: int) -> Iterator[str]:
    for family, kind, protocol, _, target in reading(
        lambda: socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM), []
    ):
        try:
            with socket.socket(family, kind, protocol) as probe:
                # Connecting a UDP socket sends nothing: the kernel only chooses the route.
                probe.connect(target)
                yield probe.getsockname()[0]
        except OSError:
            continue
