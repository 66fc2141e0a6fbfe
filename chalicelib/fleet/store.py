"""What the fleet asks of whatever keeps its data. `storage.DynamoStore` is the one that ships."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from chalicelib.fleet.errors import FleetError
from chalicelib.fleet.monitors import Monitor, Monitors
from chalicelib.fleet.passwords import Password
from chalicelib.fleet.pings import CountedSeries, Point, Series
from chalicelib.fleet.servers import Fleet, Server
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.states import State, States
from chalicelib.fleet.tokens import Token


@dataclass(frozen=True, slots=True)
class Facts:
    """What an agent says of its host; None is what it did not say."""

    ip: str | None = None
    host: str | None = None

    def change(self, server: Server) -> bool:
        return self.ip not in (None, server.ip) or self.host not in (None, server.host)


NO_FACTS = Facts()


class View(Protocol):
    """Each part is read when it is first asked for, and is as new as the moment of the view or newer."""

    @property
    def fleet(self) -> Fleet: ...

    @property
    def monitors(self) -> Monitors: ...

    @property
    def settings(self) -> Settings: ...


class Store(Protocol):
    """Every method raises Throttled or Unavailable when the database refuses or does not answer."""

    def time_limit(self) -> AbstractContextManager[None]:
        """A block in which every call together is over in time for an answer within 5 seconds."""

    def check(self) -> None:
        """Raises Unavailable unless the database answers."""

    def view(self) -> View:
        """What the dashboard knows, as new as this moment, whoever changed it."""

    def recent_monitors(self, *, at_once: bool = False) -> Monitors:
        """Every monitor, at most 15 seconds old; `at_once` as new as this moment."""

    def states(self, servers: Collection[Server] | None) -> States:
        """The stored states of these servers, or of all for None; perhaps of others too."""

    def series(self, server_id: int, since: int, until: int) -> Mapping[int, Series]:
        """The ping series of a server by monitor id, ascending; minutes from `since` to `until`, Unix seconds."""

    def counted_series(self, server_id: int, since: int, until: int) -> Mapping[int, CountedSeries]:
        """The same with the counts of probes."""

    def new_server_id(self) -> int:
        """An id that was never given out before; raises InvalidInput when the dashboard is full."""

    def add_server(self, server: Server, secret: Token) -> None:
        """Keeps a new server with its agent's secret; raises InvalidInput when the dashboard is full."""

    def edit_server(self, server_id: int, changes: Mapping[str, object]) -> bool:
        """Changes these fields of Server; False when there is no such server."""

    def delete_server(self, server: Server, now: int) -> bool:
        """Ends a server with its secret and states, for good; False when it changed meanwhile or is gone."""

    def replace_secret(self, server: Server, secret: Token) -> bool:
        """Ends a server's secret and begins another; False when that changed meanwhile or the server is gone."""

    def new_monitor_id(self) -> int:
        """An id that was never given out before; raises InvalidInput when there are too many monitors."""

    def add_monitor(self, monitor: Monitor) -> None:
        """Keeps a new monitor; raises InvalidInput when there are too many."""

    def update_monitor(self, old: Monitor, new: Monitor) -> bool:
        """Keeps `new` in the place of `old`; False when that changed meanwhile or is gone."""

    def delete_monitor(self, monitor_id: int) -> bool:
        """False when there is no such monitor."""

    def edit_settings(self, changes: Mapping[str, object]) -> None:
        """Changes these fields of Settings."""

    def password(self) -> Password | None:
        """The password in force, as of this moment; None when none was ever set."""

    def put_password(self, password: Password) -> None:
        """Takes the place of the old one."""

    def replace_password(self, old: Password, new: Password) -> bool:
        """`new` takes the place of `old`; False when another did meanwhile."""

    def count_attempt(self, who: str, now: float) -> int:
        """How many sign-in attempts `who` made in this window, with this one."""

    def token(self, hash_: str) -> Token | None:
        """The token with this hash, as of this moment."""

    def add_token(self, token: Token) -> None:
        """Keeps a new token."""

    def api_tokens(self) -> list[Token]:
        """Every API token, the newest last."""

    def delete_token(self, hash_: str) -> bool:
        """False when there is no such token."""

    def mark_used(self, token: Token, now: int) -> bool:
        """Keeps the day of a token's last use, and prolongs a session; False when this day was kept already."""

    def server_ids(self, secret_hashes: Iterable[str]) -> Mapping[str, int]:
        """Which servers these agents' secrets belong to; at most 15 seconds old."""

    def write_facts(self, facts: Mapping[int, Facts]) -> Mapping[int, FleetError]:
        """Keeps what agents say of their hosts where it changed; the servers that failed, with the reason."""

    def write_states(self, states: Mapping[int, State]) -> Mapping[int, FleetError]:
        """Keeps each state that is newer than the stored one; the servers that failed, with the reason."""

    def write_points(self, points: Mapping[int, Sequence[Point]]) -> Mapping[int, FleetError]:
        """Adds ping points to those of each server; the servers that failed, with the reason."""
