"""Sample data to measure with: servers that have reported, monitors, and a day of minutes and pings of one server."""

import json
import math
import os
import random
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

from benchmarks.watched_store import PATIENCE_SECONDS, MovableClock, WatchedStore, opened
from chalicelib.api.json_output import number_text
from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.history import Recorded, minute
from chalicelib.fleet.limits import REPORTS
from chalicelib.fleet.pings import point
from chalicelib.fleet.states import State
from chalicelib.fleet.tokens import hash_of
from chalicelib.storage import DynamoStore, calls, connect
from chalicelib.storage.dump import JsonItem
from chalicelib.storage.head import group_of
from chalicelib.storage.monitors import MonitorItem
from chalicelib.storage.servers import ServerItem
from chalicelib.storage.tokens import TokenItem
from local.signed_calls import KEY_VARIABLE

HOST = {
    "Platform": "debian",
    "PlatformVersion": "12.4",
    "CPU": ["AMD EPYC 7763 64-Core Processor 2 Virtual Core"],
    "MemTotal": 4105310208,
    "DiskTotal": 52521566208,
    "SwapTotal": 1073741824,
    "Arch": "x86_64",
    "Virtualization": "kvm",
    "BootTime": 1763000000,
    "CountryCode": "de",
    "Version": "0.20.5",
    "GPU": None,
}
"""A host as an agent reports it, in v0's order."""
HOST_AS_KEPT = json.dumps(list(HOST.values()), separators=(",", ":"))

KEY = "benchmark"
"""The access key ID and secret access key of the embedded DynamoDB."""
PREFIX = "benchmark-"

OTHERS = "60,12.3,0"
"""The other values in a stored state of a server with monitors: the sender's interval, latency and packet loss."""
MINUTES_A_DAY = 1440


