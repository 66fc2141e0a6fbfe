"""What the reporter tells about a host, and the host's address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent import VERSION
from agent.core.figures import HOST
from agent.reporter.address import address, choose
from agent.reporter.host import platform_of, read_host, variables_in
from agent.reporter.memory import Memory, bytes_in, memory_of
from agent.reporter.processors import models_of, processor_lines
from agent.reporter.virtualization import virtualization


@pytest.mark.parametrize(
    ("os_release", "debian_version", "expected"),
    [
        ({"ID": "debian", "VERSION_ID": "12"}, "12.11", ("debian", "12.11")),
        ({"ID": "debian", "VERSION_ID": "12"}, "", ("debian", "12")),
        ({"ID": "ubuntu", "VERSION_ID": "24.04"}, "trixie/sid", ("ubuntu", "24.04")),
        ({"ID": "arch"}, "", ("arch", "")),
        ({}, "", ("linux", "")),
    ],
)
def test_platform(os_release: dict[str, Any], debian_version: str, expected: tuple[Any, ...]) -> None:
    assert platform_of(os_release, debian_version) == expected


def test_variables_of_os_release() -> None:
    good = '# a comment\nID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n'
    assert variables_in(good + '\nBROKEN="never closed\nEMPTY=\nno variable\n') == {
        "ID": "debian",
        "NAME": "Debian GNU/Linux",
        "VERSION_ID": "12",
    }
    assert variables_in("") == {}


def test_processors_are_one_line_a_model() -> None:
    assert processor_lines(["AMD EPYC"] * 2, is_virtual=True) == ["AMD EPYC 2 Virtual Core"]
    assert processor_lines(["A", "B", "A"], is_virtual=False) == ["A 2 Physical Core", "B 1 Physical Core"]


ARM = "processor\t: {}\nBogoMIPS\t: 48.00\nCPU implementer\t: {}\nCPU architecture: 8\nCPU part\t: {}\n\n"


@pytest.mark.parametrize(
    ("cpuinfo", "models"),
    [
        ("model name\t: AMD EPYC\nflags\t: fpu\n\nmodel name\t: AMD EPYC\n", ["AMD EPYC"] * 2),
        (ARM.format(0, "0x41", "0xd05") + ARM.format(1, "0x41", "0xd0b"), ["Cortex-A55", "Cortex-A76"]),
        (ARM.format(0, "0x61", "0x022") + ARM.format(1, "0xc0", "0xac3"), ["Apple M1 Icestorm", "Ampere-1"]),
        (ARM.format(0, "0x41", "0x123") + ARM.format(1, "0x99", "0xd05"), ["ARM 0x41 0x123", "ARM 0x99 0xd05"]),
        ("processor\t: 0\nCPU part\t: 0xd0c\n", ["ARM 0xd0c"]),
        ("system type\t: MediaTek MT7621\nprocessor\t: 0\ncpu model\t: MIPS 1004Kc V2.15\n", ["MIPS 1004Kc V2.15"]),
        ("processor\t: 0\ncpu\t\t: POWER9, altivec supported\n", ["POWER9, altivec supported"]),
        ("processor\t: 0\nhart\t: 1\nisa\t: rv64imafdc\nuarch\t: sifive,u74-mc\n", ["sifive,u74-mc"]),
        ("Model Name\t\t: Loongson-3A5000\n", ["Loongson-3A5000"]),
        ("model name\t:\n", []),
        ("", []),
    ],
)
def test_models_of_cpuinfo(cpuinfo: str, models: Any) -> None:
    assert models_of(cpuinfo) == models


MEMINFO = """MemTotal:       1000 kB
MemFree:         100 kB
MemAvailable:    400 kB
Buffers:          50 kB
Cached:          200 kB
SwapTotal:       500 kB
SwapFree:        450 kB
"""


@pytest.mark.parametrize(
    ("meminfo", "kilobytes"),
    [
        (MEMINFO, (1000, 600, 500, 50)),
        (MEMINFO + "\0" * 2900, (1000, 600, 500, 50)),
        (MEMINFO.replace("SwapFree:        450", "SwapFree: 18446744073709551488"), (1000, 600, 500, 0)),
        (MEMINFO.replace("MemAvailable:    400", "MemAvailable:   4000"), (1000, 0, 500, 50)),
        (MEMINFO.replace("MemAvailable:    400 kB\n", ""), (1000, 650, 500, 50)),
        (MEMINFO.replace("SwapFree:        450 kB\n", ""), (1000, 600, 500, 0)),
        (MEMINFO.replace("SwapTotal:       500", "SwapTotal:         0"), (1000, 600, 0, 0)),
        (MEMINFO.replace("MemAvailable:    400 kB", "MemAvailable:"), (1000, 650, 500, 50)),
        ("MemTotal:       1000 kB\n", (1000, 1000, 0, 0)),
        ("MemTotal:       -5 kB\nMemFree: many kB\n\nnonsense\n", (0, 0, 0, 0)),
    ],
)
def test_memory(meminfo: str, kilobytes: tuple[Any, ...]) -> None:
    assert memory_of(bytes_in(meminfo)) == Memory(*(1024 * number for number in kilobytes))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ""),
        ({".dockerenv": "", "sys/class/dmi/id/sys_vendor": "QEMU"}, "docker"),
        ({"run/systemd/container": "lxc\n"}, "lxc"),
        ({"proc/1/environ": "A=b\0container=systemd-nspawn\0"}, "systemd-nspawn"),
        ({"run/.containerenv": ""}, "podman"),
        ({"proc/vz": "", "proc/bc": ""}, ""),
        ({"proc/vz": ""}, "openvz"),
        ({"proc/1/cgroup": "4:memory:/kubepods/pod1\n"}, "docker"),
        ({"sys/class/dmi/id/sys_vendor": "QEMU\n"}, "kvm"),
        ({"sys/class/dmi/id/sys_vendor": "VMware, Inc."}, "vmware"),
        ({"sys/class/dmi/id/product_name": "VirtualBox"}, "vbox"),
        ({"sys/class/dmi/id/product_name": "Virtual Machine"}, "hyperv"),
        ({"sys/class/dmi/id/sys_vendor": "Amazon EC2", "sys/class/dmi/id/product_name": "t4g.nano"}, "kvm"),
        ({"sys/class/dmi/id/sys_vendor": "Amazon EC2", "sys/class/dmi/id/product_name": "c5.metal"}, ""),
        ({"sys/class/dmi/id/sys_vendor": "Dell Inc.", "proc/cpuinfo": "flags\t: fpu vme\n"}, ""),
        ({"proc/cpuinfo": "flags\t: fpu hypervisor\n"}, "vm"),
        ({"proc/sys/kernel/osrelease": "5.15.1-microsoft-standard-WSL2"}, "wsl"),
    ],
)
def test_virtualization(tmp_path: Path, files: dict[str, Any], expected: str) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    assert virtualization(tmp_path) == expected


def test_virtualization_by_the_hypervisors_clock(tmp_path: Path) -> None:
    clock = tmp_path / "sys/devices/system/clocksource/clocksource0"
    clock.mkdir(parents=True)
    (clock / "available_clocksource").write_text("tsc kvm-clock \n")
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text("flags\t\t: fpu hypervisor lahf_lm\n")
    assert virtualization(tmp_path) == "kvm"


def test_host_of_this_machine_has_every_field_and_its_type() -> None:
    host = read_host()
    assert {name: type(value) for name, value in host.items()} == {figure.name: figure.type for figure in HOST}
    assert host["CPU"]
    assert all(host[name] for name in ("MemTotal", "DiskTotal", "BootTime", "Platform", "Arch"))
    assert host["Version"] == VERSION
    assert host == read_host()


@pytest.mark.parametrize(
    ("routes", "interfaces", "expected"),
    [
        ([], [], ""),
        (["10.0.0.5"], ["1.2.3.4"], "10.0.0.5"),
        (["127.0.0.1", "::1"], ["127.0.0.1", "10.0.0.5", "1.2.3.4", "5.6.7.8"], "1.2.3.4"),
        (["1.2.3.4"], ["fe80::1%eth0", "fd00::2", "2606:4700::7"], "1.2.3.4/2606:4700::7"),
        (["fd00::2"], ["2606:4700::7", "fc:00:00:00:00:01"], "2606:4700::7"),
        (["2606:4700::8", "1.2.3.4"], ["2606:4700::7"], "1.2.3.4/2606:4700::8"),
        (["::"], ["10.0.0.5"], ""),
    ],
)
def test_address(routes: list[Any], interfaces: list[Any], expected: str) -> None:
    assert choose(routes, interfaces) == expected


def test_address_of_this_machine_is_never_loopback() -> None:
    assert "127.0.0.1" not in address("127.0.0.1", 443)
    assert "::1" not in address("::1", 443).split("/")
