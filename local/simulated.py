"""The data of simulated servers: their hosts, states, minutes and pings.

Every figure depends only on the server's number and the time, so every run shows the same picture at the same second.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.api.json_output import number_text
from chalicelib.fleet.certificates import Certificate, KnownCertificate, target_mark
from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.history import Minute, minute
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.pings import MINUTE, Point, point
from chalicelib.fleet.sparks import STEP, Spark
from chalicelib.fleet.states import State

GB = 1024**3
DAY = 24 * 3600

MONITORS = (
    Monitor(0, "Cloudflare DNS", "icmp", "1.1.1.1", 30),
    Monitor(0, "Frankfurt", "tcp", "fra.example.com:443", 30),
    Monitor(0, "東京 Tokyo", "icmp", "nrt.example.com", 30),
    Monitor(0, "São Paulo", "icmp", "gru.example.com", 60),
    Monitor(0, "Website", "http", "https://www.example.com/", 60),
    Monitor(0, "Shop", "http", "https://shop.example.com/health", 60),
)
CERTIFICATE_DAYS = {"Website": 62, "Shop": 9}
"""Days until monitors' certificates expire, by the monitor's name."""

NETWORK = 4
"""The first this many monitors measure only the network. The last of them is the farthest."""
PROBES = 2
"""Probes of each monitor per minute."""
DISTANCES = (4.0, 22.0, 148.0, 205.0, 96.0, 310.0)
"""Latency of each monitor from the first server, in milliseconds."""


@dataclass(frozen=True)
class Place:
    tag: str
    country: str
    prefix: str


PLACES = (
    Place("Europe", "de", "fra"),
    Place("Europe", "nl", "ams"),
    Place("Europe", "fi", "hel"),
    Place("Asia 亚洲", "jp", "東京"),
    Place("Asia 亚洲", "sg", "sin"),
    Place("Asia 亚洲", "hk", "香港"),
    Place("Americas", "us", "lax"),
    Place("Americas", "br", "são-paulo"),
    Place("Home", "tw", "家裡-nas"),
    Place("Москва", "ru", "сервер"),
    Place("ישראל", "il", "שרת"),
    Place("Africa", "za", "jnb"),
)
SYSTEMS = (("debian", "12.8"), ("ubuntu", "24.04"), ("alpine", "3.20.3"), ("rocky", "9.4"), ("windows", "Server 2022"))
PROCESSORS = ("AMD EPYC 7763 8 Virtual Core", "Intel(R) Xeon(R) Gold 6338 4 Virtual Core", "Neoverse-N1 2 Virtual Core")

FULL_DISK, OUTAGE, NEVER, BUSY = 3, 5, 8, 6
"""Numbers of servers with a problem to show."""
FAILS_EVERY = 61
"""In a large fleet, one in this many is offline."""
FAILS_FROM = 40
OFFLINE_SECONDS = 40 * MINUTE
SAMPLES = 15
"""Samples in each minute."""


def is_off(number: int) -> bool:
    return number == OUTAGE or (number > FAILS_FROM and number % FAILS_EVERY == 0)


def last_report(number: int, now: int) -> int:
    return now - OFFLINE_SECONDS if is_off(number) else now


def place_of(number: int) -> Place:
    return PLACES[number % len(PLACES)]


def name_of(number: int) -> str:
    return f"{place_of(number).prefix}-{number // len(PLACES) + 1:02}"


def host(number: int, now: int) -> str:
    """Returns the host as it is stored: values in v0's order."""
    platform, version = SYSTEMS[_pick(number, 1, len(SYSTEMS))]
    processor = _pick(number, 2, len(PROCESSORS))
    values = [
        platform,
        version,
        [PROCESSORS[processor]],
        _memory(number),
        _disk(number),
        _swap(number),
        "aarch64" if processor == len(PROCESSORS) - 1 else "x86_64",
        ("kvm", "", "lxc")[_pick(number, 3, 3)],
        now - _uptime(number, now),
        place_of(number).country,
        "1.2.0",
        None,
    ]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def state(number: int, now: int) -> State:
    figures = _figures(number, now)
    texts = ",".join(number_text(figures[name]) for name in V0_NAMES)
    heat = _temperature(number, now)
    sensors = json.dumps([{"Name": "coretemp_package_id_0", "Temperature": heat}]) if heat else ""
    delays = [_delay(number, index, now) for index in range(NETWORK)]
    loss = 100 / PROBES * _lost(number, NETWORK - 1, now - now % MINUTE) / NETWORK
    return State(now, now, texts, sensors, f",{min(delays):.2f},{loss:g}")


