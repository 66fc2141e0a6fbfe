"""Disk space of all file systems that are stored on a device of this host."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from agent.reporter.readings import reading

# Images: they are always full, and take no space that could fill up.
IMAGES = {"squashfs", "iso9660", "udf", "erofs", "cramfs", "cd9660"}

# Other mount points of file systems that are counted already.
LAYERS = {"nullfs", "unionfs", "overlay", "aufs"}

# File systems without a device. On Linux psutil leaves them out, on the BSDs it does not.
WITHOUT_DEVICE = {"devfs", "fdescfs", "procfs", "linprocfs", "linsysfs", "mqueuefs", "tmpfs", "mfs", "kernfs", "ptyfs"}

# Disks of other hosts. Reading them may hang.
NETWORKS = {"autofs", "nfs", "nfs4", "smbfs", "cifs", "afpfs", "webdav", "sshfs"}

LEFT_OUT = IMAGES | LAYERS | WITHOUT_DEVICE | NETWORKS


@dataclass(frozen=True)
class Disk:
    """Sizes in bytes."""

    total: int
    used: int


@dataclass(frozen=True)
class Mount:
    """One mounted file system.

    numbers: the device numbers of its device and of the files on it. They show when two names mean the same device.
    """

    device: str
    file_system: str
    disk: Disk
    numbers: frozenset[int] = frozenset()


def read_disk() -> Disk:
    """This host's disks as they are now. If none is visible, as in many containers, the root file system counts."""
    # Without all=True, psutil leaves out file systems without a device.
    partitions = reading(psutil.disk_partitions, [])
    mounts = [_mount(one) for one in partitions if one.fstype.lower() not in LEFT_OUT]
    return disk_of(mounts) if any(mount.disk.total for mount in mounts) else _usage(str(Path("/")))


def disk_of(mounts: Iterable[Mount]) -> Disk:
    """The sum over all mounts, where space that several mounts share counts only once.

    Mounts of one device share all of it. The file systems of a ZFS pool share its free space, and the volumes of an
    APFS container its total size; what each of them uses is added up.
    """
    pools: dict[str, Disk] = {}
    seen: set[object] = set()
    for mount in mounts:
        names = {mount.device, *mount.numbers}
        # A mount that could not be read must not hide another mount of the same device.
        is_new = mount.disk.total > 0 and not names & seen
        if mount.disk.total > 0:
            seen |= names
        if is_new:
            pool = _pool(mount)
            pools[pool] = _sharing(mount.file_system, pools[pool], mount.disk) if pool in pools else mount.disk
    return Disk(sum(disk.total for disk in pools.values()), sum(min(disk.used, disk.total) for disk in pools.values()))


def _pool(mount: Mount) -> str:
    """The name of what a mount shares its space with: its pool or container, else its device."""
    if mount.file_system == "zfs":
        return mount.device.partition("/")[0]
    if mount.file_system == "apfs":
        return re.sub(r"(?<=\d)(s\d+)+$", "", mount.device)
    return mount.device


def _sharing(file_system: str, pool: Disk, disk: Disk) -> Disk:
    used = pool.used + disk.used
    if file_system == "apfs":
        return Disk(max(pool.total, disk.total), used)
    return Disk(used + max(pool.total - pool.used, disk.total - disk.used), used)


def _mount(partition: Any) -> Mount:
    of_files = reading(lambda: [os.stat(partition.mountpoint).st_dev], [])  # noqa: PTH116
    return Mount(
        partition.device,
        partition.fstype.lower(),
        _usage(partition.mountpoint),
        frozenset((*of_files, *reading(lambda: _device_number(partition.device), []))),
    )


def _device_number(device: str) -> list[int]:
    """Follows links, such as those of the device mapper. [] for anything but a path, such as a ZFS file system's
    name.
    """
    found = os.stat(device) if os.path.isabs(device) else None  # noqa: PTH116, PTH117
    return [found.st_rdev] if found and stat.S_ISBLK(found.st_mode) else []


def _usage(mountpoint: str) -> Disk:
    usage = reading(lambda: psutil.disk_usage(mountpoint), None)
    return Disk(max(usage.total, 0), max(usage.used, 0)) if usage else Disk(0, 0)
