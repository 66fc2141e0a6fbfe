"""The figures of a state and of a host: one table for what the reporter reads and what v0 agents send.

A new figure is one line here, and its reading in `agent.reporter.state` or `agent.reporter.host`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypedDict

UINT64 = 2**64 - 1

LONGEST_TEXT = 256
LONGEST_LIST = 64
LONGEST_SENSOR_NAME = 64
"""The dashboard cuts at these lengths too. Here they bound what is kept in memory."""


class Figure(NamedTuple):
    """One figure.

    name: the key in reports, as v0 spells it. type: the type of its JSON value. unit: "" for a count or a string.
    field: its name in `nezha.proto`, "" for a figure that v0 agents do not send.
    """

    name: str
    type: type
    unit: str
    field: str = ""


STATE = (
    Figure("CPU", float, "percent", "cpu"),
    Figure("MemUsed", int, "bytes", "mem_used"),
    Figure("SwapUsed", int, "bytes", "swap_used"),
    Figure("DiskUsed", int, "bytes", "disk_used"),
    Figure("NetInTransfer", int, "bytes", "net_in_transfer"),
    Figure("NetOutTransfer", int, "bytes", "net_out_transfer"),
    Figure("NetInSpeed", int, "bytes/s", "net_in_speed"),
    Figure("NetOutSpeed", int, "bytes/s", "net_out_speed"),
    Figure("Uptime", int, "seconds", "uptime"),
    Figure("Load1", float, "", "load1"),
    Figure("Load5", float, "", "load5"),
    Figure("Load15", float, "", "load15"),
    Figure("TcpConnCount", int, "", "tcp_conn_count"),
    Figure("UdpConnCount", int, "", "udp_conn_count"),
    Figure("ProcessCount", int, "", "process_count"),
    Figure("GPU", float, "percent", "gpu"),
)
"""What changes with every report. A state also has `Temperatures`, a list of sensors."""

HOST = (
    Figure("Platform", str, "", "platform"),
    Figure("PlatformVersion", str, "", "platform_version"),
    Figure("CPU", list, "", "cpu"),
    Figure("MemTotal", int, "bytes", "mem_total"),
    Figure("DiskTotal", int, "bytes", "disk_total"),
    Figure("SwapTotal", int, "bytes", "swap_total"),
    Figure("Arch", str, "", "arch"),
    Figure("Virtualization", str, "", "virtualization"),
    Figure("BootTime", int, "Unix seconds", "boot_time"),
    Figure("CountryCode", str, "", "country_code"),
    Figure("Version", str, "", "version"),
    Figure("GPU", list, "", "gpu"),
)
"""What rarely changes. Lists hold strings."""

State = dict[str, Any]
"""A state as reports carry it: STATE by name, and `Temperatures`."""

Host = dict[str, Any]
"""A host as reports carry it: HOST by name."""


class Temperature(TypedDict):
    """One sensor, in degrees Celsius."""

    Name: str
    Temperature: float


def complete(figures: Iterable[Figure], readings: Mapping[str, Any]) -> dict[str, Any]:
    """Every figure by name.

    A reading that is missing, negative, not a number or of another type counts as 0, "" or []; texts and lists are cut
    at the limits above.
    """
    return {figure.name: _CLEAN[figure.type](readings.get(figure.name)) for figure in figures}


def finite(value: float) -> float:
    """The value, or 0 for NaN and infinity, which JSON does not have."""
    return value if math.isfinite(value) else 0.0


def text(value: str) -> str:
    return value[:LONGEST_TEXT]


def texts(values: Iterable[str]) -> list[str]:
    return [text(value) for value in list(values)[:LONGEST_LIST]]


def _number(value: Any) -> float:
    try:
        return max(0.0, finite(float(value)))
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _whole(value: Any) -> int:
    # Not converted to float, which is exact up to 2^53 only.
    return min(max(value, 0), UINT64) if isinstance(value, int) else min(int(_number(value)), UINT64)


def _clean_text(value: Any) -> str:
    return text("".join(one for one in value if one.isprintable())) if isinstance(value, str) else ""


def _clean_texts(values: Any) -> list[str]:
    return [_clean_text(value) for value in values[:LONGEST_LIST]] if isinstance(values, list) else []


_CLEAN: Mapping[type, Callable[[Any], Any]] = {float: _number, int: _whole, str: _clean_text, list: _clean_texts}
