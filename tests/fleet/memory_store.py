"""A store in memory, for the rules of the domain: no sockets, no tables, no time."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from chalicelib.fleet import limits, servers
from chalicelib.fleet.alerts.glance import Pinged
from chalicelib.fleet.alerts.open_events import OpenEvent
from chalicelib.fleet.availability import Day, Shares
from chalicelib.fleet.bill import Metered
from chalicelib.fleet.brand import NONE, SiteFile
from chalicelib.fleet.cycle_totals import CycleCount
from chalicelib.fleet.errors import FleetError, InvalidInput
from chalicelib.fleet.history import COLUMNS, Minute, Recorded, Steps
from chalicelib.fleet.monitor_sparks import MonitorSparks
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.pings import CountedSeries, Point, Series
from chalicelib.fleet.public_counts import NOTHING_COUNTED, PublicCounts
from chalicelib.fleet.ranges import Window
from chalicelib.fleet.rollup import RollupOutcome
from chalicelib.fleet.servers import Facts, Fleet, Server
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.sparks import STEP, Sparks, SparkTexts
from chalicelib.fleet.states import State, StatesByServer, replaces
from chalicelib.fleet.store import NO_FILES, Changed
from chalicelib.fleet.tokens import Token
from tests.fleet.alerts.memory_alerts import MemoryAlerts
from tests.fleet.memory_certificates import MemoryCertificates
from tests.fleet.memory_credentials import MemoryCredentials
from tests.fleet.memory_states import MemoryStates
from tests.fleet.memory_traffic import MemoryTraffic

Read = TypeVar("Read")


@dataclass
class MemoryStore(MemoryCredentials):
    """Implements `fleet.store.Store`. Its fields are what is stored; a test may change them at any moment.

    probed: what `count_probed` was called with.
    """

    all_servers: dict[int, Server] = field(default_factory=dict)
    all_monitors: dict[int, Monitor] = field(default_factory=dict)
    all_states: dict[int, State] = field(default_factory=dict)
    points: dict[int, list[Point]] = field(default_factory=dict)
    minutes: dict[int, list[Minute]] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    watched_at: float = 0.0
    slow_until: float = 0.0
    public_counts: PublicCounts = NOTHING_COUNTED
    kept_cost: Metered | None = None
    all_files: dict[str, SiteFile] = field(default_factory=dict)
    all_days: dict[int, Day] = field(default_factory=dict)
    all_sparks: dict[int, Sparks] = field(default_factory=dict)
    all_monitor_sparks: dict[int, MonitorSparks] = field(default_factory=dict)
    longer_monitor_sparks: dict[int, dict[int, MonitorSparks]] = field(default_factory=dict)
    all_pinged: dict[int, dict[int, Pinged]] = field(default_factory=dict)
    probed: list[tuple[list[int], int, int]] = field(default_factory=list)
    alerts: MemoryAlerts = field(default_factory=MemoryAlerts)
    traffic: MemoryTraffic = field(default_factory=MemoryTraffic)
    certificates: MemoryCertificates = field(default_factory=MemoryCertificates)
    last_ids: dict[str, int] = field(default_factory=lambda: {"server": 0, "monitor": 0})

    @property
    def fleet(self) -> Fleet:
        return Fleet(dict(self.all_servers))

    @property
    def monitors(self) -> Mapping[int, Monitor]:
        return dict(sorted(self.all_monitors.items()))

    def time_limit(self) -> AbstractContextManager[None]:
        return nullcontext()

    def check(self) -> None:
        pass

    def view(self) -> "MemoryStore":
        return self

    def recent_monitors(self, *, at_once: bool = False) -> Mapping[int, Monitor]:
        return self.monitors

    def recent_settings(self) -> Settings:
        return self.settings

    def recently_watched_at(self) -> float:
        return self.watched_at

    def recent_server_count(self) -> int:
        return len(self.all_servers)

    def state_units(self, server_ids: Collection[int], alone: Collection[int]) -> int:
        return len({id_ // 8 for id_ in server_ids if id_ not in alone}) + len(set(alone))

    def recently_slow_until(self) -> float:
        return self.slow_until

    def cost(self) -> Metered | None:
        return self.kept_cost

    def keep_cost(self, metered: Metered) -> None:
        self.kept_cost, self.slow_until = metered, metered.slow_until

    def keep_public_counts(self, counts: PublicCounts) -> None:
        self.public_counts = counts

    def note_watching(self, now: float) -> None:
        self.watched_at = now

    def was_public(self, server_id: int) -> bool:
        server = self.all_servers.get(server_id)
        return server is not None and self.settings.public_page and not server.hide_for_guest

    def view_and(self, read: Callable[[], Read]) -> "tuple[MemoryStore, Read]":
        return self, read()

    def states(self, ids: Collection[int] | None = None) -> StatesByServer:
        return MemoryStates(self.all_states)

    def recently_counted(self) -> Mapping[int, CycleCount]:
        return self.traffic.counted()

    def states_and_counted(self) -> tuple[StatesByServer, Mapping[int, CycleCount]]:
        return self.states(), self.recently_counted()

    def states_counted_and_events(self) -> tuple[StatesByServer, Mapping[int, CycleCount], Sequence[OpenEvent] | None]:
        return (*self.states_and_counted(), self.alerts.open_events())

    def series(self, server_id: int, window: Window) -> Mapping[int, Series]:
        return {}

    def counted_series(self, server_id: int, window: Window) -> Mapping[int, CountedSeries]:
        return {}

    def history(self, server_id: int, window: Window) -> Steps:
        return Steps((), [""] * len(COLUMNS))

    def pinged(self, server_ids: Collection[int], since: int, until: int) -> Mapping[int, Mapping[int, Pinged]]:
        return {id_: self.all_pinged[id_] for id_ in server_ids if id_ in self.all_pinged}

    def new_server_id(self) -> int:
        return self._new_id("server", len(self.all_servers), limits.SERVERS)

    def create_server(self, server: Server, secret: Token) -> None:
        self.all_servers[server.id] = server
        self.all_tokens[secret.hash] = secret

    def edit_server(self, server_id: int, changes: Mapping[str, Any]) -> None:
        if server_id not in self.all_servers:
            raise servers.not_found(server_id)
        self.all_servers[server_id] = replace(self.all_servers[server_id], **changes)

    def edit_servers(self, changes: Mapping[int, Mapping[str, Any]]) -> Collection[int]:
        known = {id_: fields for id_, fields in changes.items() if id_ in self.all_servers}
        for id_, fields in known.items():
            self.edit_server(id_, fields)
        return changes.keys() - known.keys()

    def delete_server(self, server: Server, now: int) -> None:
        self._require_same_secret(server)
        del self.all_tokens[server.secret_hash], self.all_servers[server.id]

    def rotate_secret(self, server: Server, secret: Token) -> None:
        self._require_same_secret(server)
        del self.all_tokens[server.secret_hash]
        self.create_server(replace(self.all_servers[server.id], secret_hash=secret.hash), secret)

    def _require_same_secret(self, server: Server) -> None:
        stored = self.all_servers.get(server.id)
        if stored is None or stored.secret_hash != server.secret_hash:
            raise Changed

    def new_monitor_id(self) -> int:
        return self._new_id("monitor", len(self.all_monitors), limits.MONITORS)

    def create_monitor(self, monitor: Monitor) -> None:
        self.all_monitors[monitor.id] = monitor

    def edit_monitor(self, old: Monitor, new: Monitor) -> None:
        if self.all_monitors.get(old.id) != old:
            raise Changed
        self.all_monitors[new.id] = new

    def delete_monitor(self, monitor_id: int) -> None:
        if self.all_monitors.pop(monitor_id, None) is None:
            raise Changed
        self.certificates.all_known.pop(monitor_id, None)

    def _new_id(self, what: str, count: int, most: int) -> int:
        if count >= most:
            raise InvalidInput("full", error=f"too_many_{what}s", limit=most)
        self.last_ids[what] += 1
        return self.last_ids[what]

    def edit_settings(self, changes: Mapping[str, Any], files: Mapping[str, SiteFile] = NO_FILES) -> None:
        self.settings = replace(self.settings, **changes)
        self.all_files |= files

    def site_file(self, field: str) -> SiteFile:
        return self.all_files.get(field, NONE)

    def write_facts(self, facts: Mapping[int, Facts], now: float) -> Mapping[int, FleetError]:
        failed: dict[int, FleetError] = {}
        for id_, fact in facts.items():
            server = self.all_servers[id_]
            if not fact.change(server):
                continue
            if servers.must_wait(server, now):
                failed[id_] = servers.TOO_SOON
                continue
            given: dict[str, Any] = {
                name: value for name, value in (("ip", fact.ip), ("host", fact.host)) if value is not None
            }
            self.all_servers[id_] = replace(server, **given, host_changed=int(now))
        return failed

    def write_states(self, states: Mapping[int, State]) -> Mapping[int, FleetError]:
        self.all_states |= {id_: state for id_, state in states.items() if replaces(state, self.all_states.get(id_))}
        return {}

    def write_history(self, recorded: Mapping[int, Recorded], now: float) -> Mapping[int, FleetError]:
        for id_, new in recorded.items():
            self.points.setdefault(id_, []).extend(new.points)
            self.minutes.setdefault(id_, []).extend(new.minutes)
        return {}

    def availability(self, days: range) -> Mapping[int, Day]:
        return {day: self.all_days[day] for day in days if day in self.all_days}

    def shares(self, days: range) -> Mapping[int, Shares]:
        return {}

    def write_availability(self, day: int, new: Day, old: Day | None) -> bool:
        if self.all_days.get(day) != old:
            return False
        self.all_days[day] = new
        return True

    def count_probed(self, server_ids: Collection[int], since: int, until: int) -> None:
        self.probed.append((list(server_ids), since, until))

    def sparks(self, steps: range) -> Mapping[int, SparkTexts]:
        return {}

    def write_sparks(self, step: int, sparks: Sparks) -> None:
        self.all_sparks.setdefault(step, sparks)

    def monitor_sparks(self, steps: range, minute: int) -> Mapping[int, MonitorSparks]:
        stored = self.all_monitor_sparks if steps.step == STEP else self.longer_monitor_sparks.get(steps.step, {})
        return {step: stored[step] for step in steps if step in stored}

    def write_monitor_sparks(self, step: int, sparks: MonitorSparks, seconds: int) -> None:
        stored = self.all_monitor_sparks if seconds == STEP else self.longer_monitor_sparks.setdefault(seconds, {})
        stored.setdefault(step, sparks)

    def roll_up(self, now: float, seconds: float, again: range | None = None) -> RollupOutcome:
        return RollupOutcome()