@contextmanager
def dynamodb() -> Iterator[str]:
    """Yields the URL of an empty embedded DynamoDB in its own process, so that its CPU is not counted."""
    with subprocess.Popen(
        [sys.executable, "-m", "local.child", "local.dynamodb", "--port", "0"],
        env={**os.environ, KEY_VARIABLE: KEY},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            with patience(), mock.patch.dict(os.environ, AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=KEY):
                for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
                    os.environ.pop(name, None)
                yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def new_store(url: str, prefix: str = PREFIX, clock: MovableClock | None = None) -> WatchedStore:
    """Creates tables and returns their store."""
    store = opened(url, prefix, clock)
    store.create_tables()
    return store


def open_store(url: str, prefix: str = PREFIX) -> WatchedStore:
    """A store of existing tables that has read nothing yet, as in another process."""
    return opened(url, prefix)


def secret(number: int) -> str:
    """Returns the secret of server `number`'s agent."""
    return f"secret{number:012}"


def fill(store: DynamoStore, *, servers: int, monitors: int = 0, now: int, host: str = HOST_AS_KEPT) -> None:
    """Adds servers 1 to `servers`, which reported just now, and a day of minutes and pings of server 1."""
    list(store.dump.load(_items(servers, monitors, now, host)))
    for ids in requests_of(servers):
        assert not store.write_states({id_: State(now, now, state_figures(), others=OTHERS) for id_ in ids})
    for start in range(0, MINUTES_A_DAY if monitors else 0, 60):
        times = range(now - now % 60 - (start + 60) * 60, now - now % 60 - start * 60, 60)
        minutes = [minute(at, minute_figures(at)) for at in times]
        points = [point(id_, at, delay(), 2, 0) for at in times for id_ in range(1, monitors + 1)]
        assert not store.write_history({1: Recorded(minutes, points)}, now)


def requests_of(servers: int) -> Iterator[range]:
    """IDs 1 to `servers`, in ranges that each fit in one request."""
    for first in range(1, servers + 1, REPORTS):
        yield range(first, min(first + REPORTS, servers + 1))


@contextmanager
def patience() -> Iterator[None]:
    """Within the block, stores wait up to PATIENCE_SECONDS for the embedded DynamoDB, which is slow with a large fleet
    or on a busy machine. Otherwise they would time out and retry. Waiting changes neither their CPU nor what they read.
    """
    with (
        mock.patch.object(connect, "READ_SECONDS", PATIENCE_SECONDS),
        mock.patch.object(calls, "REQUEST_SECONDS", PATIENCE_SECONDS),
    ):
        yield


def state() -> dict[str, float]:
    """Returns a random state as an agent sends it, with unrounded floats."""
    return {
        "CPU": random.uniform(0, 100),
        "MemUsed": random.randrange(10**9, 4 * 10**9),
        "SwapUsed": random.randrange(10**9),
        "DiskUsed": random.randrange(5 * 10**10),
        "NetInTransfer": random.randrange(10**13),
        "NetOutTransfer": random.randrange(10**13),
        "NetInSpeed": random.randrange(10**6),
        "NetOutSpeed": random.randrange(10**6),
        "Uptime": random.randrange(10**7),
        "Load1": round(random.random(), 2),
        "Load5": round(random.random(), 2),
        "Load15": round(random.random(), 2),
        "TcpConnCount": random.randrange(300),
        "UdpConnCount": random.randrange(30),
        "ProcessCount": 234,
        "GPU": 0,
    }


def delay() -> float:
    """Returns a random delay in milliseconds, as agents round it."""
    return round(random.uniform(1, 300), 3)


def minute_figures(at: int) -> dict[str, float]:
    """Returns a minute's figures of a busy web server as an agent sends them, with unrounded means."""
    busy = 35 + 25 * math.sin(at / 86_400 * 2 * math.pi) + random.gauss(0, 4)
    net_in, net_out = busy * 6e4 * random.uniform(0.9, 1.1), busy * 7e5 * random.uniform(0.9, 1.1)
    return {
        "samples": 60 if random.random() < 0.85 else 59,
        "CPU": busy,
        "CPUMax": min(100.0, busy * random.uniform(1.2, 2.5)),
        "MemUsed": 15e9 + 5e9 * math.sin(at / 7000) + random.gauss(0, 3e7),
        "SwapUsed": 1.2e9 + random.gauss(0, 1e5),
        "DiskUsed": 212e9 + at % 86_400 * 3e4,
        "NetIn": int(net_in * 60),
        "NetOut": int(net_out * 60),
        "NetInSpeedMax": net_in * random.uniform(1.3, 4),
        "NetOutSpeedMax": net_out * random.uniform(1.3, 4),
        "Load1": busy / 12 * random.uniform(0.8, 1.2),
        "TcpConnCount": 1900 + random.gauss(0, 90),
        "UdpConnCount": 30 + random.gauss(0, 1),
        "ProcessCount": 262 + random.gauss(0, 2),
        "Temperature": 58 + random.gauss(0, 1.5),
    }


def state_figures(known: Mapping[str, int] | None = None) -> str:
    """Returns a random state as it is stored. known: figures that are not random."""
    told = {**state(), **(known or {})}
    return ",".join(number_text(told[name]) for name in V0_NAMES)


def _items(servers: int, monitors: int, now: int, host: str) -> Iterator[tuple[str, JsonItem]]:
    for number in range(1, servers + 1):
        hash_ = hash_of(secret(number))
        yield "servers", _server(number, hash_, now, host)
        yield "tokens", TokenItem(hash_, kind="agent", subject=number, head="secr", created=now).serialize()
    for number in range(1, monitors + 1):
        monitor: Any = MonitorItem(number, name=f"monitor {number}", type="icmp", target="192.0.2.1", interval=30)
        monitor.cover, monitor.servers = "all", ""
        yield "monitors", monitor.serialize()


def _server(number: int, secret_hash: str, now: int, host: str) -> JsonItem:
    item: JsonItem = ServerItem(
        group_of(number),
        number,
        name=f"web-{number:05}.eu-central.example",
        tag=f"group {number % 10}",
        ip=f"203.0.113.{number % 250}/2001:db8:85a3::{number:x}",
        host=host,
        host_changed=now - 86_400,
        secret_hash=bytes.fromhex(secret_hash),
        created=now,
    ).serialize()
    return item | {"s": {"B": b64encode(bytes.fromhex(secret_hash)).decode()}}