def history_minute(number: int, at: int) -> Minute:
    figures = _figures(number, at)
    peak = {"CPUMax": min(100.0, figures["CPU"] * 1.2 + 9 * _noise(number, at, 15) ** 3)}
    moved = {
        "NetIn": MINUTE * figures["NetInSpeed"],
        "NetOut": MINUTE * figures["NetOutSpeed"],
        "NetInSpeedMax": 1.4 * figures["NetInSpeed"],
        "NetOutSpeedMax": 1.4 * figures["NetOutSpeed"],
    }
    heat = _temperature(number, at)
    shown = {name: value for name, value in figures.items() if name != "GPU"}
    return minute(at, {**shown, **peak, **moved, "samples": SAMPLES, **({"Temperature": heat} if heat else {})})


def spark(number: int, at: int) -> Spark:
    figures = _figures(number, at + STEP // 2)
    return Spark(figures["CPU"], int(STEP * figures["NetInSpeed"]), int(STEP * figures["NetOutSpeed"]))


def missing(number: int, day: int) -> float:
    """Returns the share of a day without data: nothing on most days."""
    return 0.3 * _noise(number, day, 41) ** 3 if _noise(number, day, 40) > 0.96 else 0


def points(number: int, monitor_ids: Sequence[int], at: int) -> list[Point]:
    found = []
    for index, monitor_id in enumerate(monitor_ids):
        down = _lost(number, index, at)
        up = PROBES - down
        found.append(point(monitor_id, at, _delay(number, index, at) if up else 0, up, down))
    return found


def certificates(monitor_ids: Sequence[int], now: int) -> Mapping[int, KnownCertificate]:
    """The certificates by monitor ID. monitor_ids: in the order of MONITORS."""
    ends = now + DAY - now % DAY
    return {
        id_: KnownCertificate(
            now, target_mark(one), Certificate("Example Trust", ends + CERTIFICATE_DAYS[one.name] * DAY)
        )
        for id_, one in zip(monitor_ids, MONITORS, strict=True)
        if one.name in CERTIFICATE_DAYS
    }


def _figures(number: int, now: int) -> Mapping[str, float]:
    """The figures by their names in a state."""
    busy = _rhythm(number, now)
    # Most servers are mostly idle; a few are busy.
    cpu = 91.0 if number == BUSY else 1 + (6 + 74 * _part(number, 13) ** 3) * (0.2 + 0.8 * busy)
    cpu += (1 + 0.08 * cpu) * _noise(number, now, 1)
    used = 0.985 if number == FULL_DISK else 0.15 + 0.6 * _part(number, 5)
    most_in, most_out = 6e6 * _part(number, 6) ** 2, 3e6 * _part(number, 7) ** 2
    received, sent = 1e5 + most_in * busy, 5e4 + most_out * busy
    uptime = _uptime(number, now)
    busy_seconds = _busy_seconds(number, now - uptime, now)
    load = cpu / 100 * (2 + _pick(number, 2, 3) * 2)
    return {
        "CPU": round(cpu, 4),
        "MemUsed": int(_memory(number) * (0.2 + 0.45 * _part(number, 8) + 0.1 * busy)),
        "SwapUsed": int(_swap(number) * 0.3 * _part(number, 9)),
        "DiskUsed": int(_disk(number) * used),
        "NetInTransfer": int(1e5 * uptime + most_in * busy_seconds),
        "NetOutTransfer": int(5e4 * uptime + most_out * busy_seconds),
        "NetInSpeed": int(received * (0.7 + 0.6 * _noise(number, now, 2))),
        "NetOutSpeed": int(sent * (0.7 + 0.6 * _noise(number, now, 3))),
        "Uptime": uptime,
        "Load1": round(load * (0.8 + 0.4 * _noise(number, now, 4)), 2),
        "Load5": round(load, 2),
        "Load15": round(load * 0.9, 2),
        "TcpConnCount": int(20 + 400 * busy),
        "UdpConnCount": 6,
        "ProcessCount": 90 + number % 80 + int(6 * busy),
        "GPU": 0,
    }


def _temperature(number: int, now: int) -> float:
    """Returns degrees Celsius; 0 for virtual machines, which have no sensors."""
    if _pick(number, 3, 3) != 1:
        return 0
    return round(41 + 14 * _rhythm(number, now) + 2 * _noise(number, now, 18), 1)


def _delay(number: int, index: int, at: int) -> float:
    """Returns milliseconds."""
    spread = 1 + 3 * _rhythm(number + index, at) ** 3
    return DISTANCES[index] * (1 + 0.05 * number) + spread * (1 + 4 * _noise(number, at, 10 + index) ** 6)


def is_out(index: int, at: int) -> bool:
    """Whether no server reaches a monitor at that time, given its place in MONITORS: one has an outage each day."""
    return index == 1 and 0.12 < (at % DAY) / DAY < 0.14


def _lost(number: int, index: int, at: int) -> int:
    """Returns how many probes of a minute fail: few, more to the farthest target, and all during an outage."""
    if is_out(index, at):
        return PROBES
    if _noise(number, at, 20 + index) < (0.97 - 0.1 * _rhythm(number, at) if index == 3 else 0.997):
        return 0
    return 1 if _noise(number, at, 30 + index) < 0.9 else PROBES


def _rhythm(number: int, now: float) -> float:
    """Returns 0 at night to 1 in the evening, shifted by the server's place."""
    return 0.5 - 0.5 * math.cos(2 * math.pi * ((now / DAY + 0.09 * (number % len(PLACES))) % 1))


def _busy_seconds(number: int, since: float, until: float) -> float:
    """Returns the integral of `_rhythm`, so that traffic counters agree with traffic speeds."""
    shift = 2 * math.pi * 0.09 * (number % len(PLACES))
    begin, end = (2 * math.pi * at / DAY + shift for at in (since, until))
    return 0.5 * (until - since) - 0.5 * DAY / (2 * math.pi) * (math.sin(end) - math.sin(begin))


def _uptime(number: int, now: int) -> int:
    """Returns seconds since the last boot. Each server reboots in a period of its own, 3 to 400 days."""
    period = int(DAY * (3 + 400 * _part(number, 4) ** 2))
    return (now + int(period * _part(number, 14))) % period + MINUTE


def _memory(number: int) -> int:
    return GB * (1, 2, 4, 8, 16, 64)[_pick(number, 10, 6)]


def _swap(number: int) -> int:
    return GB * (0, 1, 2)[_pick(number, 11, 3)]


def _disk(number: int) -> int:
    return GB * (20, 40, 80, 160, 4000)[_pick(number, 12, 5)]


def _pick(number: int, salt: int, most: int) -> int:
    return int(_part(number, salt) * most)


def _part(number: int, salt: int) -> float:
    """Returns a number from 0 to 1 that is constant for a server."""
    return _noise(number, 0, salt)


def _noise(number: int, now: int, salt: int) -> float:
    """Returns a pseudo-random number, 0 to 1."""
    mixed = (number * 0x9E3779B1 + now * 0x85EBCA77 + salt * 0xC2B2AE3D) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 12)) * 0x297A2D39) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 15)) / 2**32
