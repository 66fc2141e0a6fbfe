"""What rarely changes about this host."""

from __future__ import annotations

import platform
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

import psutil

from agent import VERSION
from agent.core.figures import HOST, Host, complete
from agent.reporter.disk import read_disk
from agent.reporter.readings import reading
from agent.reporter.virtualization import virtualization

ARM_PARTS = {
    "0xd03": "Cortex-A53",
    "0xd08": "Cortex-A72",
    "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse-N1",
    "0xd40": "Neoverse-V1",
    "0xd49": "Neoverse-N2",
    "0xd4f": "Neoverse-V2",
}
"""ARM's part numbers of processors common in clouds and on boards: Linux names them by number only."""


def read_host() -> Host:
    """This host as it is now. What cannot be read is "" or 0; CountryCode and GPU are always empty."""
    name, version = _this_platform()
    kind = virtualization()
    readings = {
        "Platform": name,
        "PlatformVersion": version,
        "CPU": cpu_lines(_cpu_models(), is_virtual=kind != ""),
        "MemTotal": reading(lambda: psutil.virtual_memory().total, 0),
        "DiskTotal": read_disk().total,
        "SwapTotal": reading(lambda: psutil.swap_memory().total, 0),
        "Arch": platform.machine(),
        "Virtualization": kind,
        "BootTime": reading(lambda: int(psutil.boot_time()), 0),
        "Version": VERSION,
    }
    return complete(HOST, readings)


def variables_in(os_release: str) -> dict[str, str]:
    """The variables in the text of /etc/os-release, which is written like a shell's assignments."""
    found = {}
    for line in os_release.splitlines():
        name, _, value = line.strip().partition("=")
        words = reading(partial(shlex.split, value, comments=True), [])
        if words and not name.startswith("#"):
            found[name] = words[0]
    return found


def platform_of(os_release: Mapping[str, str], debian_version: str) -> tuple[str, str]:
    """(Platform, PlatformVersion) as v0 agents write them; Debian's own file tells the minor version too."""
    name = os_release.get("ID", "linux")
    if name == "debian" and debian_version:
        return name, debian_version
    return name, os_release.get("VERSION_ID", "")


def cpu_lines(models: Iterable[str], *, is_virtual: bool) -> list[str]:
    """`<model> <n> Virtual Core` or `… Physical Core` by distinct model, from one model a processor."""
    kind = "Virtual" if is_virtual else "Physical"
    return [f"{model} {count} {kind} Core" for model, count in Counter(models).items()]


def models_of(cpuinfo: str) -> list[str]:
    """The model of each logical processor in the text of /proc/cpuinfo, [] when it names none."""
    fields = [(key.strip(), value.strip()) for key, _, value in (line.partition(":") for line in cpuinfo.splitlines())]
    if named := [value for key, value in fields if key == "model name"]:
        return named
    return [ARM_PARTS.get(value, f"ARM {value}") for key, value in fields if key == "CPU part"]


def _this_platform() -> tuple[str, str]:
    if platform.system() == "Linux":
        texts = (reading(Path(path).read_text, "") for path in ("/etc/os-release", "/usr/lib/os-release"))
        return platform_of(
            variables_in(next(filter(None, texts), "")), reading(Path("/etc/debian_version").read_text, "").strip()
        )
    return platform.system().lower(), platform.mac_ver()[0] or platform.release()


def _cpu_models() -> list[str]:
    models = models_of(reading(Path("/proc/cpuinfo").read_text, ""))
    return models or [platform.processor() or platform.machine()] * (psutil.cpu_count() or 1)
