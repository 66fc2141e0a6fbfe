"""Monitors of an answer, and single probes against real sockets of loopback."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from icmplib import ICMPRequest, ICMPv4Socket, ICMPv6Socket
from icmplib.exceptions import SocketPermissionError

from agent.core.monitor_types import TYPES
from agent.core.monitor_types.icmp_filter import only_own
from agent.core.monitor_types.probing import NotMeasured
from agent.core.monitors import Monitor, UnusableMonitor, parse_monitor

ROOT = Path(__file__).parents[3]
IN_A_CHILD = """
from agent.core.monitor_types import icmp
from agent.core.monitor_types.probing import NotMeasured
for address in ("127.0.0.1", "::1"):
    try:
        print(icmp.probe(address))
    except NotMeasured as error:
        print(error)
"""


icmp, tcp = TYPES["icmp"].probe, TYPES["tcp"].probe


def target(listener: Any) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_tcp_open_port_has_a_delay(family: Any, host: str) -> None:
    with socket.create_server((host, 0), family=family) as listener:
        delay = tcp(target(listener))
        assert delay
        assert 0 < delay < 1000


def test_tcp_closed_port_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = target(listener)
    assert tcp(closed) is None


def test_tcp_time_out_is_down_within_its_bound() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        # A full queue of connections leaves further ones without an answer.
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        began = time.monotonic()
        assert tcp(target(listener)) is None
        assert 4.5 < time.monotonic() - began < 6
        for one in waiting:
            one.close()


@pytest.mark.parametrize("host", ["does-not-exist.invalid", "a" * 70 + ".invalid", "a..b", "\0"])
def test_name_that_does_not_resolve_is_down(host: str) -> None:
    assert icmp(host) is None
    assert tcp(f"{host}:1") is None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_icmp_echo_has_a_delay(host: str) -> None:
    try:
        delay = icmp(host)
    except NotMeasured as error:
        pytest.skip(f"the kernel forbids it: {error}")
    if delay is None and host == "::1" and not Path("/proc/net/if_inet6").exists():
        pytest.skip("the kernel has no IPv6")
    assert delay
    assert 0 < delay < 1000


def test_icmp_echoes_side_by_side_are_each_their_own() -> None:
    try:
        with ThreadPoolExecutor(8) as pool:
            delays = list(pool.map(icmp, ["127.0.0.1"] * 80))
    except NotMeasured as error:
        pytest.skip(f"the kernel forbids it: {error}")
    assert all(delays)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has packet filters of this kind")
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_what_others_send_leaves_room_for_the_reply(address: str) -> None:
    kind = ICMPv6Socket if ":" in address else ICMPv4Socket
    try:
        own, other = kind(privileged=True), kind(privileged=True)
    except SocketPermissionError:
        pytest.skip("raw sockets are not permitted")
    with own, other:

        def fill() -> None:
            """Sends more than there is room for."""
            for number in range(1000):
                other.send(ICMPRequest(address, id=1 + number, sequence=1))

        fill()
        only_own(own.sock, 5000)
        fill()
        own.send(ICMPRequest(address, id=5000, sequence=7))
        reply = own.receive(None, 5)
        assert (reply.id, reply.sequence) == (5000, 7)
        reply.raise_for_status()


def child(range_of_groups: str) -> Any:
    """What IN_A_CHILD prints without capabilities, in a network of its own with that ping_group_range."""
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("only root, with unshare and ip, may make a network to forbid and permit ICMP in")
    script = (
        f"ip link set lo up && echo '{range_of_groups}' > /proc/sys/net/ipv4/ping_group_range && "
        'exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"'
    )
    command = ["unshare", "-n", "sh", "-c", script, "sh", sys.executable, "-B", "-c", IN_A_CHILD]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        pytest.skip(f"no network of its own for the test: {done.stderr.strip()}")
    return done.stdout.splitlines()


def test_icmp_without_rights_goes_over_datagram_sockets() -> None:
    assert all(re.fullmatch(r"\d+\.\d+", line) for line in child("0 2147483647"))


def test_icmp_that_is_forbidden_is_neither_up_nor_down_and_says_what_to_do() -> None:
    said = child("1 0")
    assert len(said) == 2
    for words in ("AmbientCapabilities=CAP_NET_RAW", "net.ipv4.ping_group_range", "setcap cap_net_raw+ep"):
        assert all(words in line for line in said)


@pytest.mark.parametrize(
    ("sent", "monitor"),
    [
        ({"type": "icmp", "target": "1.1.1.1", "interval": 30}, Monitor(7, "icmp", "1.1.1.1", 30)),
        ({"type": "icmp", "target": "2606:4700::1111", "interval": 30}, Monitor(7, "icmp", "2606:4700::1111", 30)),
        ({"type": "tcp", "target": "a.example:443", "interval": 1}, Monitor(7, "tcp", "a.example:443", 10)),
        ({"type": "tcp", "target": "[::1]:22", "interval": 10**9}, Monitor(7, "tcp", "[::1]:22", 3600)),
    ],
)
def test_monitor_of_an_answer(sent: dict[str, Any], monitor: Monitor) -> None:
    assert parse_monitor({"id": 7, "server_ids": [1], **sent}) == monitor


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": True},
        {"id": 0},
        {"id": 2**63},
        {"type": "udp"},
        {"type": None},
        {"type": ["tcp"]},
        {"target": 7},
        {"target": ""},
        {"target": "a\n:1"},
        {"target": "a" * 2047 + ":1"},
        {"target": "a"},
        {"target": ":1"},
        {"target": "a:0"},
        {"target": "a:65536"},
        {"target": "a:²"},
        {"target": "a:" + "9" * 200},
        {"interval": "30"},
        {"interval": True},
        {"interval": None},
    ],
)
def test_monitor_that_makes_no_sense_is_not_probed(change: dict[str, Any]) -> None:
    with pytest.raises(UnusableMonitor):
        parse_monitor({"id": 7, "type": "tcp", "target": "a:1", "interval": 30, **change})


@pytest.mark.parametrize(
    ("kind", "target", "host"),
    [("icmp", "a.example", "a.example"), ("icmp", "::1", "::1"), ("tcp", "[::1]:22", "::1"), ("tcp", "a:22", "a")],
)
def test_host_of_a_target(kind: str, target: str, host: str) -> None:
    assert TYPES[kind].host_of(target) == host
