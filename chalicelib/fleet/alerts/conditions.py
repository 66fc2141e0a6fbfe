"""Conditions: the single tests that a rule is made of. A new type is one entry of TYPES."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from chalicelib.fleet import cycles
from chalicelib.fleet.checks import check_choice, check_range
from chalicelib.fleet.cycles import Cycle
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.limits import RULE_MONITORS, RULE_SECONDS_MOST, SERVERS
from chalicelib.fleet.monitors import COVERS, Cover

Source = Literal["silence", "figures", "pings", "outages", "certificates", "traffic", "plans"]
"""Where a condition's value comes from: how long a server has been silent, a server's newest state, the pings of a
server, the pings of all servers that probe a monitor, a monitor's certificate, a server's traffic in a cycle, or a
server's plan."""

Unit = Literal["", "percent", "bytes", "bytes_per_second", "milliseconds", "degrees", "days", "seconds"]
Limits = Literal["none", "below", "band"]
"""Which limits a condition takes: none, only `below`, or `above`, `below` or both."""

PERCENT_MOST = 100
"""The largest limit of a percentage. A condition with a larger one would hold never, or always."""


@dataclass(frozen=True, slots=True)
class Type:
    source: Source
    unit: Unit = ""
    limits: Limits = "band"

    @property
    def of_monitors(self) -> bool:
        """Whether the condition is about monitors rather than about servers."""
        return self.source in ("outages", "certificates")

    @property
    def of_figures(self) -> bool:
        """Whether the value comes from a server's figures or pings, which are known only while the server is online."""
        return self.source in ("figures", "pings")

    @property
    def takes_monitors(self) -> bool:
        return self.source in ("pings", "outages", "certificates")


TYPES: Mapping[str, Type] = {
    "offline": Type("silence", "seconds", "none"),
    "cpu": Type("figures", "percent"),
    "gpu": Type("figures", "percent"),
    "memory": Type("figures", "percent"),
    "swap": Type("figures", "percent"),
    "disk": Type("figures", "percent"),
    "load1": Type("figures"),
    "load5": Type("figures"),
    "load15": Type("figures"),
    "net_in": Type("figures", "bytes_per_second"),
    "net_out": Type("figures", "bytes_per_second"),
    "net_all": Type("figures", "bytes_per_second"),
    "tcp": Type("figures"),
    "udp": Type("figures"),
    "processes": Type("figures"),
    "temperature": Type("figures", "degrees"),
    "transfer_in": Type("figures", "bytes"),
    "transfer_out": Type("figures", "bytes"),
    "transfer_all": Type("figures", "bytes"),
    "cycle_in": Type("traffic", "bytes"),
    "cycle_out": Type("traffic", "bytes"),
    "cycle_all": Type("traffic", "bytes"),
    "loss": Type("pings", "percent"),
    "latency": Type("pings", "milliseconds"),
    "down": Type("outages", "", "none"),
    "certificate": Type("certificates", "days", "below"),
    "expiry": Type("plans", "days", "below"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One test.

    It holds when the value is above `above` or below `below`, but not when it equals either limit. duration: seconds,
    None for the rule's. cover, servers: as in Monitor; the condition never holds for a server that it does not cover.
    monitors: the ones that count, empty for all. cycle: the cycle in which traffic counts; None for the one of the
    server's plan.
    """

    type: str
    above: float | None = None
    below: float | None = None
    duration: int | None = None
    cover: Cover = "all"
    servers: frozenset[int] = frozenset()
    monitors: frozenset[int] = frozenset()
    cycle: Cycle | None = None

    @property
    def kind(self) -> Type:
        return TYPES[self.type]

    def covers(self, server_id: int) -> bool:
        return (server_id in self.servers) == (self.cover == "only")

    def watches(self, monitor_id: int) -> bool:
        return not self.monitors or monitor_id in self.monitors

    def holds(self, value: float) -> bool:
        return (self.above is not None and value > self.above) or (self.below is not None and value < self.below)


def check(condition: Condition, place: int, servers: Collection[int], monitors: Collection[int]) -> None:
    """Raises InvalidInput with the field's name.

    place: in the rule's list, from 0. servers, monitors: the ids that may be named.
    """
    field = f"conditions[{place}]"
    check_choice(f"{field}.type", condition.type, tuple(TYPES))
    _check_limits(condition, field)
    if condition.duration is not None:
        check_range(f"{field}.duration", condition.duration, 0, RULE_SECONDS_MOST)
    check_choice(f"{field}.cover", condition.cover, COVERS)
    check_known(f"{field}.servers", condition.servers, servers, SERVERS, "server")
    if condition.monitors and not condition.kind.takes_monitors:
        raise _not_taken(f"{field}.monitors", condition.type)
    check_known(f"{field}.monitors", condition.monitors, monitors, RULE_MONITORS, "monitor")
    if condition.cycle is not None:
        if condition.kind.source != "traffic":
            raise _not_taken(f"{field}.cycle", condition.type)
        cycles.check(condition.cycle, f"{field}.cycle")


def _check_limits(condition: Condition, field: str) -> None:
    given = {"above": condition.above, "below": condition.below}
    taken = {"none": (), "below": ("below",), "band": ("above", "below")}[condition.kind.limits]
    for name, value in given.items():
        if value is None:
            continue
        if name not in taken:
            raise _not_taken(f"{field}.{name}", condition.type)
        if not math.isfinite(value):
            message = f'"{field}.{name}" must be a finite number.'
            raise InvalidInput(message, error="not_a_number", field=f"{field}.{name}")
        if condition.kind.unit == "percent":
            check_range(f"{field}.{name}", value, 0, PERCENT_MOST)
    if taken and all(given[name] is None for name in taken):
        wanted = " or ".join(f'"{name}"' for name in taken)
        raise InvalidInput(f"A condition of this type needs {wanted}.", error="required", field=f"{field}.{taken[0]}")


def _not_taken(field: str, type_: str) -> InvalidInput:
    message = f'"{field}" has no meaning for a condition of type "{type_}"; leave it out.'
    return InvalidInput(message, error="not_taken", field=field)


Named = Literal["server", "monitor", "channel"]
_UNKNOWN: Mapping[Named, str] = {
    "server": "unknown_server",
    "monitor": "unknown_monitor",
    "channel": "unknown_channel",
}


def check_known(field: str, ids: Collection[int], known: Collection[int], most: int, what: Named) -> None:
    """Raises InvalidInput for an id that does not exist, or for too many."""
    if len(ids) > most:
        message = f'"{field}" has {len(ids)} entries; the limit is {most}.'
        raise InvalidInput(message, error="too_many_entries", field=field, limit=most)
    unknown = sorted(set(ids).difference(known))
    if unknown:
        message = f'"{field}" names a {what} that does not exist: {unknown[0]}.'
        raise InvalidInput(message, error=_UNKNOWN[what], field=field)
