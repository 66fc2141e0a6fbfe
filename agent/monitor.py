"""What the dashboard wants probed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.notices import Rarely

SHORTEST_INTERVAL, LONGEST_INTERVAL = 10, 3600
LONGEST_TARGET = 300


@dataclass(frozen=True, slots=True)
class Monitor:
    """One target. host: a name or an address. port: None for ICMP. interval: seconds between probes, 10 to 3600."""

    id: int
    host: str
    port: int | None
    interval: int


class UnusableMonitor(Exception):
    """Raised when a monitor of an answer cannot be probed; the message says why."""


def monitors_in(answer: Iterable[Mapping[str, Any]], rarely: Rarely) -> list[Monitor]:
    """The monitors that can be probed; each of the others is left out, and said."""
    usable = []
    for sent in answer:
        try:
            usable.append(parse_monitor(sent))
        except UnusableMonitor as error:
            rarely.trouble(f"monitor: {error}", f"{error}: it is not probed; is the reporter older than the dashboard?")
    return usable


def parse_monitor(sent: Mapping[str, Any]) -> Monitor:
    """A monitor as the dashboard sends it; raises UnusableMonitor."""
    number, kind, target, interval = (sent.get(name) for name in ("id", "type", "target", "interval"))
    # type() and not isinstance(), as True is an int too. A larger number would not fit into the spool.
    if type(number) is not int or not 0 < number < 2**63:
        raise UnusableMonitor("a monitor has no usable number")
    if type(interval) is not int or not isinstance(target, str):
        raise UnusableMonitor(f"monitor {number} lacks a target or an interval")
    if kind not in ("icmp", "tcp"):
        raise UnusableMonitor(f"monitor {number} is of a kind that this reporter does not know")
    if not target.isprintable() or not 0 < len(target) <= LONGEST_TARGET:
        raise UnusableMonitor(f"the target of monitor {number} makes no sense")
    host, port = (target, None) if kind == "icmp" else _host_and_port(target, number)
    return Monitor(number, host, port, min(max(interval, SHORTEST_INTERVAL), LONGEST_INTERVAL))


def _host_and_port(target: str, number: int) -> tuple[str, int]:
    host, _, port = target.rpartition(":")
    # Few digits, as int() raises for thousands of them.
    if not host or not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        raise UnusableMonitor(f"the target of monitor {number} is not host:port")
    return host.removeprefix("[").removesuffix("]"), int(port)
