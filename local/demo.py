"""Simulated servers that report and ping, to try out the pages. `feed` runs in its own thread.

They are written directly to the store, because HTTP would cost more than the pages that are being tried out. Every
figure depends only on the server's number and the time, so every run shows the same picture at the same second.
"""

import json
import math
import threading
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.api.json_output import number_text
from chalicelib.fleet import monitors
from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.history import Recorded
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.pings import MINUTE, Point, point
from chalicelib.fleet.sparks import STEP, Spark
from chalicelib.fleet.states import State
from chalicelib.storage import DynamoStore
from chalicelib.storage.dump import JsonItem
from chalicelib.storage.head import group_of
from chalicelib.storage.servers import ServerItem
from local.demo_fleet import fill_days, fill_hour

GB = 1024**3
DAY = 24 * 3600
REPORT_SECONDS, REPORT_SECONDS_OF_MANY = 5, 10
MANY = 200
"""With more servers than this, all report less often, because the pages refresh less often too."""
MINUTES_AT_ONCE = 120
PINGING = 40
"""Only this many servers ping, the first ones. A day of pings takes the embedded DynamoDB one second for each."""

MONITORS = (
    Monitor(0, "Cloudflare DNS", "icmp", "1.1.1.1", 30),
    Monitor(0, "Frankfurt", "tcp", "fra.example.com:443", 30),
    Monitor(0, "東京 Tokyo", "icmp", "nrt.example.com", 30),
    Monitor(0, "São Paulo", "icmp", "gru.example.com", 60),
)
PROBES = 2
"""Probes of each monitor per minute."""
DISTANCES = (4.0, 22.0, 148.0, 205.0)
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

NO_SECRET = bytes(32)
"""Stored in place of a secret's hash. No secret has it, so only this module can report for the simulated servers."""

FULL_DISK, OUTAGE, NEVER, BUSY = 3, 5, 8, 6
"""Numbers of the servers with a problem to show. FAILS_EVERY: in a large fleet, one in this many is offline."""
FAILS_EVERY = 61
OFF_MINUTES = 40
"""For so long, those have been offline when the simulation begins."""


def feed(store: DynamoStore, count: int, stop: threading.Event) -> None:
    """Adds `count` servers, fills in a day of pings, and reports for all servers until `stop` is set."""
    now = int(time.time())
    ids = _added(store, count, now)
    reporting = [number for number in range(count) if number != NEVER]
    on = [number for number in reporting if not _is_off(number)]
    store.write_states(
        {ids[number]: _state(number, now - OFF_MINUTES * MINUTE) for number in reporting if _is_off(number)}
    )
    known = {(monitor.name, monitor.target): monitor.id for monitor in store.view().monitors.values()}
    monitor_ids = [known.get((one.name, one.target)) or monitors.create(store, one) for one in MONITORS]
    reported = {number: ids[number] for number in on}
    fill_hour(store, reported, _spark, now)
    silent = {number: OFF_MINUTES for number in reporting if _is_off(number)}
    fill_days(store, {number: ids[number] for number in reporting}, monitor_ids, _missing, silent, now)
    pinged = {number: now - DAY + 5 * MINUTE for number in on if number < PINGING}
    pause = REPORT_SECONDS_OF_MANY if count > MANY else REPORT_SECONDS
    while not stop.is_set():
        began = time.time()
        store.write_states({ids[number]: _state(number, int(began)) for number in on})
        while not stop.is_set() and time.time() < began + pause:
            if not _ping_some(store, ids, monitor_ids, pinged, int(time.time())):
                stop.wait(began + pause - time.time())


def _added(store: DynamoStore, count: int, now: int) -> Sequence[int]:
    """Returns the IDs of `count` simulated servers: those of an earlier run, if its data was kept, and new ones."""
    kept = sorted(id_ for id_, server in store.view().fleet.by_id.items() if server.secret_hash == NO_SECRET.hex())
    missing = count - len(kept)
    if missing <= 0:
        return kept[:count]
    first = store.new_server_id()
    ids = [*kept, *range(first, first + missing)]
    # All at once, like restoring a backup; one by one would take the embedded DynamoDB minutes.
    for _ in store.dump.load(("servers", _server_item(ids[number], number, now)) for number in range(len(kept), count)):
        pass
    return ids


def _ping_some(
    store: DynamoStore, ids: Sequence[int], monitor_ids: Sequence[int], pinged: dict[int, int], now: int
) -> bool:
    """Adds some minutes to the next server that lacks any; False if none does. pinged: until when each has pings."""
    behind = now - now % MINUTE - MINUTE
    number = next((one for one, until in pinged.items() if until < behind), None)
    if number is None:
        return False
    first = pinged[number] - pinged[number] % MINUTE + MINUTE
    minutes = range(first, min(first + MINUTES_AT_ONCE * MINUTE, now - now % MINUTE), MINUTE)
    points = [one for at in minutes for one in _points(number, monitor_ids, at)]
    store.write_history({ids[number]: Recorded(points=points)}, now)
    pinged[number] = minutes[-1]
    return True


def _is_off(number: int) -> bool:
    return number == OUTAGE or (number > PINGING and number % FAILS_EVERY == 0)


def _server_item(server_id: int, number: int, now: int) -> JsonItem:
    place = PLACES[number % len(PLACES)]
    item: JsonItem = ServerItem(
        group_of(server_id),
        server_id,
        name=f"{place.prefix}-{number // len(PLACES) + 1:02}",
        tag=place.tag,
        note="rack 4, paid until March" if number % 7 == 0 else None,
        hide_for_guest=1 if number % 40 == 11 else None,
        # Addresses from the blocks reserved for documentation.
        ip=f"203.0.113.{number % 250 + 1}/2001:db8::{number + 1:x}",
        host=None if number == NEVER else _host(number, place, now),
        secret_hash=NO_SECRET,
        created=now,
    ).serialize()
    return {**item, "s": {"B": b64encode(NO_SECRET).decode()}}


