"""What this host runs in: a container, a virtual machine, or neither."""

from __future__ import annotations

from pathlib import Path

from agent.reporter.readings import reading

VENDORS = {
    "qemu": "kvm",
    "kvm": "kvm",
    "vmware": "vmware",
    "virtualbox": "vbox",
    "innotek": "vbox",
    "xen": "xen",
    "parallels": "parallels",
    "bochs": "bochs",
    "virtual machine": "hyperv",
    "google compute engine": "kvm",
    "openstack": "kvm",
    "amazon ec2": "kvm",
    "digitalocean": "kvm",
    "hetzner vserver": "kvm",
    "alibaba cloud ecs": "kvm",
}
"""What the firmware's vendor and product hold, in lower case, and the word that v0 agents have for it."""

CLOCK_SOURCES = {"kvm-clock": "kvm", "hyperv_clocksource": "hyperv", "xen": "xen"}
"""Clocks that only a hypervisor gives, for virtual machines without such firmware."""


def virtualization(root: Path = Path("/")) -> str:
    """`docker`, `lxc`, `kvm` and so on, "" on bare metal or where nothing shows. Runs no command."""
    return _container(root) or _machine(root)


def _container(root: Path) -> str:
    if marked := _text(root / "run/systemd/container").strip():
        return marked
    # Only root may read it; LXC and systemd-nspawn say it there.
    for variable in _text(root / "proc/1/environ").split("\0"):
        name, _, value = variable.partition("=")
        if name == "container" and value:
            return value
    if (root / ".dockerenv").exists():
        return "docker"
    if (root / "run/.containerenv").exists():
        return "podman"
    # Both exist on the machine that holds OpenVZ's containers, one of them inside a container.
    if (root / "proc/vz").exists() and not (root / "proc/bc").exists():
        return "openvz"
    groups = _text(root / "proc/1/cgroup")
    return next((name for word, name in _GROUPS if word in groups), "")


_GROUPS = (("docker", "docker"), ("kubepods", "docker"), ("lxc", "lxc"))


def _machine(root: Path) -> str:
    if "microsoft" in _text(root / "proc/sys/kernel/osrelease").lower():
        return "wsl"
    dmi = root / "sys/class/dmi/id"
    firmware = " ".join(_text(dmi / name).strip().lower() for name in ("sys_vendor", "product_name", "bios_vendor"))
    # Machines that are rented whole carry the cloud's name too.
    if ".metal" not in firmware:
        for word, name in VENDORS.items():
            if word in firmware:
                return name
    flags = next((line for line in _text(root / "proc/cpuinfo").splitlines() if line.startswith("flags")), "")
    if "hypervisor" not in flags.split():
        return ""
    clocks = _text(root / "sys/devices/system/clocksource/clocksource0/available_clocksource").split()
    return next((CLOCK_SOURCES[clock] for clock in clocks if clock in CLOCK_SOURCES), "vm")


def _text(path: Path) -> str:
    return reading(lambda: path.read_text(errors="replace"), "")
