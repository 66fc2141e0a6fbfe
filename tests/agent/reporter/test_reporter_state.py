"""Figures of a state, from fixed readings and from this machine."""

import json
import time

import pytest

from agent.core.figures import STATE
from agent.reporter.disk import Disk, Mount, disk_of
from agent.reporter.state import LEFT_OUT, Counters, Meter, cpu_percent, lines_of, speed, temperatures


def counters(busy, cpu):
    return Counters(at=0, busy=busy, cpu=cpu, received={}, sent={})


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        (counters(10, 100), counters(15, 120), 25),
        (counters(10, 100), counters(11, 103), 33.33),
        (counters(10, 100), counters(10, 100), 0),
        (counters(10, 100), counters(5, 50), 0),
        (counters(10, 100), counters(9, 110), 0),
        (counters(10, 100), counters(30, 110), 100),
    ],
)
def test_cpu_percent(before, after, percent):
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
def test_speed_is_never_negative_nor_huge(before, after, seconds, expected):
    result = speed(before, after, seconds)
    assert result == expected
    assert isinstance(result, int)


def test_interfaces_are_left_out_by_how_they_begin():
    assert "wlo1".startswith(LEFT_OUT) is False
    assert all(name.startswith(LEFT_OUT) for name in ("lo", "docker0", "veth3f", "br-9a", "vmbr0", "kube-ipvs0"))
    assert not any(name.startswith(LEFT_OUT) for name in ("eth0", "ens3", "enp1s0", "wg0", "bond0", "br0"))


def test_temperatures_are_named_by_chip_and_label_and_sorted():
    sensors = {
        "nvme": [("Composite", 35.85)],
        "coretemp": [("Package id 0", 41.0), ("Core 0", 0.0), ("Core 1", -5.0)],
        "acpitz": [("", 27.8)],
    }
    assert temperatures(sensors) == [
        {"Name": "acpitz", "Temperature": 27.8},
        {"Name": "coretemp_package_id_0", "Temperature": 41.0},
        {"Name": "nvme_composite", "Temperature": 35.85},
    ]


def test_each_device_counts_once():
    mounts = [
        Mount("/dev/sda1", "ext4", Disk(0, 0)),
        Mount("/dev/sda1", "ext4", Disk(100, 40)),
        Mount("/dev/sda1", "ext4", Disk(100, 40)),
        Mount("/dev/sdb", "btrfs", Disk(1000, 1)),
    ]
    assert disk_of(mounts) == Disk(1100, 41)


def test_file_systems_of_a_zfs_pool_share_its_free_space():
    mounts = [
        Mount("tank", "zfs", Disk(70, 0)),
        Mount("tank/home", "zfs", Disk(90, 20)),
        Mount("tank/var", "zfs", Disk(80, 10)),
    ]
    assert disk_of(mounts) == Disk(100, 30)


def test_lines_of_a_table(tmp_path):
    table = tmp_path / "tcp"
    table.write_text("  sl  local_address\n   0: one\n   1: two\n")
    assert lines_of(table) == 3


def test_state_of_this_machine_has_every_field_and_its_type():
    meter = Meter(time.monotonic)
    state = meter.state(time.time())
    types = {figure.name: figure.type for figure in STATE}
    assert {name: type(value) for name, value in state.items()} == {**types, "Temperatures": list}
    assert all(value >= 0 for name, value in state.items() if name != "Temperatures")
    assert state["CPU"] <= 100
    assert all(state[name] > 0 for name in ("MemUsed", "DiskUsed", "Uptime", "ProcessCount"))
    assert json.loads(json.dumps(state, allow_nan=False)) == state


def test_transfer_never_counts_loopback_and_speed_follows_the_meter():
    clock = iter([0.0, 10.0, 20.0])
    meter = Meter(lambda: next(clock))
    first, second = meter.state(time.time()), meter.state(time.time())
    moved = second["NetInTransfer"] - first["NetInTransfer"]
    assert second["NetInSpeed"] == moved // 10
