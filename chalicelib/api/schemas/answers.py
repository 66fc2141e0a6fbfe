"""The responses of routes. They contain exactly these fields."""

from collections.abc import Mapping

from chalicelib.api.schemas.alert_answers import ALERT_ANSWERS
from chalicelib.api.schemas.cost_answers import COST_ANSWERS
from chalicelib.api.schemas.fields import (
    DISPLAY_INDEX,
    HOST,
    MONITOR,
    PLAN,
    SCOPE,
    SITE,
    STATUS,
)
from chalicelib.api.schemas.series_answers import SERIES_ANSWERS
from chalicelib.api.schemas.types import (
    BOOLEAN,
    DELAY,
    ID,
    INTEGER,
    NULL,
    NUMBER,
    SECRET,
    STRING,
    TIME,
    TOKEN,
    TOKEN_ID,
    WHOLE,
    Schema,
    described,
    list_of,
    nullable,
    record,
    ref,
    string,
)
from chalicelib.fleet import limits
from chalicelib.fleet.errors import NAMES
from chalicelib.fleet.figures import FIGURES
from chalicelib.fleet.states import NEVER
from chalicelib.fleet.status import INTERVALS, LEAST_SECONDS

_LAST_ACTIVE = described(INTEGER, f"when the agent last reported; {NEVER} if never")
_UNITS = {figure.name: figure.unit for figure in FIGURES}

_IDENTITY: Mapping[str, Schema] = {
    "id": ID,
    "name": STRING,
    "tag": STRING,
    "last_active": _LAST_ACTIVE,
    "ipv4": STRING,
    "ipv6": STRING,
    "valid_ip": described(STRING, "the IPv4 address if there is one, otherwise the IPv6 address"),
}

_ONLINE: Schema = {
    "type": ["boolean", "null"],
    "description": f"whether the last report is at most {INTERVALS} report intervals old, or {LEAST_SECONDS} seconds "
    "if that is longer; null for a server that never reported",
}
_SEEN: Mapping[str, Schema] = {
    "last_active": _LAST_ACTIVE,
    "online": _ONLINE,
    "host": ref("Host"),
    "status": ref("Status"),
    "latency": described(nullable(NUMBER), f"{_UNITS['Latency']}; null without monitors"),
    "loss": described(nullable(NUMBER), f"{_UNITS['Loss']}; null without monitors"),
}

_NOT_KEPT = list_of(
    {"type": "string", "enum": ["host", "state", "certificate"]},
    minItems=1,
    description="parts that were not stored; send a host again after a minute, a certificate with the next "
    "pings; states need not be sent again",
)
_REFUSED_PING = record(
    {
        "monitor_id": INTEGER,
        "at": TIME,
        "error": {"type": "string", "enum": ["not_assigned", "in_the_future", "too_old", "bad_counts"]},
        "message": STRING,
    }
)
_REFUSED_MINUTE = record(
    {
        "at": TIME,
        "error": {"type": "string", "enum": ["in_the_future", "too_old", "bad_counts"]},
        "message": STRING,
    }
)

_TOLD: Mapping[str, Schema] = {
    name: described(INTEGER, SITE[name]["description"]) for name in ("report_interval", "flush")
}
"""Described like the settings, but without their bounds, because a deployment may tell agents other numbers."""

_CYCLE: Mapping[str, Schema] = {
    "traffic_used": described(nullable(WHOLE), "bytes used in the current cycle; null while unknown"),
    "cycle_began": described(TIME, "when the current traffic cycle began, in the site's time zone"),
    "cycle_ends": described(TIME, "when the next one begins"),
}

_DAY: Schema = {"type": ["string", "null"], "format": "date", "description": "the day in UTC; null if never"}
_SLOW = described(
    TIME, "until when servers report less often because the month has reached its cost ceiling; 0 if they do not"
)

_PLAN: Schema = {"oneOf": [ref("Plan"), NULL], "description": "null without one; guests see it if it is public"}

