"""The interface that the domain needs from storage. `storage.DynamoStore` implements it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:  # for annotations only: the nouns import this protocol, not the other way round
    from chalicelib.fleet.alerts.glance import Pinged
    from chalicelib.fleet.alerts.open_events import OpenEvent
    from chalicelib.fleet.alerts.store import AlertStore
    from chalicelib.fleet.availability import Day, Shares
    from chalicelib.fleet.bill import Metered
    from chalicelib.fleet.brand import SiteFile
    from chalicelib.fleet.certificates import CertificateStore
    from chalicelib.fleet.cycle_totals import CycleCount
    from chalicelib.fleet.errors import FleetError
    from chalicelib.fleet.history import Recorded, Steps
    from chalicelib.fleet.monitor_sparks import MonitorSparks
    from chalicelib.fleet.monitors import Monitor, Monitors
    from chalicelib.fleet.passwords import Password
    from chalicelib.fleet.pings import CountedSeries, Series
    from chalicelib.fleet.public_counts import PublicCounts
    from chalicelib.fleet.ranges import Window
    from chalicelib.fleet.rollup import RollupOutcome
    from chalicelib.fleet.servers import Facts, Fleet, Server
    from chalicelib.fleet.settings import Settings
    from chalicelib.fleet.sparks import Sparks, SparkTexts
    from chalicelib.fleet.states import State, StatesByServer
    from chalicelib.fleet.tokens import Token
    from chalicelib.fleet.traffic import TrafficStore


Read = TypeVar("Read")


NO_FILES: Mapping[str, SiteFile] = MappingProxyType({})


class Changed(Exception):
    """Raised when a write builds on something that was changed or deleted since it was read. Nothing was written."""


class View(Protocol):
    """Each part is read on first use and is at least as new as the moment when the view was made."""

    @property
    def fleet(self) -> Fleet: ...

    @property
    def monitors(self) -> Monitors: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def watched_at(self) -> float:
        """When `note_watching` was last stored, Unix seconds; 0 for never."""

    @property
    def slow_until(self) -> float:
        """Until when the cost ceiling slows the dashboard down, Unix seconds; in the past if it does not."""

    @property
    def public_counts(self) -> PublicCounts:
        """What `keep_public_counts` stored last."""


class Store(Protocol):
    """Every method raises Throttled or Unavailable when the database refuses or does not answer."""

    @property
    def alerts(self) -> AlertStore:
        """Rules, channels and events."""

    @property
    def traffic(self) -> TrafficStore:
        """The servers' traffic, by period and hour."""

    @property
    def certificates(self) -> CertificateStore:
        """What is known about monitors' certificates."""

    def time_limit(self) -> AbstractContextManager[None]:
        """A block in which all calls together end early enough to answer within 5 seconds."""

    def check(self) -> None:
        """Raises Unavailable unless the database answers."""

    def view(self) -> View:
        """Servers, monitors and settings as of now, whichever process changed them."""

    def recent_monitors(self, *, at_once: bool = False) -> Monitors:
        """Every monitor, as of at most 15 seconds ago; with `at_once` as of now."""

    def recent_settings(self) -> Settings:
        """The settings, as of at most 15 seconds ago."""

    def recently_watched_at(self) -> float:
        """`View.watched_at`, as of at most 15 seconds ago."""

    def recent_server_count(self) -> int:
        """How many servers there are, as of at most 15 seconds ago."""

    def state_units(self, server_ids: Collection[int], alone: Collection[int]) -> int:
        """Write units that it takes to store a state of each of these servers together. alone: those whose states are
        stored separately, because they have temperatures."""

    def recently_slow_until(self) -> float:
        """`View.slow_until`, as of at most 15 seconds ago."""

    def cost(self) -> Metered | None:
        """This month's use as it was last counted; None if it was never counted."""

    def keep_cost(self, metered: Metered) -> None:
        """Stores the month's use, and until when the cost ceiling slows the dashboard down, for every reader."""

    def note_watching(self, now: float) -> None:
        """Notes that somebody is watching, unless that was noted less than NOTE_SECONDS ago."""

    def keep_public_counts(self, counts: PublicCounts) -> None:
        """Stores them, for `View.public_counts`."""

    def view_and(self, read: Callable[[], Read]) -> tuple[View, Read]:
        """A view, and what `read` returns, fetched at the same time: one round trip to the database, not two."""

    def was_public(self, server_id: int) -> bool:
        """Whether guests could see this server when this process read it last; false for one that it never read."""

    def states(self, ids: Collection[int] | None = None) -> StatesByServer:
        """The stored states of these servers, or of all servers for None. May include others."""

    def recently_counted(self) -> Mapping[int, CycleCount]:
        """The traffic counted in plans' cycles, by server ID, as of at most a minute ago."""

    def states_and_counted(self) -> tuple[StatesByServer, Mapping[int, CycleCount]]:
        """Every state, and `recently_counted`, fetched at the same time."""

    def states_counted_and_events(self) -> tuple[StatesByServer, Mapping[int, CycleCount], Sequence[OpenEvent] | None]:
        """Like `states_and_counted`, and the open events, all fetched at the same time. The events are None if guests
        could not see any when this process last read the settings."""

    def series(self, server_id: int, window: Window) -> Mapping[int, Series]:
        """A server's ping series by monitor id, ascending."""

    def counted_series(self, server_id: int, window: Window) -> Mapping[int, CountedSeries]:
        """Like `series`, with the numbers of probes."""

    def pinged(self, server_ids: Collection[int], since: int, until: int) -> Mapping[int, Mapping[int, Pinged]]:
        """Latency and loss from the points of some servers in a short time, by server ID and monitor ID.

        since, until: Unix seconds, the second one not included. The last result is cached.
        """

    def history(self, server_id: int, window: Window) -> Steps:
        """A server's figures, step by step."""

    def new_server_id(self) -> int:
        """An id that was never used before; raises InvalidInput when the dashboard is full."""

    def create_server(self, server: Server, secret: Token) -> None:
        """Stores a new server with its agent's secret; raises InvalidInput when the dashboard is full."""

    def edit_server(self, server_id: int, changes: Mapping[str, object]) -> None:
        """Changes these fields of Server; raises NotFound."""

    def edit_servers(self, changes: Mapping[int, Mapping[str, object]]) -> Collection[int]:
        """Changes fields of several servers together. Returns those that do not exist."""

    def delete_server(self, server: Server, now: int) -> None:
        """Deletes a server with its secret and states. Raises Changed if its secret was rotated, or it is gone."""

    def rotate_secret(self, server: Server, secret: Token) -> None:
        """Replaces a server's secret. Raises Changed if it was replaced by another, or the server is gone."""

    def new_monitor_id(self) -> int:
        """An id that was never used before; raises InvalidInput when there are too many monitors."""

    def create_monitor(self, monitor: Monitor) -> None:
        """Stores a new monitor; raises InvalidInput when there are too many."""

    def edit_monitor(self, old: Monitor, new: Monitor) -> None:
        """Replaces `old` with `new`; raises Changed unless `old` is what is stored."""

    def delete_monitor(self, monitor_id: int) -> None:
        """Deletes a monitor; raises Changed if it is gone."""

    def edit_settings(self, changes: Mapping[str, object], files: Mapping[str, SiteFile] = NO_FILES) -> None:
        """Changes these fields of Settings, and together with them the files that they name."""

    def site_file(self, field: str) -> SiteFile:
        """The file that this field of Settings names."""

    def password(self) -> Password | None:
        """The current password; None if none was ever set."""

    def set_password(self, password: Password) -> None:
        """Replaces whatever password is stored."""

    def change_password(self, old: Password, new: Password) -> None:
        """Replaces `old` with `new`; raises Changed unless `old` is what is stored."""

    def count_attempt(self, who: str, now: float) -> int:
        """Counts a sign-in attempt of `who` and returns how many there were in this window, this one included."""

    def take_back_attempt(self, who: str, now: float) -> None:
        """Uncounts an attempt that was counted at the same `now`."""

    def token(self, hash_: str) -> Token | None:
        """The token with this hash, as of now."""

    def create_token(self, token: Token) -> None:
        """Stores a new token."""

    def api_tokens(self) -> list[Token]:
        """Every API token, newest last."""

    def sessions(self) -> list[Token]:
        """Every session that is stored, newest last."""

    def delete_token(self, hash_: str) -> None:
        """Deletes a token; raises NotFound."""

    def mark_used(self, token: Token) -> None:
        """Stores `last_used` and `expires` of a token; raises NotFound."""

    def remembered_server_ids(self, secret_hashes: Iterable[str]) -> Mapping[str, int]:
        """The servers of these agents' secrets, as far as they are in this process's memory, as of at most 15 seconds
        ago; 0 for a secret that no server had then."""

    def server_ids(self, secret_hashes: Iterable[str]) -> Mapping[str, int]:
        """The servers of these agents' secrets, as of at most 15 seconds ago; unknown secrets are left out."""

    def write_facts(self, facts: Mapping[int, Facts], now: float) -> Mapping[int, FleetError]:
        """Stores what agents report about their hosts where it changed. Returns the servers that failed, and why;
        TOO_SOON where the last change was less than a minute ago."""

    def write_states(self, states: Mapping[int, State]) -> Mapping[int, FleetError]:
        """Stores each state that is newer than the stored one. Returns the servers that failed, with the reason."""

    def write_history(self, recorded: Mapping[int, Recorded], now: float) -> Mapping[int, FleetError]:
        """Adds minutes and ping points to those of each server. Returns the servers that failed, with the reason."""

    def availability(self, days: range) -> Mapping[int, Day]:
        """Those of these days that are stored, by days since 1970."""

    def shares(self, days: range) -> Mapping[int, Shares]:
        """The shares of these days, as they are shown, by days since 1970."""

    def write_availability(self, day: int, new: Day, old: Day | None) -> bool:
        """Replaces `old`, None for a day that is not stored. Returns False, and stores nothing, unless `old` is what is
        stored."""

    def count_probed(self, server_ids: Collection[int], since: int, until: int) -> None:
        """Counts the minutes of a day in which these servers probed monitors, and reached them, for the availability of
        monitors. since, until: Unix seconds of the same UTC day."""

    def sparks(self, steps: range) -> Mapping[int, SparkTexts]:
        """Those of these steps of the sparklines that are stored, by their starts in Unix seconds."""

    def write_sparks(self, step: int, sparks: Sparks) -> None:
        """Stores a step of the sparklines, unless it is stored already."""

    def monitor_sparks(self, steps: range, minute: int) -> Mapping[int, MonitorSparks]:
        """Those of these steps of monitors' sparklines that are stored, by their starts in Unix seconds. The step of
        the range is their length: that of one of CURVES.

        Calls with the same steps and the same minute get the same result without reading again.
        """

    def write_monitor_sparks(self, step: int, sparks: MonitorSparks, seconds: int) -> None:
        """Stores a step of monitors' sparklines, unless it is stored already. seconds: its length, that of one of
        CURVES."""

    def roll_up(self, now: float, seconds: float, again: range | None = None) -> RollupOutcome:
        """Rolls up what is due, or the periods `again` once more. Begins no more work after `seconds`.

        Raises Busy while another run is working.
        """
