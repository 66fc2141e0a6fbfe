"""Which addresses may be reached when messages are delivered and when certificates are read.

A channel's URL comes from somebody who signed in, but it must not reach what only this machine can reach: the
function's own services, its metadata, a private network. Under `make run`, people test with loopback and private
addresses, so they are allowed there.
"""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_LOCAL = tuple(
    ip_network(text) for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
"""Loopback and private networks."""

_NEVER = tuple(ip_network(text) for text in ("fd00:ec2::/32", "fec0::/10", "64:ff9b:1::/48", "192.0.0.0/24"))
"""The metadata service of instances, and networks that Python considers public."""

_EMBEDDING = tuple(ip_network(text) for text in ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96"))
"""IPv6 networks whose addresses contain an IPv4 address: of translators, and the deprecated compatible form."""


class ForbiddenAddress(OSError):
    """Raised when an address must not be reached."""

    def __init__(self) -> None:
        super().__init__("the address is not allowed")


def allowed(address: str, *, local: bool) -> bool:
    """Whether an address may be reached; never an invalid one. local: whether loopback and private ones may be."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(found)
    if inner.is_multicast or inner.is_unspecified or inner.is_link_local or _in(inner, _NEVER):
        return False
    return inner.is_global or (local and _in(inner, _LOCAL))


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if _in(address, _EMBEDDING) and not (address.is_unspecified or address.is_loopback):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _in(address: IPv4Address | IPv6Address, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return any(address in network for network in networks)


def resolved(host: str, port: int, *, local: bool) -> list[str]:
    """The addresses of a host that may be reached, each once.

    Raises ForbiddenAddress if none of them may be reached, or OSError if the name cannot be resolved.
    Callers must connect to one of these, not to the name, which may resolve to another address a moment later.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError("the host name cannot be used") from None
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    usable = [address for address in addresses if allowed(address, local=local)]
    if not usable:
        raise ForbiddenAddress
    return usable
