"""What a stage with `--capacity free` costs in 30 days, after the always-free amounts that AWS gives to an account.

The free amounts and prices are those of `python -m ops cost` (chalicelib/fleet/bill.py). API Gateway and S3 are free
for only twelve months, so they count as billed here. free_capacity.py shows that the tables can take what a fleet
writes.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agent.core.limits import SEND_AGAIN_SECONDS
from benchmarks import cost
from benchmarks.capacity import NOW
from benchmarks.month import BATCH_RUN_MS, LOG_BYTES, MEMORY_MB, REPORT_RUN_MS
from benchmarks.table import Row
from chalicelib.fleet import prices
from chalicelib.fleet.bill import METER_HOURS, Amount, Line, Metered, lines
from chalicelib.scheduled import ROLLUP, WATCH
from infra import template
from infra.capacity import units

FLEETS = ((20, False), (1000, True))
MUST = 0.01

KEPT_MB = 0.002
"""Megabytes of a server in the tables that have point-in-time recovery: its host and its secret. Estimated."""

FILES_GB = 0.015
"""Gigabytes of the packages of one version and the pages' files. Estimated."""

ROLLED_UP_SECONDS = 1.3
"""How long Lambda runs to roll up a period of a server, mostly waiting for read units of the table. Estimated."""

MAILS = 100
METER_CALLS = 40


class Used(NamedTuple):
    """lines: the used parts, as on a bill. dollars: the total."""

    lines: Sequence[Line]
    dollars: float


def rows() -> Iterator[Row]:
    for servers, relayed in FLEETS:
        way = "through relays" if relayed else "direct"
        what = f"{servers:,} {way}, --capacity free, after always-free amounts"
        yield Row(what, month(servers, relayed=relayed).dollars, "$", MUST)


def month(servers: int, *, relayed: bool) -> Used:
    """The cost of 30 days in which nobody has a page open, with alarms by email."""
    requests = cost.requests(servers, relayed=relayed)
    run_ms = BATCH_RUN_MS if relayed else REPORT_RUN_MS
    watch_ms = cost.WATCH_RUN_MS + cost.WATCH_RUN_MS_A_THOUSAND * servers / 1000
    looks = cost.MINUTES_A_MONTH / ROLLUP.minutes
    rolled = 2 * 30 * servers * ROLLED_UP_SECONDS
    # A reporter describes its host once a day, through the edge, which adds the country.
    hosts = 0 if relayed else servers * prices.MONTH_SECONDS / SEND_AGAIN_SECONDS
    capacity = [one * cost.HOURS_A_MONTH for one in units()]
    used = {
        "api_requests": hosts,
        "runs": requests + cost.MINUTES_A_MONTH + looks,
        "run_time": (requests * run_ms * MEMORY_MB + cost.MINUTES_A_MONTH * watch_ms * WATCH.memory) / 1024 / 1000
        + (looks * cost.ROLLUP_RUN_MS / 1000 + rolled) * ROLLUP.memory / 1024,
        "read_capacity": capacity[0],
        "write_capacity": capacity[1],
        "tables": servers * cost.STORED_MB / 1000,
        "recovery": servers * KEPT_MB / 1000,
        "edge_requests": hosts,
        "edge_runs": hosts,
        "files": FILES_GB,
        "logs": (cost.MINUTES_A_MONTH * cost.WATCH_LOG_BYTES + hosts * LOG_BYTES) / prices.GB,
        "alarms": alarms(),
        "metrics": 2,
        "mails": MAILS,
        "metering": METER_CALLS * cost.HOURS_A_MONTH / METER_HOURS,
    }
    found = lines(Metered(NOW, {name: Amount(amount, amount) for name, amount in used.items()}))
    return Used(found, sum(line.cost.by_end for line in found))


NAMES = {
    "api_requests": "API Gateway: a reporter sends its host's details once a day",
    "runs": "Lambda, runs",
    "run_time": "Lambda, GB s (assumed)",
    "write_capacity": "DynamoDB, write units for an hour",
    "read_capacity": "DynamoDB, read units for an hour",
    "tables": "DynamoDB, GB (estimated)",
    "recovery": "recovery of the other tables, GB (estimated)",
    "edge_requests": "CloudFront, requests",
    "edge_runs": "CloudFront, runs of its function",
    "files": "S3: packages and pages, GB (estimated)",
    "logs": "CloudWatch, GB of logs (estimated)",
    "alarms": "CloudWatch, alarms",
    "metrics": "CloudWatch, custom metrics",
    "mails": "SNS, mails",
    "metering": "CloudWatch, metrics requested",
}


def alarms() -> int:
    """How many alarms a stage with free capacity and an email address has."""
    found = (one for one in template.application()["Resources"].values() if one.get("Type") == "AWS::CloudWatch::Alarm")
    return sum(one["Condition"] != "HasThrottleAlarms" for one in found)


def table() -> str:
    """The table of docs/cost.md."""
    bills = [month(servers, relayed=relayed) for servers, relayed in FLEETS]
    head = ["a month", *(f"{servers:,} {'through relays' if relayed else 'direct'}" for servers, relayed in FLEETS)]
    found = [{line.part.name: line for line in bill.lines} for bill in bills]
    body = []
    for name, words in NAMES.items():
        used = [lines_.get(name) for lines_ in found]
        free = next(line.free for line in used if line)
        body.append([words, *map(_cell, used), f"{free:,.0f}" if free else "nothing"])
    sums = ["**total**", *(f"**${bill.dollars:.4f}**" for bill in bills), ""]
    ruled = [[*head, "always free"], ["---"] * 4, *body, sums]
    return "\n".join(f"| {' | '.join(line)} |" for line in ruled)


def _cell(line: Line | None) -> str:
    if line is None:
        return ""
    amount = line.amount.by_end
    shown = f"{amount:,.0f}" if amount >= 10 else f"{amount:.5f}".rstrip("0").rstrip(".")
    return f"{shown}: ${line.cost.by_end:.5f}" if line.cost.by_end else shown


if __name__ == "__main__":
    print(table())
