"""What the fleet asks of whatever keeps its data. `storage.DynamoStore` is the one that ships."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from chalicelib.fleet.errors import FleetError
from chalicelib.fleet.servers import Fleet, Server
from chalicelib.fleet.states import State
from chalicelib.fleet.tokens import Token


@dataclass(frozen=True, slots=True)
class Facts:
    """What an agent says of its host; None is what it did not say."""

    ip: str | None = None
    host: str | None = None

    def change(self, server: Server) -> bool:
        return self.ip not in (None, server.ip) or self.host not in (None, server.host)


NO_FACTS = Facts()


class Store(Protocol):
    """Every method raises Throttled or Unavailable when the database refuses or does not answer."""

    def time_limit(self) -> AbstractContextManager[None]:
        """A block in which every call together is over in time for an answer within 5 seconds."""

    def check(self) -> None:
        """Raises Unavailable unless the database answers."""

    def fleet(self) -> Fleet:
        """Every server, as new as this moment, whoever changed it."""

    def states(self, servers: Collection[Server] | None) -> Mapping[int, State]:
        """The stored states of these servers, or of all for None; perhaps of others too."""

    def new_server_id(self) -> int:
        """An id that was never given out before; raises InvalidInput when the dashboard is full."""

    def add_server(self, server: Server, secret: Token) -> None:
        """Keeps a new server with its agent's secret."""

    def token(self, hash_: str) -> Token | None:
        """The token with this hash, as of this moment."""

    def add_token(self, token: Token) -> None:
        """Keeps a new token."""

    def mark_used(self, token: Token, now: int) -> None:
        """Keeps the day on which a token was last used."""

    def server_ids(self, secret_hashes: Iterable[str]) -> Mapping[str, int]:
        """Which servers these agents' secrets belong to; at most 15 seconds old."""

    def write_facts(self, facts: Mapping[int, Facts]) -> Mapping[int, FleetError]:
        """Keeps what agents say of their hosts where it changed; the servers that failed, with the reason."""

    def write_states(self, states: Mapping[int, State]) -> Mapping[int, FleetError]:
        """Keeps each state that is newer than the stored one; the servers that failed, with the reason."""
