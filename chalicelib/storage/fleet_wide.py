"""The part of the store about the whole fleet: availability, sparklines, traffic, certificates, costs, files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from chalicelib.fleet.access import GUEST, may_see
from chalicelib.storage import head
from chalicelib.storage.calls import Clock, Database
from chalicelib.storage.parallel import both
from chalicelib.storage.servers import ServerTable
from chalicelib.storage.settings import SettingsTable
from chalicelib.storage.states import StateTable, StoredStates

if TYPE_CHECKING:  # for annotations only; methods import what they need, see DynamoStore
    from chalicelib.fleet.alerts.open_events import OpenEvent
    from chalicelib.fleet.availability import Day, Shares
    from chalicelib.fleet.bill import Metered
    from chalicelib.fleet.brand import SiteFile
    from chalicelib.fleet.cycle_totals import CycleCount
    from chalicelib.fleet.monitor_sparks import MonitorSparks
    from chalicelib.fleet.public_counts import PublicCounts
    from chalicelib.fleet.sparks import Sparks, SparkTexts
    from chalicelib.storage.series.certificate_items import CertificateTable
    from chalicelib.storage.series.traffic_items import TrafficTable
    from chalicelib.storage.tables import TableFacts

COUNTED_CACHE_SECONDS = 60
"""For 1,000 servers with plans, reading the counts takes three read units, and they change once an hour."""


class FleetWide:
    """What DynamoStore inherits."""

    _database: Database
    _clock: Clock
    _counted: tuple[float, Mapping[int, CycleCount]] | None = None
    _monitor_sparks: Mapping[int, tuple[object, Mapping[int, MonitorSparks]]] = MappingProxyType({})
    """The last result for each length of steps."""
    _servers: ServerTable
    _states: StateTable
    _settings: SettingsTable

    def was_public(self, server_id: int) -> bool:
        server = self._servers.known.by_id.get(server_id)
        public_page = self._settings.known.public_page
        return server is not None and may_see(GUEST, hidden=server.hide_for_guest, public_page=public_page)

    @property
    def traffic(self) -> TrafficTable:
        from chalicelib.storage.series.traffic_items import TrafficTable

        return TrafficTable(self._database)

    def recently_counted(self) -> Mapping[int, CycleCount]:
        read = self._counted
        now = self._clock.monotonic()
        if read is None or now - read[0] >= COUNTED_CACHE_SECONDS:
            read = self._counted = now, self.traffic.counted()
        return read[1]

    def states_and_counted(self) -> tuple[StoredStates, Mapping[int, CycleCount]]:
        counted, states = both(self.recently_counted, self._states.all)
        return states, counted

    def states_counted_and_events(
        self,
    ) -> tuple[StoredStates, Mapping[int, CycleCount], Sequence[OpenEvent] | None]:
        events, (states, counted) = both(self._public_events, self.states_and_counted)
        return states, counted, events

    def _public_events(self) -> Sequence[OpenEvent] | None:
        """The open events, if guests could see events when this process last read the settings, otherwise None."""
        if not self._settings.known.public_events:
            return None
        from chalicelib.storage.alerts import open_events

        return open_events.read(self._database)

    @cached_property
    def certificates(self) -> CertificateTable:
        from chalicelib.storage.series.certificate_items import CertificateTable

        return CertificateTable(self._database)

    def availability(self, days: range) -> Mapping[int, Day]:
        from chalicelib.storage.series import availability_items

        return availability_items.read(self._database, days)

    def shares(self, days: range) -> Mapping[int, Shares]:
        from chalicelib.storage.series import availability_items

        return availability_items.shares(self._database, days)

    def write_availability(self, day: int, new: Day, old: Day | None) -> bool:
        from chalicelib.storage.series import availability_items

        return availability_items.write(self._database, day, new, old)

    def count_probed(self, server_ids: Collection[int], since: int, until: int) -> None:
        from chalicelib.storage.series import probed

        probed.count(self._database, server_ids, since, until)

    def sparks(self, steps: range) -> Mapping[int, SparkTexts]:
        from chalicelib.storage.series import spark_items

        return spark_items.read(self._database, steps)

    def monitor_sparks(self, steps: range, minute: int) -> Mapping[int, MonitorSparks]:
        from chalicelib.storage.series import monitor_spark_items

        read = self._monitor_sparks.get(steps.step)
        if read is None or read[0] != (steps, minute):
            read = (steps, minute), monitor_spark_items.read(self._database, steps)
            self._monitor_sparks = {**self._monitor_sparks, steps.step: read}
        return read[1]

    def write_monitor_sparks(self, step: int, sparks: MonitorSparks, seconds: int) -> None:
        from chalicelib.storage.series import monitor_spark_items

        monitor_spark_items.write(self._database, step, sparks, seconds)

    def write_sparks(self, step: int, sparks: Sparks) -> None:
        from chalicelib.storage.series import spark_items

        spark_items.write(self._database, step, sparks)

    def keep_public_counts(self, counts: PublicCounts) -> None:
        head.keep_public_counts(self._database, counts)

    def table_facts(self) -> list[TableFacts]:
        """What the bill of each table depends on."""
        from chalicelib.storage import tables

        return tables.facts(self._database)

    def cost(self) -> Metered | None:
        from chalicelib.storage import cost_item

        return cost_item.read(self._database)

    def keep_cost(self, metered: Metered) -> None:
        from chalicelib.storage import cost_item

        cost_item.keep(self._database, metered)

    def site_file(self, field: str) -> SiteFile:
        return self._settings.site_file(field)
