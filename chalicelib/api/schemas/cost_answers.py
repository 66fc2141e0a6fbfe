"""The response of the route about costs."""

from collections.abc import Mapping

from chalicelib.api.schemas.types import (
    BOOLEAN,
    NULL,
    NUMBER,
    STRING,
    TIME,
    Schema,
    described,
    list_of,
    record,
    ref,
)
from chalicelib.fleet.bill import PARTS

_DOLLARS = "dollars after always-free amounts, as if nothing else ran in the account"

COST_ANSWERS: Mapping[str, Schema] = {
    "Cost": record(
        {
            "local": described(BOOLEAN, "whether this runs under `make run`, where AWS bills nothing"),
            "ceiling": described(NUMBER, "dollars a month, past which servers report less often; 0 for none"),
            "notifies": described(BOOLEAN, "whether an email is sent when the ceiling is reached"),
            "bill": {"oneOf": [ref("Bill"), NULL], "description": "null before the first calculation"},
        }
    ),
    "Bill": record(
        {
            "from": described(TIME, "when the month began, in UTC"),
            "at": described(TIME, "when it was counted"),
            "to": described(TIME, "when the month ends"),
            "prices": record(
                {
                    "region": described(STRING, "the AWS region of the list prices"),
                    "checked": described(STRING, "the month in which the prices were last checked"),
                }
            ),
            "cost": {**ref("SoFar"), "description": _DOLLARS},
            "list_price": {**ref("SoFar"), "description": "dollars before always-free amounts"},
            "parts": list_of(ref("BillPart"), description="what was used"),
        }
    ),
    "BillPart": record(
        {
            "part": {"type": "string", "enum": [part.name for part in PARTS]},
            "service": described(STRING, "the AWS service"),
            "unit": STRING,
            "price": described(NUMBER, "dollars for a unit"),
            "free": described(NUMBER, "the account's always-free units in the month"),
            "amount": {**ref("SoFar"), "description": "units"},
            "cost": {**ref("SoFar"), "description": _DOLLARS},
            "list_price": {**ref("SoFar"), "description": "dollars before always-free amounts"},
        }
    ),
    "SoFar": record(
        {
            "so_far": described(NUMBER, "this month so far"),
            "by_end": described(NUMBER, "expected by the end of the month"),
        }
    ),
}
