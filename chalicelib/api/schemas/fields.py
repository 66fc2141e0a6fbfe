"""Fields that requests and answers share."""

from collections.abc import Iterable, Mapping

from chalicelib.api.schemas.types import (
    BOOLEAN,
    ID,
    NUMBER,
    WHOLE,
    Schema,
    described,
    list_of,
    nullable,
    record,
    string,
)
from chalicelib.api.v0.words import STATUS_FIELDS
from chalicelib.fleet import limits
from chalicelib.fleet.figures import V0_FIGURES, Figure
from chalicelib.fleet.monitors import COVERS, TYPES
from chalicelib.fleet.settings import LANGUAGES
from chalicelib.fleet.tokens import ALL_SCOPES

NAME = string(limits.NAME_LENGTH)
TAG = string(limits.TAG_LENGTH)
NOTE = string(limits.NOTE_LENGTH)
DISPLAY_INDEX: Schema = {"type": "integer", "minimum": -limits.DISPLAY_INDEX, "maximum": limits.DISPLAY_INDEX}
SCOPE: Schema = {"type": "string", "enum": sorted(ALL_SCOPES)}

_HOST_STRING = string(limits.HOST_TEXT_LENGTH)
_HOST_LIST = nullable(list_of(_HOST_STRING, maxItems=limits.HOST_LIST_LENGTH))

HOST: Mapping[str, Schema] = {
    "Platform": _HOST_STRING,
    "PlatformVersion": _HOST_STRING,
    "CPU": described(_HOST_LIST, "one line for each kind of processor"),
    "MemTotal": WHOLE,
    "DiskTotal": WHOLE,
    "SwapTotal": WHOLE,
    "Arch": _HOST_STRING,
    "Virtualization": _HOST_STRING,
    "BootTime": WHOLE,
    "CountryCode": described(_HOST_STRING, "two letters, lower case"),
    "Version": described(_HOST_STRING, "version of the agent"),
    "GPU": _HOST_LIST,
}

SENSOR: Mapping[str, Schema] = {
    "Name": string(limits.TEMPERATURE_NAME_LENGTH),
    "Temperature": described(NUMBER, "°C"),
}

_KINDS: Mapping[str, Schema] = {"whole": WHOLE, "number": NUMBER}


def figure_schemas(chosen: Iterable[Figure]) -> Mapping[str, Schema]:
    return {
        figure.name: described(_KINDS[figure.kind], figure.unit) if figure.unit else _KINDS[figure.kind]
        for figure in chosen
    }


_TEMPERATURES = nullable(list_of(record(SENSOR), maxItems=limits.TEMPERATURES))

STATUS: Mapping[str, Schema] = {
    name: _TEMPERATURES if name == "Temperatures" else figure_schemas(V0_FIGURES)[name] for name in STATUS_FIELDS
}

MONITOR: Mapping[str, Schema] = {
    "name": string(limits.NAME_LENGTH, 1),
    "type": {"type": "string", "enum": [*TYPES]},
    "target": string(
        limits.TARGET_LENGTH,
        1,
        description="a host name or IP address for `icmp`; `host:port` or `[IPv6 address]:port` for `tcp`",
    ),
    "interval": {
        "type": "integer",
        "minimum": limits.MONITOR_INTERVAL_LEAST,
        "maximum": limits.MONITOR_INTERVAL_MOST,
        "description": "seconds between two probes",
    },
    "cover": {"type": "string", "enum": [*COVERS]},
    "servers": list_of(ID, description="with `all`, the servers that do not probe; with `only`, those that do"),
}

SITE: Mapping[str, Schema] = {
    "site_name": string(limits.NAME_LENGTH, 1),
    "public_page": described(BOOLEAN, "whether guests see anything at all"),
    "language": {"type": "string", "enum": list(LANGUAGES)},
}
