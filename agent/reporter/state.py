"""The figures of a state, which change with every report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from agent.core.figures import LONGEST_LIST, LONGEST_SENSOR_NAME, STATE, State, Temperature, complete, finite
from agent.core.limits import HOTTEST
from agent.core.traffic import UNKNOWN, Moved
from agent.reporter.disk import read_disk
from agent.reporter.memory import read_memory
from agent.reporter.readings import Latest, reading, text_of
from agent.reporter.sockets import count_sockets
from agent.reporter.uptime import read_uptime

LEFT_OUT = re.compile(r"lo|.*(tun|docker|veth|br-|vmbr|vnet|kube)")
"""Matches the names of interfaces whose traffic is local, or also passes a counted interface.

The words are those of v0's agent, except that it looks for `lo` anywhere, and so leaves out a wireless card named wlo1.
"""


class Meter:
    """Measures states. CPU share and speeds cover the time since the previous state, or since the meter was created."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._before = read_counters(monotonic())
        self._disk = Latest(read_disk)
        self.moved = UNKNOWN
        """The bytes between the last two states, over the interfaces that both of them have."""

    def state(self, now: float) -> State:
        """The state at `now`, Unix seconds. What cannot be read is 0; GPU is always 0."""
        before, after = self._before, read_counters(self._monotonic(), self._before)
        self._before = after
        self.moved = Moved(step(before.received, after.received), step(before.sent, after.sent))
        memory, disk = read_memory(), self._disk.get()
        load1, load5, load15 = _loads()
        readings = {
            "CPU": cpu_percent(before, after),
            "MemUsed": memory.used,
            "SwapUsed": memory.swap_used,
            "DiskUsed": disk.used if disk else 0,
            "NetInTransfer": sum(after.received.values()),
            "NetOutTransfer": sum(after.sent.values()),
            "NetInSpeed": speed(before.received, after.received, after.at - before.at),
            "NetOutSpeed": speed(before.sent, after.sent, after.at - before.at),
            "Uptime": int(read_uptime(now)),
            "Load1": load1,
            "Load5": load5,
            "Load15": load15,
            "TcpConnCount": count_sockets("tcp"),
            "UdpConnCount": count_sockets("udp"),
            "ProcessCount": reading(lambda: len(psutil.pids()), 0),
        }
        return {**complete(STATE, readings), "Temperatures": temperatures(_sensors())}


@dataclass(frozen=True)
class CounterReadings:
    """One reading of the counters. Rates are computed from two of them.

    at: monotonic seconds. busy, cpu: seconds of all processors, busy and in total. received, sent: bytes by interface.
    """

    at: float
    busy: float
    cpu: float
    received: Mapping[str, int]
    sent: Mapping[str, int]


def read_counters(at: float, before: CounterReadings | None = None) -> CounterReadings:
    """The counters as they are now. at: monotonic seconds. If interfaces cannot be read, their counters are those of
    `before`.
    """
    times = reading(lambda: psutil.cpu_times()._asdict(), {})
    # Linux includes the time of guests in user and nice already.
    cpu = sum(seconds for name, seconds in times.items() if name not in ("guest", "guest_nice"))
    # nowrap=True would hide that a counter restarted, as when an interface was created anew.
    interfaces = reading(lambda: psutil.net_io_counters(pernic=True, nowrap=False), None)
    counted = {name: count for name, count in (interfaces or {}).items() if not LEFT_OUT.match(name)}
    last = before if interfaces is None else None
    return CounterReadings(
        at=at,
        busy=cpu - times.get("idle", 0.0) - times.get("iowait", 0.0),
        cpu=cpu,
        received=last.received if last else {name: max(0, one.bytes_recv) for name, one in counted.items()},
        sent=last.sent if last else {name: max(0, one.bytes_sent) for name, one in counted.items()},
    )


def cpu_percent(before: CounterReadings, after: CounterReadings) -> float:
    """The CPU share from 0 to 100, with two decimals; 0 when no time has passed, or when one of the readings failed."""
    if not before.cpu or after.cpu <= before.cpu:
        return 0.0
    return round(min(100.0, max(0.0, 100 * (after.busy - before.busy) / (after.cpu - before.cpu))), 2)


def speed(before: Mapping[str, int], after: Mapping[str, int], seconds: float) -> int:
    """Bytes a second over all interfaces that are in both readings."""
    return int(step(before, after) / seconds) if seconds > 0 else 0


def step(before: Mapping[str, int], after: Mapping[str, int]) -> int:
    """Bytes between two readings.

    A counter that went down counts as 0, and so does an interface that is in only one of the readings.
    """
    return sum(max(0, count - before[name]) for name, count in after.items() if name in before)


def temperatures(sensors: Mapping[str, Iterable[tuple[str, float]]]) -> list[Temperature]:
    """The sensors sorted by name. sensors: (label, degrees Celsius) by chip.

    Sensors that are not connected read 0, less, or far too much, and are left out.
    """
    found = [
        Temperature(Name="_".join(f"{chip} {label}".lower().split())[:LONGEST_SENSOR_NAME], Temperature=degrees)
        for chip, readings in sensors.items()
        for label, degrees in readings
        if 0 < finite(degrees) < HOTTEST
    ]
    return sorted(found, key=lambda one: one["Name"])[:LONGEST_LIST]


def _loads() -> list[float]:
    """The load averages over 1, 5 and 15 minutes."""
    # In a container, this file may show the container's own load.
    in_file = reading(lambda: [float(word) for word in text_of(Path("/proc/loadavg")).split()[:3]], [])
    return (
        in_file if len(in_file) == 3 else reading(lambda: [round(load, 2) for load in psutil.getloadavg()], [0.0] * 3)
    )


def _sensors() -> dict[str, list[tuple[str, float]]]:
    # psutil has this function on Linux and FreeBSD only.
    by_chip = reading(lambda: psutil.sensors_temperatures(), {})
    return {
        chip: [(str(one.label or ""), float(one.current)) for one in sensors if isinstance(one.current, (int, float))]
        for chip, sensors in by_chip.items()
    }