ANSWERS: Mapping[str, Schema] = {
    "Host": record(HOST),
    "Status": record(STATUS),
    "ListedServer": record(_IDENTITY),
    "DetailedServer": record(
        {**_IDENTITY, "display_index": DISPLAY_INDEX, "hide_for_guest": BOOLEAN, "host": ref("Host")}
        | {"status": ref("Status")}
    ),
    "Registered": record(
        {"code": {"const": 200}, "message": {"const": "Server created successfully"}, "secret": SECRET}
    ),
    "Secret": SECRET,
    "Series": record(
        {
            "monitor_id": ID,
            "server_id": ID,
            "monitor_name": STRING,
            "server_name": STRING,
            "created_at": list_of(
                {"type": "integer", "multipleOf": 60_000}, description="minutes in Unix milliseconds, ascending"
            ),
            "avg_delay": list_of(DELAY, description="ms, one for each of `created_at`; 0 if no probe succeeded"),
        }
    ),
    "PingSeries": nullable(list_of(ref("Series"), minItems=1)),
    "Health": record({"version": STRING}),
    "ErrorName": {
        "type": "string",
        "enum": [*NAMES],
        "description": "A stable name, in errors of routes under `/api/` but not `/api/v1/`.",
    },
    "Summary": record(
        {
            "site_name": STRING,
            "language": STRING,
            "public_events": described(BOOLEAN, "whether guests see events of visible servers"),
            "public_monitors": described(BOOLEAN, "whether guests see monitors' status and availability"),
            "events": described(
                nullable(list_of(ref("Event"))),
                "open ones, newest first, as of the last minute; null unless `public_events` is on",
            ),
            "servers": list_of(ref("PublicServer")),
        }
    ),
    "Plan": record({**PLAN, **_CYCLE}),
    "PublicServer": record(
        {"id": ID, "name": STRING, "tag": STRING, "display_index": DISPLAY_INDEX, **_SEEN, "plan": _PLAN}
    ),
    "ManagedServer": record(
        {
            "id": ID,
            "name": STRING,
            "tag": STRING,
            "display_index": DISPLAY_INDEX,
            "note": STRING,
            "hide_for_guest": BOOLEAN,
            "created": TIME,
            "ipv4": STRING,
            "ipv6": STRING,
            "muted_until": TIME,
            **_SEEN,
            "plan": _PLAN,
        }
    ),
    "Device": record({"device": STRING}),
    "Password": record({"generated": described(BOOLEAN, "whether it was generated, so that you should choose one")}),
    "ServerFailures": record(
        {"failed": list_of(record({"id": INTEGER, "error": ref("ErrorName"), "message": STRING}))}
    ),
    "ServerSecret": record({"id": ID, "secret": SECRET}),
    **SERIES_ANSWERS,
    "Monitor": record({"id": ID, **MONITOR}),
    "NewMonitorId": record({"id": ID}),
    "Token": record(
        {
            "id": TOKEN_ID,
            "head": described(STRING, "the token's first characters"),
            "note": STRING,
            "scopes": list_of(SCOPE),
            "created": TIME,
            "expires": described(nullable(TIME), "null if it never expires"),
            "last_used": _DAY,
        }
    ),
    "Session": record(
        {
            "id": TOKEN_ID,
            "browser": described(string(limits.BROWSER_LENGTH), "the browser's `User-Agent` header when it signed in"),
            "created": TIME,
            "expires": TIME,
            "last_used": _DAY,
            "current": described(BOOLEAN, "whether it is the caller's own"),
        }
    ),
    "TokenSecret": record({"id": TOKEN_ID, "token": TOKEN}),
    **ALERT_ANSWERS,
    "Settings": record({**SITE, **_TOLD, "slow_until": _SLOW}),
    **COST_ANSWERS,
    "Outcomes": record(
        {
            "interval": described(INTEGER, "seconds to wait before the next report"),
            "live": described(BOOLEAN, "whether somebody watches, so that the interval is short"),
            "flush": described(
                INTEGER,
                "interval at which to send finished minutes and pings, seconds: whole periods of Unix time of this "
                "length, from 60 seconds after they end",
            ),
            "report_url": described(
                STRING, "where to send reports from now on, at the same path; the dashboard's own URL accepts them, too"
            ),
            "reports": list_of(ref("Outcome"), description="the outcome of each report, in the same order"),
            "monitors": list_of(
                ref("Assignment"), description="the monitors that the servers of these reports must probe"
            ),
        },
        absent=("report_url",),
    ),
    "Outcome": {
        "oneOf": [
            {
                **record(
                    {
                        "server_id": ID,
                        "refused": list_of(_REFUSED_PING, minItems=1, description="pings"),
                        "refused_minutes": list_of(_REFUSED_MINUTE, minItems=1),
                        "not_kept": _NOT_KEPT,
                    }
                ),
                "required": ["server_id"],
                "description": "Accepted, except for refused pings and minutes and parts that were not kept",
            },
            {
                **record(
                    {
                        "error": {
                            "type": "string",
                            "enum": ["bad_report", "unknown_secret", "throttled", "unavailable"],
                        },
                        "message": STRING,
                        "retry": described(BOOLEAN, "whether sending it again can help"),
                    }
                ),
                "description": "Refused",
            },
        ]
    },
    "Assignment": record(
        {
            "id": ID,
            "type": MONITOR["type"],
            "target": MONITOR["target"],
            "interval": MONITOR["interval"],
            "server_ids": list_of(ID, description="the servers of this request that must probe it"),
        }
    ),
}
