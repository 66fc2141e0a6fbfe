"""How long this host, or this container, has been running."""

from __future__ import annotations

import math
import time
from pathlib import Path

import psutil

from agent.reporter.readings import reading, text_of


def read_uptime(now: float) -> float:
    """Seconds, 0 when they cannot be read. now: Unix seconds."""
    # LXC gives its containers a file of their own here, while the boot time that psutil reads is the node's.
    for read in (
        lambda: float(text_of(Path("/proc/uptime")).split()[0]),
        lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        lambda: now - psutil.boot_time(),
    ):
        seconds = reading(read, 0.0)
        if math.isfinite(seconds) and seconds > 0:
            return seconds
    return 0.0
