"""What routes take and answer, as JSON Schema. Answers have every field that is named here, and no other."""

from collections.abc import Mapping
from typing import Any

from chalicelib.fleet import limits
from chalicelib.fleet.servers import DEFAULT_TAG
from chalicelib.fleet.settings import LANGUAGES
from chalicelib.fleet.states import NEVER
from chalicelib.fleet.tokens import ALL_SCOPES, LENGTHS

Schema = Mapping[str, Any]


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def record(fields: Mapping[str, Schema]) -> Schema:
    """An object of an answer: exactly these fields."""
    return {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}


def taken(fields: Mapping[str, Schema], *required: str, **example: Any) -> Schema:
    """An object of a request. example: such an object, where one says more than its fields."""
    more = {"required": [*required], "examples": [example] if example else []}
    return {"type": "object", "properties": fields, **{name: value for name, value in more.items() if value}}


def list_of(entry: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": entry, **more}


def nullable(schema: Schema) -> Schema:
    if "null" in schema["type"]:
        return schema
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **choices}


def described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


TEXT: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
BOOLEAN: Schema = {"type": "boolean"}
ID: Schema = {"type": "integer", "minimum": 1}
WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": limits.UINT64}
TIME: Schema = {"type": "integer", "minimum": 0}
BODY_TIME: Schema = {"type": "number", "minimum": 0, "exclusiveMaximum": 10**10}
"""What reports give as a time; cut to whole seconds."""


def _text(most: int, least: int = 0, **more: Any) -> Schema:
    return {"type": "string", **({"minLength": least} if least else {}), "maxLength": most, **more}


def _credential(kind: Any) -> Schema:
    return {"type": "string", "pattern": f"^[0-9A-Za-z]{{{LENGTHS[kind]}}}$"}


SECRET = described(_credential("agent"), "the agent's secret, shown here and never again")
TOKEN = described(_credential("api"), "the token, shown here and never again")
TOKEN_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$"}

_LAST_ACTIVE = described(INTEGER, f"when the last state was received; {NEVER} for never")
_SCOPES = list_of({"type": "string", "enum": sorted(ALL_SCOPES)})
_DISPLAY_INDEX: Schema = {"type": "integer", "minimum": -limits.DISPLAY_INDEX, "maximum": limits.DISPLAY_INDEX}
# As people send them; what was imported from an original dashboard may be longer.
_NAME = _text(limits.NAME_LENGTH)
_TAG = _text(limits.TAG_LENGTH)
_NOTE = _text(limits.NOTE_LENGTH)
_DELAY: Schema = {"type": "number", "minimum": 0, "maximum": limits.DELAY_MOST}
_HOST_TEXT = _text(limits.HOST_TEXT_LENGTH)
_HOST_LIST = nullable(list_of(_HOST_TEXT, maxItems=limits.HOST_LIST_LENGTH))

_SENSOR = {"Name": _text(limits.TEMPERATURE_NAME_LENGTH), "Temperature": described(NUMBER, "°C")}

_HOST: Mapping[str, Schema] = {
    "Platform": _HOST_TEXT,
    "PlatformVersion": _HOST_TEXT,
    "CPU": described(_HOST_LIST, "a line for each kind of processor"),
    "MemTotal": WHOLE,
    "DiskTotal": WHOLE,
    "SwapTotal": WHOLE,
    "Arch": _HOST_TEXT,
    "Virtualization": _HOST_TEXT,
    "BootTime": WHOLE,
    "CountryCode": described(_HOST_TEXT, "two letters, lower case"),
    "Version": described(_HOST_TEXT, "the agent's"),
    "GPU": _HOST_LIST,
}

_STATUS: Mapping[str, Schema] = {
    "CPU": described(NUMBER, "percent of all cores together"),
    "MemUsed": WHOLE,
    "SwapUsed": WHOLE,
    "DiskUsed": WHOLE,
    "NetInTransfer": described(WHOLE, "bytes since the host started"),
    "NetOutTransfer": described(WHOLE, "bytes since the host started"),
    "NetInSpeed": WHOLE,
    "NetOutSpeed": WHOLE,
    "Uptime": described(WHOLE, "seconds"),
    "Load1": NUMBER,
    "Load5": NUMBER,
    "Load15": NUMBER,
    "TcpConnCount": WHOLE,
    "UdpConnCount": WHOLE,
    "ProcessCount": WHOLE,
    "Temperatures": nullable(list_of(record(_SENSOR), maxItems=limits.TEMPERATURES)),
    "GPU": described(NUMBER, "percent"),
}

