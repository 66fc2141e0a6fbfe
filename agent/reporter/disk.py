"""Disk space over all file systems that keep something on a device of this host."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from agent.reporter.readings import reading

IMAGES = {"squashfs", "iso9660", "udf", "erofs", "cramfs"}
"""File systems of images: always full, and part of no disk that fills."""


@dataclass(frozen=True)
class Disk:
    """Bytes in all, and of them used."""

    total: int
    used: int


@dataclass(frozen=True)
class Mount:
    """One mounted file system; `disk` in bytes."""

    device: str
    file_system: str
    disk: Disk


def read_disk() -> Disk:
    """This host's disks as they are now; only the root file system where no other shows, as in containers."""
    # Without all=True it leaves out what has no device: proc, tmpfs, overlay, network shares that may hang.
    partitions = reading(psutil.disk_partitions, None) or []
    mounts = [Mount(one.device, one.fstype, _usage(one.mountpoint)) for one in partitions if one.fstype not in IMAGES]
    return disk_of(mounts) if any(mount.disk.total for mount in mounts) else _usage(str(Path("/")))


def disk_of(mounts: Iterable[Mount]) -> Disk:
    """The sum in which each device counts once, wherever it is mounted.

    The file systems of a ZFS pool share its free space, so a pool counts as one device.
    """
    devices: dict[str, Disk] = {}
    for mount in mounts:
        if mount.file_system == "zfs":
            pool = mount.device.partition("/")[0]
            devices[pool] = _sharing(devices.get(pool, Disk(0, 0)), mount.disk)
        elif not devices.get(mount.device, Disk(0, 0)).total:
            devices[mount.device] = mount.disk
    return Disk(sum(disk.total for disk in devices.values()), sum(disk.used for disk in devices.values()))


def _sharing(pool: Disk, disk: Disk) -> Disk:
    used = pool.used + disk.used
    return Disk(used + max(pool.total - pool.used, disk.total - disk.used), used)


def _usage(mountpoint: str) -> Disk:
    usage = reading(lambda: psutil.disk_usage(mountpoint), None)
    return Disk(usage.total, usage.used) if usage else Disk(0, 0)
