"""This host's address, learnt from the host alone: no other service is asked."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

import psutil


def address(dashboard_host: str, dashboard_port: int) -> str:
    """`v4`, `v6` or `v4/v6` as v0 agents write it, "" when the host has none to show.

    Behind address translation it is the inner address. May wait for the name server.
    """
    routes = _routes(dashboard_host, dashboard_port)
    return choose(routes, (entry.address for entries in psutil.net_if_addrs().values() for entry in entries))


def choose(routes: Iterable[str], interfaces: Iterable[str]) -> str:
    """Of each family the first of `routes`, else the first global one of `interfaces`.

    What is no address is skipped. A v4 route may be private, as hosts in a cloud often know no other address;
    v6 must be global.
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
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return
    for family, kind, protocol, _, target in found:
        try:
            with socket.socket(family, kind, protocol) as probe:
                # Connecting a UDP socket sends nothing: the kernel only picks the route.
                probe.connect(target)
                yield probe.getsockname()[0]
        except OSError:
            continue
