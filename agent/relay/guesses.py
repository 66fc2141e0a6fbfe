"""Counts wrong secrets by source address, and decides which new secrets are still looked up.

An address that sent many wrong secrets may be shared: behind one router, a machine that guesses must not keep a new
agent out. So two kinds of secrets are looked up beyond the limit, each at most ALLOWED a minute: the first one of a new
connection, as an agent sends no other, and one that comes again, as an agent tries the same every 10 seconds.

A connection is identified by its address and port. One that gets the port of a guesser's closed connection counts as
the guesser's, so its agent is let in only at its second attempt.
"""

from dataclasses import dataclass, field
from ipaddress import ip_network

from agent.relay.clock import RelayClock
from agent.relay.identities import FRESH_SECONDS, forget_oldest

WRONG_AN_ADDRESS = 30
"""Wrong secrets from one address in FRESH_SECONDS, after which it counts as guessing."""

ALLOWED = 30
AGAIN_SECONDS = 5.0
"""A secret that comes again after this is more likely an agent's than a guess."""

MOST_PUT_OFF = 50_000
"""Secrets that are remembered until they come again: about 10 MB."""


@dataclass(slots=True)
class _Address:
    """What came from one address since `since`."""

    since: float
    wrong: int = 0
    new_connections: int = 0
    returned: int = 0
    connections: set[str] = field(default_factory=set)


class Guesses:
    """Addresses are given as `source_of` returns them; "" means unknown and never counts as guessing."""

    def __init__(self, clock: RelayClock) -> None:
        self._clock = clock
        self._addresses: dict[str, _Address] = {}
        self._put_off: dict[tuple[str, int], float] = {}
        """When each secret (its hash) of an address was first not looked up."""

    def is_guessing(self, source: str) -> bool:
        address = self._recent(source)
        return address is not None and address.wrong >= WRONG_AN_ADDRESS

    def may_ask(self, source: str, secret: str, connection: str) -> bool:
        """Whether an address that guesses may have this secret looked up all the same."""
        address = self._recent(source)
        if address is None:
            return True
        if connection not in address.connections and address.new_connections < ALLOWED:
            address.connections.add(connection)
            address.new_connections += 1
            return True
        put_off = self._put_off.get((source, hash(secret)), self._clock.monotonic())
        if self._clock.monotonic() - put_off >= AGAIN_SECONDS and address.returned < ALLOWED:
            address.returned += 1
            return True
        self.put_off(source, secret)
        return False

    def put_off(self, source: str, secret: str) -> None:
        """A secret was not looked up."""
        self._put_off.setdefault((source, hash(secret)), self._clock.monotonic())
        forget_oldest(self._put_off, MOST_PUT_OFF)

    def wrong(self, source: str, connection: str) -> None:
        """A secret was looked up, and it was wrong."""
        if not source:
            return
        address = self._recent(source)
        if address is None:
            self._addresses.pop(source, None)
            address = self._addresses[source] = _Address(self._clock.monotonic())
            forget_oldest(self._addresses)
        address.wrong += 1
        address.connections.add(connection)

    def forget(self) -> None:
        """Forgets everything older than FRESH_SECONDS."""
        oldest = self._clock.monotonic() - FRESH_SECONDS
        self._addresses = {source: one for source, one in self._addresses.items() if one.since > oldest}
        self._put_off = {key: at for key, at in self._put_off.items() if at > oldest}

    def _recent(self, source: str) -> _Address | None:
        address = self._addresses.get(source)
        return address if address and self._clock.monotonic() - address.since < FRESH_SECONDS else None


def source_of(address: str) -> str:
    """What an address's secrets are counted under: the IPv4 address, or the /64 network of an IPv6 address, which
    usually belongs to one customer.
    """
    return address if ":" not in address else str(ip_network(f"{address}/64", strict=False))
