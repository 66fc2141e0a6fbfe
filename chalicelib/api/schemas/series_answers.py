"""The responses of routes that answer for a range of time: history, ping series, sparklines and availability."""

from collections.abc import Mapping

from chalicelib.api.schemas.fields import MONITOR, about
from chalicelib.api.schemas.types import (
    DELAY,
    ID,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    TIME,
    WHOLE,
    Schema,
    described,
    list_of,
    nullable,
    record,
    ref,
)
from chalicelib.fleet.history import COLUMNS, Column
from chalicelib.fleet.ranges import RANGES

_STEP: Schema = {"type": "integer", "enum": sorted({one.step for one in RANGES.values()}), "description": "seconds"}


def _shown(column: Column) -> Schema:
    """The schema of a figure; null means that it was not measured."""
    kind = "integer" if column.decimals is None else "number"
    return {"type": kind} if column.name == "samples" else {"type": [kind, "null"]}


SERIES_ANSWERS: Mapping[str, Schema] = {
    "History": record(
        {
            "step": _STEP,
            "from": described(TIME, "when the first step of the range starts"),
            "to": described(TIME, "when the range ends"),
            "at": list_of(TIME, description="when each step that has data starts, ascending; multiples of `step`"),
            **{
                column.shown: list_of(_shown(column), description=f"{about(column)}; one for each of `at`")
                for column in COLUMNS
            },
        }
    ),
    "CountedSeries": record(
        {
            "monitor_id": ID,
            "monitor_name": STRING,
            "type": MONITOR["type"],
            "step": _STEP,
            "minutes": list_of(WHOLE, description="minutes since 1970, ascending"),
            "delays": list_of(DELAY, description="ms, one for each minute; 0 if no probe succeeded"),
            "up": list_of(WHOLE, description="number of successful probes, one for each minute"),
            "down": list_of(WHOLE, description="number of failed probes, one for each minute"),
            "least": list_of(DELAY, description="ms, the lowest mean of a minute; only with a `step` above 60"),
            "most": list_of(DELAY, description="ms, the highest mean of a minute; only with a `step` above 60"),
        },
        absent=("least", "most"),
    ),
    "Sparks": record(
        {
            "step": described(INTEGER, "seconds in a step"),
            "at": list_of(TIME, description="starts of the steps, ascending"),
            "servers": list_of(ref("Spark")),
        }
    ),
    "Spark": record(
        {
            "id": ID,
            "cpu": list_of(nullable(NUMBER), description="percent, one for each step"),
            "net_in": list_of(nullable(WHOLE), description="bytes received in each step"),
            "net_out": list_of(nullable(WHOLE), description="bytes sent in each step"),
        }
    ),
    "Availability": record(
        {
            "days": described(INTEGER, "the number of days"),
            "servers": list_of(ref("DailyShares")),
            "monitors": list_of(ref("DailyShares")),
        }
    ),
    "MonitorStatus": record(
        {
            "step": described(INTEGER, "seconds in a step of sparklines"),
            "at": list_of(TIME, description="starts of these steps, ascending"),
            "monitors": list_of(ref("MonitorNow")),
        }
    ),
    "MonitorNow": record(
        {
            "id": ID,
            "name": STRING,
            "type": MONITOR["type"],
            "latency": described(nullable(NUMBER), "ms, the mean over the servers that reach it; null if none does"),
            "loss": described(nullable(NUMBER), "percent, the mean over the servers that probe it; null if none does"),
            "up": described(WHOLE, "how many servers reach it"),
            "down": described(WHOLE, "number of servers that probe it and do not reach it"),
            "certificate": {
                "oneOf": [ref("MonitorCertificate"), NULL],
                "description": "of an https target; null while it is not known",
            },
            "spark": list_of(
                nullable(NUMBER),
                description="ms, the mean over the servers that reached it, one for each step; null if none did, or "
                "if neither a rule on pings nor `public_monitors` needs it",
            ),
            "servers": list_of(ref("MonitorFromServer")),
        }
    ),
    "MonitorCertificate": record(
        {
            "issuer": described(STRING, "organization or name of the issuer; may be empty"),
            "not_after": described(TIME, "when it ends"),
        }
    ),
    "MonitorFromServer": record(
        {
            "id": described(ID, "of the server"),
            "latency": described(nullable(NUMBER), "ms; null if no probe succeeded"),
            "loss": described(NUMBER, "percent"),
        }
    ),
    "DailyShares": record(
        {
            "id": ID,
            "days": list_of(
                nullable({"type": "number", "minimum": 0, "maximum": 1}),
                description="share of each UTC day's minutes with data, oldest day first, today last",
            ),
        }
    ),
}
