"""`fleet.store.Store` in DynamoDB."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from chalicelib.fleet import limits, servers
from chalicelib.fleet.errors import FleetError
from chalicelib.fleet.history import Recorded, Steps
from chalicelib.fleet.monitors import Monitor, Monitors
from chalicelib.fleet.passwords import Password
from chalicelib.fleet.pings import CountedSeries, Series
from chalicelib.fleet.ranges import Window
from chalicelib.fleet.servers import Facts, Server
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.states import State
from chalicelib.fleet.store import NO_FILES, Changed
from chalicelib.fleet.tokens import Token
from chalicelib.storage import head
from chalicelib.storage.calls import Clock, Database, Transport
from chalicelib.storage.dump import Dump
from chalicelib.storage.edits import edit_servers
from chalicelib.storage.facts import write_facts
from chalicelib.storage.failures import TransactionRefused
from chalicelib.storage.fleet_wide import FleetWide
from chalicelib.storage.head import Head, HeadItem, RecentHead
from chalicelib.storage.monitors import MonitorTable
from chalicelib.storage.parallel import both
from chalicelib.storage.series import progress
from chalicelib.storage.series.writing import Writer
from chalicelib.storage.servers import ServerTable
from chalicelib.storage.settings import SettingsTable
from chalicelib.storage.states import StateTable, StoredStates, units_by_key, units_to_write
from chalicelib.storage.tables import create_missing
from chalicelib.storage.tokens import Secrets, TokenTable
from chalicelib.storage.view import DynamoView

if TYPE_CHECKING:
    from chalicelib.fleet.alerts.glance import Pinged
    from chalicelib.fleet.brand import SiteFile
    from chalicelib.fleet.rollup import RollupOutcome
    from chalicelib.storage.alerts.alerts import Alerts
    from chalicelib.storage.series.backfill import Backfill

SERVERS_A_READ_UNIT = 100
"""A Scan of the states reads about this many servers with one read unit. By key, a server costs up to a whole unit."""

Read = TypeVar("Read")


class DynamoStore(FleetWide):
    """One stage's data. Thread-safe; keeps what rarely changes in memory between requests.

    Methods import what only they need, so that a cold start for any other request does not wait for it.

    prefix: the beginning of its tables' names. clock: for time limits, pauses, and the age of what is in memory.
    """

    def __init__(self, prefix: str, transport: Transport, clock: Clock = time) -> None:
        self._clock = clock
        self._database = Database(prefix, transport, clock)
        self._recent_head = RecentHead(self._database, clock)
        self._servers = ServerTable(self._database)
        self._states = StateTable(self._database)
        self._tokens = TokenTable(self._database)
        self._secrets = Secrets(self._tokens, self._recent_head, clock)
        self._monitors = MonitorTable(self._database)
        self._series_writer = Writer(self._database)
        self._settings = SettingsTable(self._database)
        self._pinged: tuple[object, Mapping[int, Mapping[int, Pinged]]] | None = None

    @cached_property
    def alerts(self) -> "Alerts":
        from chalicelib.storage.alerts.alerts import Alerts

        return Alerts(self._database)

    def time_limit(self) -> AbstractContextManager[None]:
        return self._database.time_limit()

    def check(self) -> None:
        self._database.get(HeadItem, head.KEY, consistent=False)

    def create_tables(self) -> list[str]:
        """Creates the tables that do not exist and returns their names."""
        return create_missing(self._database, self._clock)

    @property
    def dump(self) -> Dump:
        """All items, for backups."""
        return Dump(self._database)

    def keep_ids(self, *, servers: int, monitors: int) -> None:
        """Prevents these ids, and all lower ones, from being given to new servers or monitors."""
        head.raise_last_id(self._database, "server", servers)
        head.raise_last_id(self._database, "monitor", monitors)

    def view(self) -> DynamoView:
        return self._view(head.read_head(self._database))

    def recent_monitors(self, *, at_once: bool = False) -> Monitors:
        return self._monitors.monitors(self._recent_head.refreshed() if at_once else self._recent_head.get())

    def recent_settings(self) -> Settings:
        return self._settings.settings(self._recent_head.get())

    def recently_watched_at(self) -> float:
        return self._recent_head.get().watched_at

    def recent_server_count(self) -> int:
        return self._recent_head.get().server_count

    def state_units(self, server_ids: Collection[int], alone: Collection[int]) -> int:
        return units_to_write(server_ids, alone)

    def recently_slow_until(self) -> float:
        return self._recent_head.get().slow_until

    def note_watching(self, now: float) -> None:
        head.note_watching(self._database, int(now))

    def view_and(self, read: Callable[[], Read]) -> tuple[DynamoView, Read]:
        head_, found = both(partial(head.read_head, self._database), read)
        return self._view(head_), found

    def _view(self, head_: Head) -> DynamoView:
        return DynamoView(self._servers, self._monitors, self._settings, head_)

    def states(self, ids: Collection[int] | None = None) -> StoredStates:
        if ids is None or units_by_key(ids) > max(1, self._servers.count / SERVERS_A_READ_UNIT):
            return self._states.all()
        return self._states.of(ids)

    def series(self, server_id: int, window: Window) -> Mapping[int, Series]:
        from chalicelib.storage.series import reading

        return reading.series(self._database, server_id, window)

    def counted_series(self, server_id: int, window: Window) -> Mapping[int, CountedSeries]:
        from chalicelib.storage.series import reading

        return reading.counted_series(self._database, server_id, window)

    def pinged(self, server_ids: Collection[int], since: int, until: int) -> "Mapping[int, Mapping[int, Pinged]]":
        from chalicelib.storage.series import newest

        asked = (tuple(server_ids), since, until)
        if self._pinged is None or self._pinged[0] != asked:
            self._pinged = asked, newest.pinged(self._database, server_ids, since, until)
        return self._pinged[1]

    def history(self, server_id: int, window: Window) -> Steps:
        from chalicelib.storage.series import reading

        return reading.history(self._database, server_id, window)

    def new_server_id(self) -> int:
        return head.new_id(self._database, "server", limits.SERVERS)

    def create_server(self, server: Server, secret: Token) -> None:
        room = head.room("server", limits.SERVERS)
        raised = self._raised(servers=[server.id], server_count=1, condition=room)
        self._create("server", limits.SERVERS, raised, self._servers.put_new(server), self._tokens.put_new(secret))

    def edit_server(self, server_id: int, changes: Mapping[str, object]) -> None:
        if self.edit_servers({server_id: changes}):
            raise servers.not_found(server_id)

    def edit_servers(self, changes: Mapping[int, Mapping[str, object]]) -> Collection[int]:
        return edit_servers(self._database, self._servers, changes)

    def delete_server(self, server: Server, now: int) -> None:
        self._transact(
            [
                self._servers.deletion(server),
                self._tokens.deletion(server.secret_hash),
                *self._states.deletion(server.id, now),
                progress.deletion(self._database, server.id),
                self._raised(servers=[server.id], server_count=-1, secrets=True),
            ]
        )

    def rotate_secret(self, server: Server, secret: Token) -> None:
        self._transact(
            [
                self._servers.secret_update(server, secret.hash),
                self._tokens.deletion(server.secret_hash),
                self._tokens.put_new(secret),
                self._raised(servers=[server.id], secrets=True),
            ]
        )

    def new_monitor_id(self) -> int:
        return head.new_id(self._database, "monitor", limits.MONITORS)

    def create_monitor(self, monitor: Monitor) -> None:
        room = head.room("monitor", limits.MONITORS)
        raised = self._raised(monitor_count=1, monitors=True, condition=room)
        self._create("monitor", limits.MONITORS, raised, self._monitors.put_new(monitor))

    def edit_monitor(self, old: Monitor, new: Monitor) -> None:
        self._transact([self._monitors.replacement(old, new), self._raised(monitors=True)])

    def delete_monitor(self, monitor_id: int) -> None:
        from chalicelib.storage.series import certificate_items

        self._transact([self._monitors.deletion(monitor_id), self._raised(monitor_count=-1, monitors=True)])
        certificate_items.forget(self._database, monitor_id)

    def edit_settings(self, changes: Mapping[str, object], files: "Mapping[str, SiteFile]" = NO_FILES) -> None:
        self._database.transact([*self._settings.edit(changes, files), self._raised(settings=True)])

    def password(self) -> Password | None:
        return self._settings.password()

    def set_password(self, password: Password) -> None:
        self._settings.set_password(password)

    def change_password(self, old: Password, new: Password) -> None:
        self._settings.change_password(old, new)

    def count_attempt(self, who: str, now: float) -> int:
        return self._count_attempts(who, now, 1)

    def take_back_attempt(self, who: str, now: float) -> None:
        self._count_attempts(who, now, -1)

    def _count_attempts(self, who: str, now: float, step: int) -> int:
        window = int(now) // limits.ATTEMPTS_WINDOW_SECONDS
        expires = (window + 2) * limits.ATTEMPTS_WINDOW_SECONDS
        return self._settings.count_attempts(f"{who} {window}", expires, step)

    def token(self, hash_: str) -> Token | None:
        return self._tokens.get(hash_)

    def create_token(self, token: Token) -> None:
        self._tokens.create(token)

    def api_tokens(self) -> list[Token]:
        return self._tokens.of_kind("api")

    def sessions(self) -> list[Token]:
        return self._tokens.of_kind("session")

    def delete_token(self, hash_: str) -> None:
        self._tokens.delete(hash_)

    def mark_used(self, token: Token) -> None:
        self._tokens.mark_used(token)

    def remembered_server_ids(self, secret_hashes: Iterable[str]) -> Mapping[str, int]:
        return self._secrets.remembered(secret_hashes)

    def server_ids(self, secret_hashes: Iterable[str]) -> Mapping[str, int]:
        return self._secrets.server_ids(secret_hashes)

    def write_facts(self, facts: Mapping[int, Facts], now: float) -> Mapping[int, FleetError]:
        return write_facts(self._database, self._servers, facts, now)

    def write_states(self, states: Mapping[int, State]) -> Mapping[int, FleetError]:
        return self._states.write(states)

    def write_history(self, recorded: Mapping[int, Recorded], now: float) -> Mapping[int, FleetError]:
        return self._series_writer.write(recorded, now)

    @property
    def backfill(self) -> "Backfill":
        """Writes history that does not come from reports."""
        from chalicelib.storage.series.backfill import Backfill

        return Backfill(self._database)

    def roll_up(self, now: float, seconds: float, again: range | None = None) -> "RollupOutcome":
        from chalicelib.storage.series.rollup_job import RollupJob

        job = RollupJob(self._database, self._servers.ids, self._clock, now, seconds)
        return job.run() if again is None else job.run_again(again)

    def _create(self, what: head.Counted, most: int, raised: dict[str, Any], *writes: dict[str, Any]) -> None:
        """Raises InvalidInput if there are `most` already: others may have been created since the ID was given out."""
        try:
            self._database.transact([raised, *writes])
        except TransactionRefused as refusal:
            if all(refusal.failed[1:]):
                return  # each id is given out once, so an earlier attempt, whose answer was lost, wrote this
            if refusal.failed[0]:
                raise head.full(what, most) from None
            raise

    def _raised(self, **changed: Any) -> dict[str, Any]:
        return head.raised(self._database, **changed)

    def _transact(self, writes: Sequence[dict[str, Any]]) -> None:
        """Raises Changed if a condition of the writes does not hold."""
        try:
            self._database.transact(writes)
        except TransactionRefused:
            raise Changed from None
