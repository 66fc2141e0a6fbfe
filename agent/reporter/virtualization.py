"""Whether this host is a container, a virtual machine, or neither."""

from __future__ import annotations

from pathlib import Path

from agent.reporter.readings import reading, text_of

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
"""What the firmware's vendor or product name contains, in lower case, and what v0 agents call it."""

CLOCK_SOURCES = {"kvm-clock": "kvm", "hyperv_clocksource": "hyperv", "xen": "xen"}
"""Clock sources that only a hypervisor provides, for virtual machines without such firmware."""


def virtualization(root: Path = Path("/")) -> str:
    """`docker`, `lxc`, `kvm` and so on; "" on bare metal or when unknown. Runs no command."""
    return _container(root) or _machine(root)


def _container(root: Path) -> str:
    if marked := text_of(root / "run/systemd/container").strip():
        return marked
    # LXC and systemd-nspawn set a variable there. Only root can read it.
    for variable in text_of(root / "proc/1/environ").split("\0"):
        name, _, value = variable.partition("=")
        if name == "container" and value:
            return value
    if _exists(root / ".dockerenv"):
        return "docker"
    if _exists(root / "run/.containerenv"):
        return "podman"
    # OpenVZ nodes have both paths, containers only the first.
    if _exists(root / "proc/vz") and not _exists(root / "proc/bc"):
        return "openvz"
    groups = text_of(root / "proc/1/cgroup")
    return next((name for word, name in _GROUPS if word in groups), "")


_GROUPS = (("docker", "docker"), ("kubepods", "docker"), ("lxc", "lxc"))


def _machine(root: Path) -> str:
    if "microsoft" in text_of(root / "proc/sys/kernel/osrelease").lower():
        return "wsl"
    dmi = root / "sys/class/dmi/id"
    firmware = " ".join(text_of(dmi / name).strip().lower() for name in ("sys_vendor", "product_name", "bios_vendor"))
    # The bare-metal machines of clouds also carry the cloud's name.
    if ".metal" not in firmware:
        for word, name in VENDORS.items():
            if word in firmware:
                return name
    flags = next((line for line in text_of(root / "proc/cpuinfo").splitlines() if line.startswith("flags")), "")
    if "hypervisor" not in flags.split():
        return ""
    clocks = text_of(root / "sys/devices/system/clocksource/clocksource0/available_clocksource").split()
    return next((CLOCK_SOURCES[clock] for clock in clocks if clock in CLOCK_SOURCES), "vm")


def _exists(path: Path) -> bool:
    # Before Python 3.14, exists() raises an error where looking is not permitted.
    return reading(path.exists, False)
