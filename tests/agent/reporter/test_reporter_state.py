"""Figures of a state, from fixed readings and from this machine."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from agent.core.figures import STATE
from agent.reporter.disk import Disk, Mount, disk_of
from agent.reporter.state import LEFT_OUT, CounterReadings, Meter, cpu_percent, speed, temperatures


def counters(busy: Any, cpu: Any) -> CounterReadings:
    return CounterReadings(at=0, busy=busy, cpu=cpu, received={}, sent={})


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        (counters(10, 100), counters(15, 120), 25),
        (counters(10, 100), counters(11, 103), 33.33),
        (counters(10, 100), counters(10, 100), 0),
        (counters(10, 100), counters(5, 50), 0),
        (counters(10, 100), counters(9, 110), 0),
        (counters(10, 100), counters(30, 110), 100),
        (counters(0, 0), counters(30, 110), 0),
        (counters(10, 100), counters(0, 0), 0),
    ],
)
def test_cpu_percent(before: Any, after: Any, percent: float) -> None:
    assert cpu_percent(before, after) == percent


@pytest.mark.parametrize(
    ("before", "after", "seconds", "expected"),
    [
        ({"eth0": 100}, {"eth0": 1100}, 10.0, 100),
        ({"eth0": 100, "eth1": 5}, {"eth0": 110, "eth1": 25}, 4.0, 7),
        ({"eth0": 10**12}, {"eth0": 7}, 10.0, 0),
        ({"eth0": 10**12, "eth1": 0}, {"eth0": 7, "eth1": 50}, 10.0, 5),
        ({"eth0": 1}, {"eth0": 1, "wg0": 10**12}, 10.0, 0),
        ({"eth0": 1, "wg0": 10**12}, {"eth0": 1}, 10.0, 0),
        ({"eth0": 1}, {"eth0": 100}, 0.0, 0),
        ({"eth0": 1}, {"eth0": 100}, -1.0, 0),
        ({}, {}, 1.0, 0),
    ],
)
def test_speed_is_never_negative_nor_huge(
    before: dict[str, Any], after: dict[str, Any], seconds: float, expected: int
) -> None:
    result = speed(before, after, seconds)
    assert result == expected
    assert isinstance(result, int)


@pytest.mark.parametrize(
    "name", ["lo", "lo0", "tun0", "utun3", "vtun0", "docker0", "veth3f", "br-9a", "vmbr0", "vnet1", "kube-ipvs0"]
)
def test_interfaces_whose_traffic_is_local_or_counted_are_left_out(name: str) -> None:
    assert LEFT_OUT.match(name)


@pytest.mark.parametrize("name", ["eth0", "ens3", "enp1s0", "wlo1", "wg0", "bond0", "br0", "lan1"])
def test_other_interfaces_are_counted(name: str) -> None:
    assert not LEFT_OUT.match(name)


def test_temperatures_are_named_by_chip_and_label_and_sorted() -> None:
    sensors = {
        "nvme": [("Composite", 35.85)],
        "coretemp": [("Package id 0", 41.0), ("Core 0", 0.0), ("Core 1", -5.0)],
        "acpitz": [("", 27.8)],
        "broken": [("far too hot", 65261.85), ("none", float("nan")), ("open", float("inf"))],
    }
    assert temperatures(sensors) == [
        {"Name": "acpitz", "Temperature": 27.8},
        {"Name": "coretemp_package_id_0", "Temperature": 41.0},
        {"Name": "nvme_composite", "Temperature": 35.85},
    ]


def test_each_device_counts_once() -> None:
    mounts = [
        Mount("/dev/sda1", "ext4", Disk(0, 0)),
        Mount("/dev/sda1", "ext4", Disk(100, 40)),
        Mount("/dev/sda1", "ext4", Disk(100, 40)),
        Mount("/dev/sdb", "btrfs", Disk(1000, 1)),
    ]
    assert disk_of(mounts) == Disk(1100, 41)


@pytest.mark.parametrize(
    ("mounts", "expected"),
    [
        # The same file system at several places, as our own systemd unit mounts it.
        ([Mount("rpool/ROOT/os", "zfs", Disk(100, 40))] * 4, Disk(100, 40)),
        ([Mount("/dev/sda1", "ext4", Disk(100, 40), frozenset({2049}))] * 3, Disk(100, 40)),
        # Volumes of an APFS container, of which one is a snapshot of another.
        (
            [Mount(f"/dev/disk3s{part}", "apfs", Disk(256, used)) for part, used in (("1s1", 10), ("5", 150))],
            Disk(256, 160),
        ),
        ([Mount(f"/dev/disk{disk}s1", "apfs", Disk(256, 10)) for disk in (3, 5)], Disk(512, 20)),
        ([Mount(f"/dev/disk3s{part}", "apfs", Disk(100, 80)) for part in (1, 5)], Disk(100, 100)),
        # One device under two names: by its number, or by that of its files.
        (
            [
                Mount("/dev/root", "ext4", Disk(100, 40), frozenset({2049})),
                Mount("/dev/sda1", "ext4", Disk(100, 40), frozenset({2049})),
                Mount("/dev/sda2", "ext4", Disk(100, 40), frozenset({2050})),
            ],
            Disk(200, 80),
        ),
        (
            [
                Mount("/dev/mapper/luks", "btrfs", Disk(100, 40), frozenset({50, 64768})),
                Mount("/dev/dm-0", "btrfs", Disk(100, 40), frozenset({51, 64768})),
            ],
            Disk(100, 40),
        ),
        # What cannot be read hides nothing.
        (
            [
                Mount("/dev/sda1", "ext4", Disk(0, 0), frozenset({1})),
                Mount("/dev/sdb", "xfs", Disk(9, 1), frozenset({1})),
            ],
            Disk(9, 1),
        ),
        # More used than there is.
        ([Mount("/dev/sda1", "ext4", Disk(100, 140))], Disk(100, 100)),
        ([], Disk(0, 0)),
    ],
)
def test_shared_space_counts_once(mounts: Any, expected: Disk) -> None:
    assert disk_of(mounts) == expected


def test_file_systems_of_a_zfs_pool_share_its_free_space() -> None:
    mounts = [
        Mount("tank", "zfs", Disk(70, 0)),
        Mount("tank/home", "zfs", Disk(90, 20)),
        Mount("tank/var", "zfs", Disk(80, 10)),
    ]
    assert disk_of(mounts) == Disk(100, 30)


def test_state_of_this_machine_has_every_field_and_its_type() -> None:
    meter = Meter(time.monotonic)
    state = meter.state(time.time())
    types = {figure.name: figure.type for figure in STATE}
    assert {name: type(value) for name, value in state.items()} == {**types, "Temperatures": list}
    assert all(value >= 0 for name, value in state.items() if name != "Temperatures")
    assert state["CPU"] <= 100
    assert all(state[name] > 0 for name in ("MemUsed", "DiskUsed", "Uptime", "ProcessCount"))
    assert json.loads(json.dumps(state, allow_nan=False)) == state


def test_transfer_never_counts_loopback_and_speed_follows_the_meter() -> None:
    clock = iter([0.0, 10.0, 20.0])
    meter = Meter(lambda: next(clock))
    first, second = meter.state(time.time()), meter.state(time.time())
    moved = second["NetInTransfer"] - first["NetInTransfer"]
    assert second["NetInSpeed"] == moved // 10
