"""Placeholders in a webhook's text, filled in as in v0, but in one pass.

v0 replaces one placeholder after the other, so a server named `#SERVER.IP#` shows its address. Here, placeholders in a
value are not replaced.
"""

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote_plus

from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import NOTHING, State
from chalicelib.fleet.wall_clock import offset_and_name, wall_time

Values = Mapping[str, str]
"""The value of each placeholder, by the name between its `#`."""

_PLACEHOLDER = re.compile(r"#(NEZHA|DATETIME|SERVER\.[A-Z0-9]+)#")
_UNSAFE_IN_JSON = re.compile(r'["\\\x00-\x1f<>&\u2028\u2029\ud800-\udfff]')
_SHORT_IN_JSON = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def filled(text: str, values: Values, escape: Callable[[str], str]) -> str:
    """Text with its placeholders replaced; one without a value stays as it is."""

    def value(found: re.Match[str]) -> str:
        return escape(values[found[1]]) if found[1] in values else found[0]

    return _PLACEHOLDER.sub(value, text)


def in_url(text: str) -> str:
    """As Go escapes a query: a space becomes `+`, in paths too."""
    return quote_plus(text.encode("utf-8", "replace"), safe="")


def in_json(text: str) -> str:
    """As Go writes a JSON string, without the quotes around it."""
    return _UNSAFE_IN_JSON.sub(_json_escape, text)


def in_json_text(text: str) -> str:
    """What JSON needs, and no more: without the escapes that Go adds for HTML."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _json_escape(found: re.Match[str]) -> str:
    character = found[0]
    if "\ud800" <= character <= "\udfff":
        return "\\ufffd"
    return _SHORT_IN_JSON.get(character) or f"\\u{ord(character):04x}"


def datetime_text(nanoseconds: int, zone: str) -> str:
    """A time as Go writes it: `2026-11-28 21:32:40.051542287 +0000 UTC`, without zeros at the end of the fraction."""
    seconds, rest = divmod(nanoseconds, 10**9)
    fraction = f".{rest:09}".rstrip("0") if rest else ""
    return f"{wall_time(seconds, zone):%Y-%m-%d %H:%M:%S}{fraction} {' '.join(offset_and_name(seconds, zone))}"


def server_values(server: Server, state: State | None) -> Values:
    """The values of the placeholders about a server, written as in v0: sizes in bytes, CPU and loads with six decimals.

    state: None for a server that never reported.
    """
    figures = dict(zip(V0_NAMES, (state or NOTHING).figures.split(","), strict=True))
    memory, disk, swap = json.loads(server.host)[3:6] if server.host else (0, 0, 0)
    first, slash, second = server.ip.partition("/")
    ipv4, ipv6 = (first, second) if slash else ("", first) if ":" in first else (first, "")
    values = {
        "NAME": server.name,
        "ID": str(server.id),
        "IP": ipv4 if slash else first,
        "IPV4": ipv4,
        "IPV6": ipv6,
        "MEM": figures["MemUsed"],
        "SWAP": figures["SwapUsed"],
        "DISK": figures["DiskUsed"],
        "MEMUSED": figures["MemUsed"],
        "SWAPUSED": figures["SwapUsed"],
        "DISKUSED": figures["DiskUsed"],
        "MEMTOTAL": str(memory),
        "SWAPTOTAL": str(swap),
        "DISKTOTAL": str(disk),
        "NETINSPEED": figures["NetInSpeed"],
        "NETOUTSPEED": figures["NetOutSpeed"],
        "TRANSFERIN": figures["NetInTransfer"],
        "TRANSFEROUT": figures["NetOutTransfer"],
        "NETINTRANSFER": figures["NetInTransfer"],
        "NETOUTTRANSFER": figures["NetOutTransfer"],
        "CPU": f"{float(figures['CPU']):f}",
        "LOAD1": f"{float(figures['Load1']):f}",
        "LOAD5": f"{float(figures['Load5']):f}",
        "LOAD15": f"{float(figures['Load15']):f}",
        "TCPCONNCOUNT": figures["TcpConnCount"],
        "UDPCONNCOUNT": figures["UdpConnCount"],
    }
    return {f"SERVER.{name}": value for name, value in values.items()}
