"""How many TCP and UDP sockets this host has, IPv4 and IPv6, including closed ones that still wait for late packets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import psutil

from agent.reporter.readings import reading, text_of

SUMS = ("/proc/net/sockstat", "/proc/net/sockstat6")

_SUM = re.compile(r"^(TCP|UDP)6?: inuse (\d+)(?:.* tw (\d+))?", re.MULTILINE)


def count_sockets(kind: str) -> int:
    """kind: `tcp` or `udp`. Returns 0 if the number cannot be read."""
    # Reading the kernel's sums takes next to no time. To list sockets, it walks through a table that grows with the
    # machine's memory, which takes milliseconds even if there are few.
    count = sum_of(kind, "".join(text_of(Path(name)) for name in SUMS))
    if count is None:
        count = sockets_in(Path("/proc/net", name) for name in (kind, f"{kind}6"))
    return reading(lambda: len(psutil.net_connections(kind)), 0) if count is None else count


def sum_of(kind: str, sums: str) -> int | None:
    """The count in the text of SUMS, None if it has none."""
    found = [(int(used), int(waiting or 0)) for name, used, waiting in _SUM.findall(sums) if name.lower() == kind]
    return sum(used + waiting for used, waiting in found) if found else None


def sockets_in(tables: Iterable[Path]) -> int | None:
    """How many sockets these files of the kernel list, None when none of them can be read."""
    counts = [reading(partial(_lines, table), None) for table in tables]
    found = [count for count in counts if count is not None]
    # The first line of a table is its heading.
    return sum(max(0, count - 1) for count in found) if found else None


def _lines(path: Path) -> int:
    # Lines are only counted, as parsing them is slow on a host with many connections.
    with path.open("rb") as file:
        return sum(1 for _ in file)
