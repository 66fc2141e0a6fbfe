"""The figures that conditions test, each as a column over all servers that have reported.

A thousand servers and twenty rules are twenty thousand tests a minute. So a figure is turned into a column when a
condition first needs it, and each condition is tested in one pass over its column.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import StatesByServer

Column = Sequence[float | None]
"""A value for each server, None where it was not measured."""

_WIDTH = len(V0_NAMES) + 1
_TOTALS = {"memory": "MemUsed", "swap": "SwapUsed", "disk": "DiskUsed"}
"""For conditions on a percentage of what the host has: the figure of what is used."""
_FIGURES = {
    "cpu": ("CPU",),
    "gpu": ("GPU",),
    "load1": ("Load1",),
    "load5": ("Load5",),
    "load15": ("Load15",),
    "net_in": ("NetInSpeed",),
    "net_out": ("NetOutSpeed",),
    "net_all": ("NetInSpeed", "NetOutSpeed"),
    "tcp": ("TcpConnCount",),
    "udp": ("UdpConnCount",),
    "processes": ("ProcessCount",),
    "transfer_in": ("NetInTransfer",),
    "transfer_out": ("NetOutTransfer",),
    "transfer_all": ("NetInTransfer", "NetOutTransfer"),
}
"""The figures of a state whose sum a condition tests."""


class FigureColumns:
    """ids: the servers that have reported, in the order of every column."""

    def __init__(self, servers: Mapping[int, Server], states: StatesByServer) -> None:
        self.ids = [id_ for id_ in servers if id_ in states]
        self._servers = servers
        self._states = states
        self._made: dict[str, Column] = {}

    def column(self, type_: str) -> Column:
        """The values that a condition of this type tests."""
        if type_ not in self._made:
            self._made[type_] = self._column(type_)
        return self._made[type_]

    def missing(self, type_: str) -> frozenset[int]:
        """The servers for which such a value was not measured."""
        column = self.column(type_)
        if None not in column:
            return frozenset()
        return frozenset(id_ for id_, value in zip(self.ids, column, strict=True) if value is None)

    @cached_property
    def last_active(self) -> list[int]:
        """When each server last reported, Unix seconds."""
        return [int(text) for text in self._texts[::_WIDTH]]

    @cached_property
    def _texts(self) -> list[str]:
        return self._states.figures(self.ids)

    def _column(self, type_: str) -> Column:
        if type_ == "temperature":
            texts = self._states.temperatures
            return [_hottest(texts[id_]) if id_ in texts else None for id_ in self.ids]
        if type_ in _TOTALS:
            place = list(_TOTALS).index(type_)
            totals = (_totals(self._servers[id_].host)[place] for id_ in self.ids)
            used = self._figure(_TOTALS[type_])
            return [100 * part / whole if whole else None for part, whole in zip(used, totals, strict=True)]
        first, *others = (self._figure(name) for name in _FIGURES[type_])
        return [a + b for a, b in zip(first, others[0], strict=True)] if others else first

    def _figure(self, name: str) -> list[float]:
        return [float(text) for text in self._texts[V0_NAMES.index(name) + 1 :: _WIDTH]]


def _hottest(temperatures: str) -> float | None:
    """The highest temperature; None if there is none. As in v0, a sensor at exactly 0 counts as not measuring."""
    readings = [entry["Temperature"] for entry in json.loads(temperatures) if entry["Temperature"]]
    return max(readings, default=None)


@lru_cache(maxsize=20_000)
def _totals(host: str) -> tuple[int, int, int]:
    """Total bytes of memory, swap and disk; 0 where unknown."""
    if not host:
        return 0, 0, 0
    values = json.loads(host)
    memory, disk, swap = values[3:6]
    return memory, swap, disk
