"""Request bodies. Those of people's routes and of registration are validated by these schemas (body_fields.py)."""

from collections.abc import Mapping

from chalicelib.api.schemas.fields import (
    CHANNEL,
    DISPLAY_INDEX,
    HOST,
    MONITOR,
    NAME,
    NOTE,
    PLAN,
    RULE,
    SCOPE,
    SENSOR,
    SITE,
    STATUS,
    TAG,
    UNTIL,
    about,
    figure_schemas,
)
from chalicelib.api.schemas.types import (
    BOOLEAN,
    ID,
    NUMBER,
    STRING,
    WHOLE,
    Schema,
    body,
    described,
    list_of,
    nullable,
    optional,
    ref,
    string,
)
from chalicelib.fleet import limits
from chalicelib.fleet.figures import FIGURES, OTHER_FIGURES
from chalicelib.fleet.history import COLUMNS, Column
from chalicelib.fleet.monitors import DEFAULT_INTERVAL
from chalicelib.fleet.servers import DEFAULT_TAG
from chalicelib.fleet.tokens import ALL_SCOPES

_SERVER: Mapping[str, Schema] = {
    "name": string(limits.NAME_LENGTH, 1),
    "tag": TAG,
    "note": NOTE,
    "display_index": DISPLAY_INDEX,
    "hide_for_guest": BOOLEAN,
    "muted_until": described(UNTIL, "no messages about the server are sent before"),
    "plan": described(body(optional(PLAN)), "replaces the plan as a whole; `{}` removes it"),
    "public_note": string(
        limits.PUBLIC_NOTE_LENGTH,
        description="v0's public note: the plan is made from its `billingDataMod` and `planDataMod`, unless `plan` is "
        "given; an empty one removes it",
    ),
}

_OF_SEVERAL = ("tag", "display_index", "hide_for_guest", "muted_until")

_STATE = {**STATUS, **figure_schemas(figure for figure in OTHER_FIGURES if figure.sent_in == "state")}

_TIME: Schema = {"type": "number", "minimum": 0, "exclusiveMaximum": 10**10}


_PASSWORD: Schema = {"type": ["string", "null"], "default": ""}
"""A missing password counts as an incorrect one."""


def _uncut(fields: Mapping[str, Schema]) -> Mapping[str, Schema]:
    """Fields without their limits: what agents send is cut or clamped, not refused. The limits apply to responses."""
    cut = ("maxLength", "maxItems", "items", "minimum", "maximum")
    return {
        name: {key: value for key, value in schema.items() if key not in cut}
        | ({"items": nullable(STRING)} if "items" in schema else {})
        | {"type": ["number" if kind == "integer" else kind for kind in schema["type"]]}
        for name, schema in optional(fields).items()
    }


def _figure(column: Column) -> Schema:
    return {"type": "number"} if column.name == "samples" else {"type": ["number", "null"]}


