"""The v0 API's words: its key names, and how servers, hosts and states are written in its JSON.

Nothing else knows these names but their description, and v0_servers.py, which writes whole fleets of servers. A host is
stored as its values in the order of HOST_FIELDS, a state as its numbers in the order of FIGURES; both become objects
here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from chalicelib.fleet.monitors import Monitor, Monitors
from chalicelib.fleet.pings import Series
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import FIGURES, NOTHING, State

HOST_FIELDS: Mapping[str, object] = {
    "Platform": "",
    "PlatformVersion": "",
    "CPU": None,
    "MemTotal": 0,
    "DiskTotal": 0,
    "SwapTotal": 0,
    "Arch": "",
    "Virtualization": "",
    "BootTime": 0,
    "CountryCode": "",
    "Version": "",
    "GPU": None,
}
"""A host's fields in v0's order, each with what v0 writes when it is not known."""

_STATUS = "{" + ",".join(f'"{name}":%s' for name in (*FIGURES[:-1], "Temperatures", FIGURES[-1])) + "}"
"""A template for a state's numbers; v0 writes Temperatures before the last of them."""


def json_text(value: object) -> str:
    """JSON as text, without blanks, any script as itself."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def server_json(servers: Iterable[Server], states: Mapping[int, State], *, private: bool) -> str:
    """Servers for people's pages: as in details, and with `private` their notes and dates, without it no address."""
    return joined(_page_object(server, states.get(server.id, NOTHING), private=private) for server in servers)


def _page_object(server: Server, state: State, *, private: bool) -> str:
    fields = {"id": server.id, "name": server.name, "tag": server.tag, "display_index": server.display_index}
    if private:
        ipv4, ipv6 = server.addresses
        fields |= {
            "note": server.note,
            "hide_for_guest": server.hide_for_guest,
            "created": server.created,
            "ipv4": ipv4,
            "ipv6": ipv6,
        }
    fields |= {"last_active": state.last_active, "host": host_object(server.host)}
    return f'{json_text(fields)[:-1]},"status":{_status(state)}}}'


def _status(state: State) -> str:
    *figures, gpu = state.figures.split(",")
    return _STATUS % (*figures, state.temperatures or "null", gpu)


def series_json(server: Server, series: Mapping[int, Series], monitors: Monitors) -> str:
    """The `result` of the ping series: an entry for each monitor that has points, by its id; "null" for none."""
    times = {minutes: _times(minutes) for minutes in {one.minutes for one in series.values()}}  # mostly all the same
    entries = [
        _entry(server, monitors[id_], times[one.minutes], one.delays) for id_, one in series.items() if id_ in monitors
    ]
    return joined(entries) if entries else "null"


def _times(minutes: Sequence[int]) -> str:
    """Unix seconds as milliseconds: 000 behind each."""
    return "000,".join(map(str, minutes)) + "000"


def _entry(server: Server, monitor: Monitor, times: str, measured: Sequence[str]) -> str:
    names = json_text(
        {
            "monitor_id": monitor.id,
            "server_id": server.id,
            "monitor_name": monitor.name,
            "server_name": server.name,
        }
    )
    delays = ",".join(measured)
    if "0.000000" in delays:  # below a picosecond v0 writes exponents; stored are decimals
        delays = ",".join(number_text(float(delay)) for delay in measured)
    return f'{names[:-1]},"created_at":[{times}],"avg_delay":[{delays}]}}'


def joined(objects: Iterable[str]) -> str:
    """A JSON array."""
    return "[" + ",".join(objects) + "]"


def host_object(host: str) -> dict[str, object]:
    """A stored host as v0's object; "" is a host that was never reported."""
    values = json.loads(host) if host else HOST_FIELDS.values()
    return dict(zip(HOST_FIELDS, values, strict=True))


def number_text(value: int | float) -> str:
    """A number as v0 writes it: shortest digits, no `.0`, exponents only below 1e-6 and from 1e21."""
    if isinstance(value, int):
        if abs(value) <= 2**53:
            return str(value)
        value = float(value)
    text = repr(value)
    if text.endswith(".0"):
        return text[:-2]
    if "e" not in text:
        return text
    digits, _, exponent = text.partition("e")
    if -6 <= int(exponent) < 21:
        return _without_exponent(digits, int(exponent))
    sign, size = exponent[0], exponent[1:].lstrip("0")
    return f"{digits.removesuffix('.0')}e{sign}{size}"


def _without_exponent(digits: str, exponent: int) -> str:
    sign = "-" if digits.startswith("-") else ""
    whole, _, fraction = digits.lstrip("-").partition(".")
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{whole}{fraction}"
    return f"{sign}{whole}{fraction.ljust(exponent, '0')}"
