"""`fleet.store.View`: what was stored when the head was read, or something newer."""

from chalicelib.fleet.monitors import Monitors
from chalicelib.fleet.public_counts import PublicCounts
from chalicelib.fleet.servers import Fleet
from chalicelib.fleet.settings import Settings
from chalicelib.storage.head import Head
from chalicelib.storage.monitors import MonitorTable
from chalicelib.storage.servers import ServerTable
from chalicelib.storage.settings import SettingsTable


class DynamoView:
    """Reads on first use. The tables keep in memory what they have read."""

    def __init__(self, servers: ServerTable, monitors: MonitorTable, settings: SettingsTable, head: Head) -> None:
        self._servers = servers
        self._monitors = monitors
        self._settings = settings
        self._head = head

    @property
    def fleet(self) -> Fleet:
        return self._servers.fleet(self._head)

    @property
    def monitors(self) -> Monitors:
        return self._monitors.monitors(self._head)

    @property
    def settings(self) -> Settings:
        return self._settings.settings(self._head)

    @property
    def watched_at(self) -> float:
        return self._head.watched_at

    @property
    def slow_until(self) -> float:
        return self._head.slow_until

    @property
    def public_counts(self) -> PublicCounts:
        return self._head.public_counts