_IDENTITY: Mapping[str, Schema] = {
    "id": ID,
    "name": TEXT,
    "tag": TEXT,
    "last_active": _LAST_ACTIVE,
    "ipv4": TEXT,
    "ipv6": TEXT,
    "valid_ip": described(TEXT, "the ipv4 address if there is one, else the ipv6 address"),
}

_SEEN = {"last_active": _LAST_ACTIVE, "host": ref("Host"), "status": ref("Status")}

_MONITOR: Mapping[str, Schema] = {
    "name": _text(limits.NAME_LENGTH, 1),
    "type": {"type": "string", "enum": ["icmp", "tcp"]},
    "target": _text(limits.TARGET_LENGTH, 1, description="a host for icmp; `host:port` or `[v6 address]:port` for tcp"),
    "interval": {
        "type": "integer",
        "minimum": limits.MONITOR_INTERVAL_LEAST,
        "maximum": limits.MONITOR_INTERVAL_MOST,
        "description": "seconds between two probes",
    },
    "cover": {"type": "string", "enum": ["all", "only"]},
    "servers": list_of(ID, description="with `all` the servers that do not probe, with `only` those that do"),
}

_SITE: Mapping[str, Schema] = {
    "site_name": _text(limits.NAME_LENGTH, 1),
    "public_page": described(BOOLEAN, "whether guests see anything at all"),
    "language": {"type": "string", "enum": list(LANGUAGES)},
}

_REFUSED_PING = record(
    {
        "monitor_id": INTEGER,
        "at": TIME,
        "error": {"type": "string", "enum": ["not_assigned", "in_the_future", "too_old", "bad_counts"]},
        "message": TEXT,
    }
)


def _optional(fields: Mapping[str, Schema]) -> Mapping[str, Schema]:
    return {name: nullable(schema) for name, schema in fields.items()}


def _uncut(fields: Mapping[str, Schema]) -> Mapping[str, Schema]:
    """What agents send and is too long is cut, not refused: the limits are those of answers."""
    return {
        name: {key: value for key, value in schema.items() if key not in ("maxLength", "maxItems", "items")}
        | ({"items": nullable(TEXT)} if "items" in schema else {})
        for name, schema in _optional(fields).items()
    }