def _host(number: int, place: Place, now: int) -> str:
    """Returns the host as it is stored: values in v0's order."""
    platform, version = SYSTEMS[_pick(number, 1, len(SYSTEMS))]
    processor = _pick(number, 2, len(PROCESSORS))
    host = [
        platform,
        version,
        [PROCESSORS[processor]],
        _memory(number),
        _disk(number),
        _swap(number),
        "aarch64" if processor == len(PROCESSORS) - 1 else "x86_64",
        ("kvm", "", "lxc")[_pick(number, 3, 3)],
        now - _uptime(number, now),
        place.country,
        "1.2.0",
        None,
    ]
    return json.dumps(host, ensure_ascii=False, separators=(",", ":"))


def _state(number: int, now: int) -> State:
    busy = _rhythm(number, now)
    # Most servers are mostly idle; a few are busy.
    cpu = 91.0 if number == BUSY else 1 + (6 + 74 * _part(number, 13) ** 3) * (0.2 + 0.8 * busy)
    cpu += (1 + 0.08 * cpu) * _noise(number, now, 1)
    used = 0.985 if number == FULL_DISK else 0.15 + 0.6 * _part(number, 5)
    received, sent = 2e5 + 2e7 * busy * _part(number, 6) ** 2, 1e5 + 9e6 * busy * _part(number, 7) ** 2
    uptime = _uptime(number, now)
    load = cpu / 100 * (2 + _pick(number, 2, 3) * 2)
    figures: Mapping[str, float] = {
        "CPU": round(cpu, 4),
        "MemUsed": int(_memory(number) * (0.2 + 0.45 * _part(number, 8) + 0.1 * busy)),
        "SwapUsed": int(_swap(number) * 0.3 * _part(number, 9)),
        "DiskUsed": int(_disk(number) * used),
        "NetInTransfer": int(uptime * 3e5 * _part(number, 6) + 1e9),
        "NetOutTransfer": int(uptime * 2e5 * _part(number, 7) + 5e8),
        "NetInSpeed": int(received * (0.7 + 0.6 * _noise(number, now, 2))),
        "NetOutSpeed": int(sent * (0.7 + 0.6 * _noise(number, now, 3))),
        "Uptime": uptime,
        "Load1": round(load * (0.8 + 0.4 * _noise(number, now, 4)), 2),
        "Load5": round(load, 2),
        "Load15": round(load * 0.9, 2),
        "TcpConnCount": int(20 + 400 * busy),
        "UdpConnCount": 6,
        "ProcessCount": 90 + number % 80,
        "GPU": 0,
    }
    latency = min(distance * (1 + 0.05 * number) for distance in DISTANCES) * (1 + 0.2 * _noise(number, now, 5))
    loss = 0 if _noise(number, now // STEP, 6) < 0.9 else 12.5
    others = f"{REPORT_SECONDS_OF_MANY},{latency:.3f},{loss}" if number < PINGING else ""
    return State(now, now, ",".join(number_text(figure) for figure in figures.values()), others=others)


def _spark(number: int, step: int) -> Spark:
    figures = [_state(number, at).figures.split(",") for at in range(step, step + STEP, MINUTE)]
    cpu, net_in, net_out = (
        sum(float(one[V0_NAMES.index(name)]) for one in figures) / len(figures)
        for name in ("CPU", "NetInSpeed", "NetOutSpeed")
    )
    return Spark(cpu, int(net_in * STEP), int(net_out * STEP))


def _missing(number: int, day: int) -> float:
    """Returns the share of a day without data: nothing on most days."""
    return 0.3 * _noise(number, day, 41) ** 3 if _noise(number, day, 40) > 0.96 else 0


def _points(number: int, monitor_ids: Sequence[int], at: int) -> list[Point]:
    found = []
    for index, monitor_id in enumerate(monitor_ids):
        spread = 1 + 3 * _rhythm(number + index, at) ** 3
        delay = DISTANCES[index] * (1 + 0.05 * number) + spread * (1 + 4 * _noise(number, at, 10 + index) ** 6)
        down = _lost(number, index, at)
        up = PROBES - down
        found.append(point(monitor_id, at, delay if up else 0, up, down))
    return found


def _lost(number: int, index: int, at: int) -> int:
    """Returns how many probes of a minute fail: few, more to the farthest target, and all during one daily outage."""
    if index == 1 and 0.12 < (at % DAY) / DAY < 0.14:
        return PROBES
    if _noise(number, at, 20 + index) < (0.97 - 0.1 * _rhythm(number, at) if index == 3 else 0.997):
        return 0
    return 1 if _noise(number, at, 30 + index) < 0.9 else PROBES


def _rhythm(number: int, now: float) -> float:
    """Returns 0 at night to 1 in the evening, shifted by the server's place."""
    return 0.5 - 0.5 * math.cos(2 * math.pi * ((now / DAY + 0.09 * (number % len(PLACES))) % 1))


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
    """Returns a constant of this server, 0 to 1."""
    return _noise(number, 0, salt)


def _noise(number: int, now: int, salt: int) -> float:
    """Returns a pseudo-random number, 0 to 1."""
    mixed = (number * 0x9E3779B1 + now * 0x85EBCA77 + salt * 0xC2B2AE3D) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 12)) * 0x297A2D39) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 15)) / 2**32
