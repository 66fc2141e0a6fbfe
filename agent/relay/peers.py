"""Where an agent's connection comes from."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import unquote

from agent.core.urls import is_address

Network = IPv4Network | IPv6Network
Metadata = Iterable[tuple[str, str | bytes]]

LONGEST_HEADER = 1024


class Peers:
    """Determines agents' addresses. trusted: the proxies whose `header` counts."""

    def __init__(self, trusted: Sequence[Network] = (), header: str = "x-forwarded-for") -> None:
        self._trusted = trusted
        self._header = header.lower()

    def address(self, peer: str, metadata: Metadata) -> str:
        """The agent's address, "" when there is none. peer: as gRPC names it.

        In a chain of proxies it is the last address that is not a trusted proxy's own.
        """
        address = address_of(peer)
        if not self._trusted or not self._is_trusted(address):
            return address
        told = next((value for key, value in metadata if key == self._header), "")
        if not isinstance(told, str) or len(told) > LONGEST_HEADER:
            return address
        for part in reversed([part.strip() for part in told.split(",")]):
            if not is_address(part):
                return address
            address = part
            if not self._is_trusted(part):
                return part
        return address

    def _is_trusted(self, address: str) -> bool:
        return is_address(address) and any(ip_address(address) in network for network in self._trusted)


def address_of(peer: str) -> str:
    """The address in `ipv4:192.0.2.1:40000` or `ipv6:%5B2001:db8::1%5D:40000`."""
    family, _, rest = unquote(peer).partition(":")
    if family not in ("ipv4", "ipv6"):
        return ""
    address = rest.rpartition(":")[0].strip("[]").partition("%")[0]
    if not is_address(address):
        return ""
    parsed = ip_address(address)
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return str(mapped or parsed)


def reportable(address: str) -> str:
    """The address if it is meaningful to other hosts, else ""."""
    if not is_address(address):
        return ""
    parsed = ip_address(address)
    return "" if parsed.is_loopback or parsed.is_unspecified or parsed.is_link_local else address
