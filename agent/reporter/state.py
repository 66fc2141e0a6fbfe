"""What changes with every report: the figures of a state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from agent.core.figures import STATE, State, Temperature, complete
from agent.reporter.disk import read_disk
from agent.reporter.readings import reading

LEFT_OUT = ("lo", "tun", "docker", "veth", "br-", "vmbr", "vnet", "kube")
"""How interfaces begin whose traffic is local, or passes a counted interface too.

The words are those of v0's agent. It looks for them anywhere in a name, and so leaves out a wireless card
named wlo1.
"""


class Meter:
    """Measures states; CPU share and speeds are those since the state before, or since the meter was made."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._before = read_counters(monotonic())

    def state(self, now: float) -> State:
        """The state at `now`, Unix seconds."""
        before, after = self._before, read_counters(self._monotonic())
        self._before = after
        memory = reading(psutil.virtual_memory, None)
        load1, load5, load15 = reading(psutil.getloadavg, (0.0, 0.0, 0.0))
        readings = {
            "CPU": cpu_percent(before, after),
            "MemUsed": memory.total - memory.available if memory else 0,
            "SwapUsed": reading(lambda: psutil.swap_memory().used, 0),
            "DiskUsed": read_disk().used,
            "NetInTransfer": sum(after.received.values()),
            "NetOutTransfer": sum(after.sent.values()),
            "NetInSpeed": speed(before.received, after.received, after.at - before.at),
            "NetOutSpeed": speed(before.sent, after.sent, after.at - before.at),
            "Uptime": reading(lambda: max(0, int(now - psutil.boot_time())), 0),
            "Load1": round(load1, 2),
            "Load5": round(load5, 2),
            "Load15": round(load15, 2),
            "TcpConnCount": _connections("tcp"),
            "UdpConnCount": _connections("udp"),
            "ProcessCount": reading(lambda: len(psutil.pids()), 0),
        }
        return {**complete(STATE, readings), "Temperatures": temperatures(_sensors())}


@dataclass(frozen=True)
class Counters:
    """What a rate takes two readings of.

    at: monotonic seconds. busy, cpu: seconds of all processors, at work and in all. received, sent: bytes by
    interface.
    """

    at: float
    busy: float
    cpu: float
    received: Mapping[str, int]
    sent: Mapping[str, int]


def read_counters(at: float) -> Counters:
    """The counters as they are now, which the caller says is `at`."""
    times = reading(lambda: psutil.cpu_times()._asdict(), None) or {}
    # Linux counts the time of guests in user and nice already.
    cpu = sum(seconds for name, seconds in times.items() if name not in ("guest", "guest_nice"))
    # nowrap=True would hide that a counter began anew, and with it the interface that was made again.
    interfaces = reading(lambda: psutil.net_io_counters(pernic=True, nowrap=False), None) or {}
    counted = {name: count for name, count in interfaces.items() if not name.startswith(LEFT_OUT)}
    return Counters(
        at=at,
        busy=cpu - times.get("idle", 0.0) - times.get("iowait", 0.0),
        cpu=cpu,
        received={name: count.bytes_recv for name, count in counted.items()},
        sent={name: count.bytes_sent for name, count in counted.items()},
    )


def cpu_percent(before: Counters, after: Counters) -> float:
    """0 to 100, to two digits; 0 when no time has passed."""
    if after.cpu <= before.cpu:
        return 0.0
    return round(min(100.0, max(0.0, 100 * (after.busy - before.busy) / (after.cpu - before.cpu))), 2)


def speed(before: Mapping[str, int], after: Mapping[str, int], seconds: float) -> int:
    """Bytes a second over all interfaces that are in both readings.

    A counter that went down counts 0, as does an interface that came or went: that is no traffic of this time.
    """
    if seconds <= 0:
        return 0
    return int(sum(max(0, count - before[name]) for name, count in after.items() if name in before) / seconds)


def temperatures(sensors: Mapping[str, Iterable[tuple[str, float]]]) -> list[Temperature]:
    """Sorted by name, from (label, degrees) by chip.

    Sensors that are not connected read 0 or less, and are left out as in v0's agent.
    """
    found = [
        Temperature(Name="_".join(f"{chip} {label}".lower().split()), Temperature=degrees)
        for chip, readings in sensors.items()
        for label, degrees in readings
        if degrees > 0
    ]
    return sorted(found, key=lambda one: one["Name"])


def _sensors() -> dict[str, list[tuple[str, float]]]:
    # psutil has this function on Linux and FreeBSD only.
    read = getattr(psutil, "sensors_temperatures", dict)
    by_chip = reading(read, None) or {}
    return {chip: [(one.label, one.current) for one in sensors] for chip, sensors in by_chip.items()}


def _connections(kind: str) -> int:
    """Sockets of `tcp` or `udp`, both address families."""
    tables = [path for path in (Path("/proc/net", kind), Path("/proc/net", f"{kind}6")) if path.exists()]
    if tables:
        return sum(_sockets(table) for table in tables)
    return reading(lambda: len(psutil.net_connections(kind)), 0)


def _sockets(table: Path) -> int:
    # Lines are counted and not parsed, which would be slow on a host with many connections.
    return reading(lambda: lines_of(table) - 1, 0)


def lines_of(path: Path) -> int:
    """How many lines a file has."""
    with path.open("rb") as file:
        return sum(1 for _ in file)
