"""Memory and swap."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import psutil

from agent.reporter.readings import reading, text_of


class Memory(NamedTuple):
    """Sizes in bytes. Used memory is never negative, and never more than the total."""

    total: int
    used: int
    swap_total: int
    swap_used: int


def read_memory() -> Memory:
    """This host's memory as it is now; 0 for what cannot be read."""
    # psutil gives up on the whole file when one line of it is damaged, as it may be in containers.
    numbers = bytes_in(text_of(Path("/proc/meminfo")))
    if "MemTotal" in numbers:
        return memory_of(numbers)
    memory, swap = reading(psutil.virtual_memory, None), reading(psutil.swap_memory, None)
    total, swap_total = (memory.total if memory else 0), (swap.total if swap else 0)
    used = total - memory.available if memory else 0
    return Memory(total, _bounded(used, total), swap_total, _bounded(swap.used if swap else 0, swap_total))


def bytes_in(meminfo: str) -> dict[str, int]:
    """The sizes in the text of /proc/meminfo, by name. Lines that cannot be parsed are left out."""
    found = {}
    for line in meminfo.replace("\0", "").splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isascii() and words[0].isdigit():
            found[name.strip()] = int(words[0]) * 1024
    return found


def memory_of(sizes: Mapping[str, int]) -> Memory:
    """The memory that these sizes show. Kernels before 3.14 have no MemAvailable; caches then count as available."""
    total, swap_total = sizes.get("MemTotal", 0), sizes.get("SwapTotal", 0)
    guess = sum(sizes.get(name, 0) for name in ("MemFree", "Buffers", "Cached", "SReclaimable"))
    free = sizes.get("SwapFree", swap_total)
    return Memory(
        total,
        _bounded(total - sizes.get("MemAvailable", guess), total),
        swap_total,
        _bounded(swap_total - free, swap_total),
    )


def _bounded(used: int, total: int) -> int:
    return min(max(used, 0), total)
