"""The v0 API's words: its key names, and how hosts, states and ping series are written in its JSON.

Only this module, its neighbor server_lists.py (which writes whole fleets of servers) and the OpenAPI description know
these names. A host is stored as its values in the order of HOST_FIELDS, a state as its numbers in the order of
V0_FIGURES; both become objects here.
"""

import json
from collections.abc import Mapping, Sequence

from chalicelib.api.json_output import joined, json_text, number_text
from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.monitors import Monitor, Monitors
from chalicelib.fleet.pings import Series
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import State

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
"""A host's fields in v0's order, each with the value that v0 writes when it is unknown."""

STATUS_FIELDS = [*V0_NAMES]
STATUS_FIELDS.insert(-1, "Temperatures")
"""A status's fields in v0's order: Temperatures comes before the last figure."""

_STATUS = "{" + ",".join(f'"{name}":%s' for name in STATUS_FIELDS) + "}"


def host_object(host: str) -> dict[str, object]:
    """A stored host as v0's object; "" is a host that was never reported."""
    values = json.loads(host) if host else HOST_FIELDS.values()
    return dict(zip(HOST_FIELDS, values, strict=True))


def status_json(state: State) -> str:
    """A state as v0's `status` object."""
    *figures, gpu = state.figures.split(",")
    return _STATUS % (*figures, state.temperatures or "null", gpu)


def series_json(server: Server, series: Mapping[int, Series], monitors: Monitors) -> str:
    """The `result` of the ping series: an entry for each monitor that has points, ordered by ID; "null" for none."""
    times = {minutes: _times(minutes) for minutes in {one.minutes for one in series.values()}}  # mostly all the same
    entries = [
        _entry(server, monitors[id_], times[one.minutes], one.delays)
        for id_, one in series.items()
        if id_ in monitors and monitors[id_].kind.in_v0
    ]
    return joined(entries) if entries else "null"


def _times(minutes: Sequence[int]) -> str:
    """Unix seconds as milliseconds: 000 is appended to each."""
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
    if "0.000000" in delays:  # v0 writes exponents below a picosecond; decimals are stored
        delays = ",".join(number_text(float(delay)) for delay in measured)
    return f'{names[:-1]},"created_at":[{times}],"avg_delay":[{delays}]}}'
