"""The responses of the routes of alerts: rules, channels and events."""

from collections.abc import Mapping

from chalicelib.api.schemas.fields import CHANNEL, CYCLE, RULE
from chalicelib.api.schemas.types import (
    BOOLEAN,
    ID,
    INTEGER,
    NUMBER,
    STRING,
    TIME,
    WHOLE,
    Schema,
    described,
    list_of,
    map_of,
    nullable,
    record,
    ref,
)
from chalicelib.fleet.alerts.channels import HIDDEN

_SHOWN_URL = described(STRING, f"the scheme, and a webhook's host; the rest is `{HIDDEN}`")
_SHOWN_HEADERS = map_of({"const": HIDDEN})
_SHOWN_BODY: Schema = {"type": "string", "enum": ["", HIDDEN]}

ALERT_ANSWERS: Mapping[str, Schema] = {
    "Rule": record({"id": ID, **RULE, "conditions": list_of(ref("Condition"))}),
    "Condition": {
        **record(
            {
                "type": RULE["conditions"]["items"]["properties"]["type"],
                "above": NUMBER,
                "below": NUMBER,
                "duration": INTEGER,
                "cover": RULE["cover"],
                "servers": list_of(ID),
                "monitors": list_of(ID),
                "cycle": record(CYCLE),
            }
        ),
        "required": ["type"],
        "description": "Fields that have their default are absent",
    },
    "NewId": record({"id": ID}),
    "Channel": record({"id": ID, **CHANNEL, "url": _SHOWN_URL, "headers": _SHOWN_HEADERS, "body": _SHOWN_BODY}),
    "Tried": {
        **record({"delivered": BOOLEAN, "error": described(STRING, "what went wrong; absent if nothing did")}),
        "required": ["delivered"],
    },
    "Event": {
        **record(
            {
                "id": ID,
                "rule_id": ID,
                "rule": STRING,
                "server_id": nullable(ID),
                "server": STRING,
                "monitor_id": nullable(ID),
                "monitor": STRING,
                "began": TIME,
                "ended": described(nullable(TIME), "null while the event is open"),
                "reason": {
                    "type": ["string", "null"],
                    "enum": ["recovered", "rule_changed", "deleted", None],
                    "description": "why it ended",
                },
                "value": described(NUMBER, "value that the rule's first condition tested when the event began"),
                "deliveries": list_of(ref("Delivery")),
            }
        ),
        "required": ["id", "rule", "server_id", "server", "monitor_id", "monitor", "began", "ended"],
        "description": "Guests do not get all fields",
    },
    "Delivery": record(
        {
            "channel_id": ID,
            "kind": {"type": "string", "enum": ["began", "ended", "reminder"]},
            "at": described(TIME, "time of the last attempt; 0 before the first"),
            "tries": WHOLE,
            "delivered": BOOLEAN,
            "error": described(STRING, "why the last attempt failed"),
        }
    ),
}