SCHEMAS: Mapping[str, Schema] = {
    "Host": record(_HOST),
    "Status": record(_STATUS),
    "ListedServer": record(_IDENTITY),
    "DetailedServer": record(
        {**_IDENTITY, "display_index": _DISPLAY_INDEX, "hide_for_guest": BOOLEAN, "host": ref("Host")}
        | {"status": ref("Status")}
    ),
    "PublicServer": record({"id": ID, "name": TEXT, "tag": TEXT, "display_index": _DISPLAY_INDEX, **_SEEN}),
    "ManagedServer": record(
        {
            "id": ID,
            "name": TEXT,
            "tag": TEXT,
            "display_index": _DISPLAY_INDEX,
            "note": TEXT,
            "hide_for_guest": BOOLEAN,
            "created": TIME,
            "ipv4": TEXT,
            "ipv6": TEXT,
            **_SEEN,
        }
    ),
    "Series": record(
        {
            "monitor_id": ID,
            "server_id": ID,
            "monitor_name": TEXT,
            "server_name": TEXT,
            "created_at": list_of(
                {"type": "integer", "multipleOf": 60_000}, description="minutes as Unix milliseconds, ascending"
            ),
            "avg_delay": list_of(_DELAY, description="ms, one for each of `created_at`; 0 when no probe succeeded"),
        }
    ),
    "CountedSeries": record(
        {
            "monitor_id": ID,
            "monitor_name": TEXT,
            "minutes": list_of(WHOLE, description="minutes since 1970, ascending"),
            "delays": list_of(_DELAY, description="ms, one for each minute; 0 when no probe succeeded"),
            "up": list_of(WHOLE, description="how many probes of each minute succeeded"),
            "down": list_of(WHOLE, description="how many failed"),
        }
    ),
    "Monitor": record({"id": ID, **_MONITOR}),
    "Token": record(
        {
            "id": TOKEN_ID,
            "head": described(TEXT, "the token's first characters"),
            "note": TEXT,
            "scopes": _SCOPES,
            "created": TIME,
            "expires": described(nullable(TIME), "null for never"),
            "last_used": {
                "type": ["string", "null"],
                "format": "date",
                "description": "the day in UTC, null for never",
            },
        }
    ),
    "Settings": record(_SITE),
    "Assignment": record(
        {
            "id": ID,
            "type": _MONITOR["type"],
            "target": _MONITOR["target"],
            "interval": _MONITOR["interval"],
            "server_ids": list_of(ID, description="of this request's servers those that have to probe it"),
        }
    ),
    "Outcome": {
        "oneOf": [
            {
                **record({"server_id": ID, "refused": list_of(_REFUSED_PING, minItems=1)}),
                "required": ["server_id"],
                "description": "taken, but for these pings",
            },
            record(
                {
                    "error": {
                        "type": "string",
                        "enum": ["bad_report", "unknown_secret", "throttled", "unavailable"],
                    },
                    "message": TEXT,
                    "retry": described(BOOLEAN, "whether sending it again can help"),
                }
            ),
        ]
    },
    "NewRegistration": taken(
        _optional(
            {
                "Name": {**_NAME, "default": "", "description": "by default the caller's address"},
                "Tag": {**_TAG, "default": DEFAULT_TAG},
                "Note": {**_NOTE, "default": ""},
                "HideForGuest": {"type": "string", "default": "on", "description": "only `on` hides"},
            }
        ),
        Name="web-1",
        Tag="web",
        HideForGuest="off",
    ),
    "Report": taken(
        {
            "secret": described(nullable(TEXT), "may be left out when Authorization carries it"),
            "at": described(nullable(BODY_TIME), "when the state was measured; now when left out"),
            "ip": described(nullable(TEXT), "`v4`, `v6` or `v4/v6`"),
            "host": nullable(taken(_uncut(_HOST))),
            "state": nullable(taken({**_uncut(_STATUS), "Temperatures": nullable(list_of(taken(_uncut(_SENSOR))))})),
            "pings": nullable(list_of(ref("Ping"), maxItems=limits.PINGS_A_REPORT)),
        },
        state={"CPU": 12.5, "MemUsed": 1073741824},
        pings=[{"monitor_id": 1, "at": 1722142860, "delay": 68.2275, "up": 2, "down": 0}],
    ),
    "Ping": described(
        taken(
            {
                "monitor_id": WHOLE,
                "at": BODY_TIME,
                "delay": {"type": ["number", "null"], "minimum": 0, "description": "mean ms of those that succeeded"},
                "up": described(nullable(WHOLE), "how many probes succeeded"),
                "down": described(nullable(WHOLE), "how many failed"),
            },
            "monitor_id",
            "at",
        ),
        "One finished minute of one monitor.",
    ),
    "NewServer": taken(
        {
            "name": _text(limits.NAME_LENGTH, 1),
            "tag": nullable(_TAG),
            "note": nullable(_NOTE),
            "display_index": nullable(_DISPLAY_INDEX),
            "hide_for_guest": {"type": ["boolean", "null"], "default": True},
        },
        "name",
        name="web-1",
        tag="web",
        hide_for_guest=False,
    ),
    "ServerChanges": taken(
        _optional(
            {
                "name": _text(limits.NAME_LENGTH, 1),
                "tag": _TAG,
                "note": _NOTE,
                "display_index": _DISPLAY_INDEX,
                "hide_for_guest": BOOLEAN,
            }
        ),
        display_index=10,
    ),
    "NewMonitor": taken(
        {**_optional(_MONITOR), **{name: _MONITOR[name] for name in ("name", "type", "target")}},
        "name",
        "type",
        "target",
        name="DNS",
        type="icmp",
        target="1.1.1.1",
    ),
    "MonitorChanges": taken(_optional(_MONITOR), interval=60),
    "NewToken": taken(
        {
            "note": nullable(_NOTE),
            "scopes": list_of(
                {"type": "string", "enum": sorted(ALL_SCOPES)},
                minItems=1,
                maxItems=len(ALL_SCOPES),
                description="both when left out",
            ),
            "expires": {
                "type": ["integer", "null"],
                "maximum": limits.EXPIRES_LAST,
                "description": "a time in the future; never when left out",
            },
        },
        note="exporter",
        scopes=["read"],
    ),
    "SettingsChanges": taken(_optional(_SITE), site_name="Fleet"),
}