BODIES: Mapping[str, Schema] = {
    "NewRegistration": body(
        optional(
            {
                "Name": {**NAME, "default": "", "description": "defaults to the caller's IP address"},
                "Tag": {**TAG, "default": DEFAULT_TAG},
                "Note": {**NOTE, "default": ""},
                "HideForGuest": {"type": "string", "default": "on", "description": "only `on` hides the server"},
            }
        ),
        Name="web-1",
        Tag="web",
        HideForGuest="off",
    ),
    "Reports": body({"reports": list_of(ref("Report"), maxItems=limits.REPORTS)}, "reports"),
    "Report": body(
        {
            "secret": described(nullable(STRING), "may be omitted when the Authorization header carries it"),
            "at": described(nullable(_TIME), "when the state was measured; defaults to now"),
            "age": described(
                {"type": ["number", "null"], "default": 0},
                "seconds since the sender (a relay) last heard from the agent",
            ),
            "ip": described(nullable(STRING), "`v4`, `v6` or `v4/v6`"),
            "host": nullable(body(_uncut(HOST))),
            "state": nullable(body({**_uncut(_STATE), "Temperatures": nullable(list_of(body(_uncut(SENSOR))))})),
            "pings": nullable(list_of(ref("Ping"), maxItems=limits.PINGS_A_REPORT)),
            "minutes": nullable(list_of(ref("Minute"), maxItems=limits.MINUTES_A_REPORT)),
            **optional(figure_schemas(figure for figure in FIGURES if figure.sent_in == "report")),
        },
        state={"CPU": 12.5, "MemUsed": 1073741824},
        pings=[{"monitor_id": 1, "at": 1722142860, "delay": 68.2275, "up": 2, "down": 0}],
        minutes=[{"at": 1722142860, "samples": 60, "CPU": 17.3, "CPUMax": 55, "NetIn": 648360, "NetOut": 318180}],
    ),
    "Minute": described(
        body(
            {
                "at": described(_TIME, "any second of the minute"),
                **{column.name: described(_figure(column), about(column)) for column in COLUMNS},
            },
            "at",
            "samples",
        ),
        "One finished minute of the server; what was not measured is absent. Impossible figures are cut.",
    ),
    "Ping": described(
        body(
            {
                "monitor_id": WHOLE,
                "at": _TIME,
                "delay": {"type": ["number", "null"], "minimum": 0, "description": "mean of successful probes, ms"},
                "up": described(nullable(WHOLE), "number of successful probes"),
                "down": described(nullable(WHOLE), "number of failed probes"),
                "certificate": described(
                    nullable(
                        body({"issuer": nullable(STRING), "not_after": NUMBER, "target": nullable(STRING)}, "not_after")
                    ),
                    "of an https target, sent when it changes and once a day: issuer, expiry (Unix seconds), and the "
                    "target that it belongs to, in case the monitor's target has changed since; an issuer is cut "
                    f"after {limits.ISSUER_LENGTH} characters",
                ),
            },
            "monitor_id",
            "at",
        ),
        "One finished minute of one monitor.",
    ),
    "SignIn": body({"password": _PASSWORD}),
    "DeviceSignIn": body({"password": _PASSWORD, "device": string(limits.CREDENTIAL_LENGTH, 1)}, "device"),
    "PasswordChange": body(
        {"current": _PASSWORD, "new": string(limits.PASSWORD_LENGTH_MOST, limits.PASSWORD_LENGTH_LEAST)}, "new"
    ),
    "NewServer": body(
        {**optional(_SERVER), "name": _SERVER["name"], "hide_for_guest": {**nullable(BOOLEAN), "default": True}},
        "name",
        name="web-1",
        tag="web",
        hide_for_guest=False,
    ),
    "ServerChanges": body(optional(_SERVER), display_index=10),
    "ServersChanges": body(
        {
            "servers": list_of(
                body(
                    {"id": {**ID, "maximum": limits.UINT64}, **optional({name: _SERVER[name] for name in _OF_SEVERAL})},
                    "id",
                ),
                minItems=1,
                maxItems=limits.SERVERS_EDITED,
            )
        },
        "servers",
        servers=[{"id": 1, "tag": "web"}, {"id": 2, "tag": "web", "hide_for_guest": True}],
    ),
    "NewMonitor": body(
        {
            **optional(MONITOR),
            **{name: MONITOR[name] for name in ("name", "type", "target")},
            "interval": {**nullable(MONITOR["interval"]), "default": DEFAULT_INTERVAL},
            "cover": {**nullable(MONITOR["cover"]), "default": "all"},
        },
        "name",
        "type",
        "target",
        name="DNS",
        type="icmp",
        target="1.1.1.1",
    ),
    "MonitorChanges": body(optional(MONITOR), interval=60),
    "NewToken": body(
        {
            "note": {**nullable(NOTE), "default": ""},
            "scopes": list_of(SCOPE, minItems=1, maxItems=len(ALL_SCOPES), description="defaults to both"),
            "expires": {
                "type": ["integer", "null"],
                "maximum": limits.EXPIRES_LAST,
                "description": "a time in the future; omit it for a token that never expires",
            },
        },
        note="exporter",
        scopes=["read"],
    ),
    "NewRule": body(
        {**optional(RULE), "name": RULE["name"], "conditions": RULE["conditions"]},
        "name",
        "conditions",
        name="Disk",
        conditions=[{"type": "disk", "above": 90}],
        channels=[],
    ),
    "RuleChanges": body(optional(RULE), duration=300),
    "NewChannel": body(
        {**optional(CHANNEL), **{name: CHANNEL[name] for name in ("name", "kind", "url")}},
        "name",
        "kind",
        "url",
        name="Phone",
        kind="apprise",
        url="ntfys://ntfy.example.com/topic",
    ),
    "ChannelChanges": body(optional(CHANNEL), name="Telephone"),
    "SettingsChanges": body(optional(SITE), site_name="Fleet"),
}
