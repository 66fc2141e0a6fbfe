"""Fields that requests and responses share."""

from collections.abc import Iterable, Mapping

from chalicelib.api.schemas.types import (
    BOOLEAN,
    ID,
    INTEGER,
    NUMBER,
    STRING,
    WHOLE,
    Schema,
    body,
    described,
    list_of,
    map_of,
    nullable,
    optional,
    record,
    string,
)
from chalicelib.api.v0.words import STATUS_FIELDS
from chalicelib.fleet import limits
from chalicelib.fleet.alerts import conditions
from chalicelib.fleet.alerts.channels import KINDS, METHODS
from chalicelib.fleet.cycles import UNITS
from chalicelib.fleet.figures import V0_FIGURES, Figure
from chalicelib.fleet.history import Column
from chalicelib.fleet.monitors import COVERS, TYPES
from chalicelib.fleet.plans import BILLINGS, TRAFFIC_KINDS
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
    "CPU": described(_HOST_LIST, "one line for each processor model"),
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


def about(column: Column) -> str:
    """Describes a figure of a minute, or of a longer step."""
    most = {"max": "the highest value", "mean": "mean", "sum": ""}[column.over]
    return f"{most}, {column.unit}" if most else column.unit


_TEMPERATURES = nullable(list_of(record(SENSOR), maxItems=limits.TEMPERATURES))

STATUS: Mapping[str, Schema] = {
    name: _TEMPERATURES if name == "Temperatures" else figure_schemas(V0_FIGURES)[name] for name in STATUS_FIELDS
}

