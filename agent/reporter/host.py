"""The facts about this host that rarely change."""

from __future__ import annotations

import platform
import shlex
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from agent import VERSION
from agent.core.figures import HOST, Host, complete
from agent.reporter.disk import read_disk
from agent.reporter.memory import read_memory
from agent.reporter.processors import read_processors
from agent.reporter.readings import reading, text_of
from agent.reporter.uptime import read_uptime
from agent.reporter.virtualization import virtualization


def read_host() -> Host:
    """This host as it is now. What cannot be read is "" or 0; CountryCode and GPU are always empty."""
    name, version = _this_platform()
    kind = virtualization()
    memory = read_memory()
    uptime = read_uptime(time.time())
    readings = {
        "Platform": name,
        "PlatformVersion": version,
        "CPU": read_processors(is_virtual=kind != ""),
        "MemTotal": memory.total,
        "DiskTotal": read_disk().total,
        "SwapTotal": memory.swap_total,
        "Arch": platform.machine(),
        "Virtualization": kind,
        "BootTime": int(time.time() - uptime) if uptime else 0,
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
    """(Platform, PlatformVersion) as v0 agents write them. Debian's own file also has the minor version."""
    name = os_release.get("ID", "linux")
    if name == "debian" and debian_version:
        return name, debian_version
    return name, os_release.get("VERSION_ID", "")


def _this_platform() -> tuple[str, str]:
    if platform.system() == "Linux":
        os_release = text_of(Path("/etc/os-release")) or text_of(Path("/usr/lib/os-release"))
        return platform_of(variables_in(os_release), text_of(Path("/etc/debian_version")).strip())
    return platform.system().lower(), reading(lambda: platform.mac_ver()[0], "") or platform.release()