MONITOR: Mapping[str, Schema] = {
    "name": string(limits.NAME_LENGTH, 1),
    "type": {"type": "string", "enum": [*TYPES]},
    "target": string(
        limits.URL_LENGTH,
        1,
        description="a host name or IP address for `icmp`; `host:port` or `[IPv6 address]:port` for `tcp`; a URL for "
        "`http`",
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
    "site_url": string(limits.SITE_URL_LENGTH, description="the dashboard's URL; messages link there"),
    "time_zone": described(STRING, "an IANA name; for messages, quiet hours and traffic cycles"),
    "public_events": described(BOOLEAN, "whether guests see events of visible servers"),
    "public_monitors": described(BOOLEAN, "whether guests see monitors' status and availability"),
    "report_interval": {
        "type": "integer",
        "minimum": limits.REPORT_INTERVAL_LEAST,
        "maximum": limits.REPORT_INTERVAL_MOST,
        "description": "seconds between two reports of an agent",
    },
    "live_interval": {
        "type": "integer",
        "minimum": limits.LIVE_INTERVAL_LEAST,
        "maximum": limits.LIVE_INTERVAL_MOST,
        "description": "the same while somebody watches, if it is less",
    },
    "api_keeps_live": described(BOOLEAN, "whether programs that read servers with an API token count as watching"),
    "accent": string(
        7, description='a color such as `#2c52e0`, made lighter or darker where needed for contrast; `""` for none'
    ),
    "footer": string(limits.FOOTER_LENGTH, description="text at the bottom of every page, with Markdown links"),
    "logo": string(
        limits.LOGO_URL_LENGTH,
        description="the file of the site's logo under `/custom/`; send the data URL of an SVG or PNG picture of up "
        'to 32 KB to change it, `""` to remove it',
    ),
    "css": string(
        limits.CSS_LENGTH,
        description="the file of the site's custom style sheet under `/custom/`, for the pages that guests see; "
        'send CSS to change it, `""` to remove it',
    ),
    "first_steps": described(BOOLEAN, "whether the admin pages show what to do first"),
    "flush": {
        "type": "integer",
        "enum": [*limits.FLUSHES],
        "description": "interval at which agents send minutes and pings, seconds; 600 costs half as much",
    },
    "quiet": list_of(
        body({"days": list_of(INTEGER), "from": STRING, "to": STRING}, "days", "from", "to"),
        maxItems=limits.QUIET_WINDOWS,
        description="hours of the week in which no messages are sent: `days` on which they begin, 0 is Monday, and two "
        "times such as `22:00`",
    ),
}

UNTIL: Schema = {"type": "integer", "minimum": 0, "maximum": limits.EXPIRES_LAST}

PLAN: Mapping[str, Schema] = {
    "price": {
        "type": ["number", "null"],
        "minimum": 0,
        "maximum": limits.PRICE_MOST,
        "description": "for each billing cycle",
    },
    "currency": string(limits.CURRENCY_LENGTH, description="an ISO code, such as `EUR`"),
    "cycle": {"type": ["string", "null"], "enum": [*BILLINGS, None], "description": "of billing"},
    "expires": described(nullable(UNTIL), "null if it never does"),
    "traffic_limit": described(WHOLE, "bytes in a traffic cycle; 0 for no limit"),
    "traffic_kind": {"type": "string", "enum": [*TRAFFIC_KINDS], "description": "what counts"},
    "reset_day": {"type": "integer", "minimum": 1, "maximum": 31, "description": "on which a traffic cycle begins"},
    "public": described(BOOLEAN, "whether guests see the plan"),
}

_NAMED = list_of(ID)

CYCLE: Mapping[str, Schema] = {
    "start": described(STRING, "a date and time on the hour, in the site's time zone, such as `2026-01-31T00:00`"),
    "interval": {"type": "integer", "minimum": 1, "maximum": limits.CYCLE_INTERVAL_MOST, "default": 1},
    "unit": {"type": "string", "enum": [*UNITS], "default": "month"},
}

_SECONDS: Schema = {"type": "integer", "minimum": 0, "maximum": limits.RULE_SECONDS_MOST}

CONDITION: Mapping[str, Schema] = {
    "type": {"type": "string", "enum": [*conditions.TYPES]},
    "above": described(NUMBER, "the condition holds for a greater value"),
    "below": described(NUMBER, "the condition holds for a smaller value"),
    "duration": described(_SECONDS, "the rule's unless given"),
    "cover": {"type": "string", "enum": [*COVERS]},
    "servers": described(_NAMED, "as in the rule; the condition never holds for a server that it does not cover"),
    "monitors": described(_NAMED, "the monitors that count, for conditions on monitors; all if empty"),
    "cycle": body(CYCLE, "start"),
}

RULE: Mapping[str, Schema] = {
    "name": string(limits.NAME_LENGTH, 1),
    "enabled": BOOLEAN,
    "conditions": list_of(
        body({**optional(CONDITION), "type": CONDITION["type"]}, "type"),
        minItems=1,
        maxItems=limits.RULE_CONDITIONS,
        description="all of them must hold",
    ),
    "duration": described(_SECONDS, "seconds for which the conditions must hold"),
    "cover": {"type": "string", "enum": [*COVERS]},
    "servers": described(_NAMED, "with `all`, the servers that are left out; with `only`, those that are watched"),
    "tags": list_of(TAG, maxItems=limits.RULE_TAGS, description="servers with these tags count like `servers`"),
    "channels": described(_NAMED, "IDs of the channels to notify"),
    "remind": described(_SECONDS, "seconds between two reminders of an open event; 0 for none"),
    "recovery": described(BOOLEAN, "whether to notify channels when an event ends"),
    "muted_until": described(UNTIL, "no messages are sent before"),
}

CHANNEL: Mapping[str, Schema] = {
    "name": string(limits.NAME_LENGTH, 1),
    "kind": {"type": "string", "enum": [*KINDS]},
    "url": string(limits.CHANNEL_URL_LENGTH, 1, description="of an Apprise service, or of a webhook"),
    "method": {"type": "string", "enum": [*METHODS]},
    "headers": map_of(string(limits.CHANNEL_HEADER_LENGTH), description="of a webhook"),
    "body": string(limits.CHANNEL_BODY_LENGTH, description="of a webhook, with placeholders"),
    "form": described(BOOLEAN, "whether `body` is a JSON object that is sent as a form"),
    "verify": described(BOOLEAN, "whether the certificate of an https webhook is verified"),
    "heartbeat": described(
        BOOLEAN, "whether to send a request every five minutes while rules are evaluated, for a dead-man's switch"
    ),
}
