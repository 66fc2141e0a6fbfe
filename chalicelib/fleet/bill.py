"""What a stage costs in a month, calculated from AWS's metrics and list prices.

Months are those of AWS's bills: calendar months in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from chalicelib.fleet import prices
from chalicelib.fleet.wall_clock import month_around

HOUR = 3600
TREND_SECONDS = 7 * 24 * HOUR
"""The use by a month's end is extrapolated from the last seven days, or from the stage's whole life if shorter."""


class Part(NamedTuple):
    """One line of the bill. service: AWS's. unit: what is counted. price: dollars per unit.

    free: the account's always-free amount in a month. hours: for a part that is billed by time, how many units a level
    of 1 adds in an hour; 0 if it adds one unit in a month.
    """

    name: str
    service: str
    unit: str
    price: float
    free: float = 0
    hours: float = 0


FREE_CAPACITY = 25.0
"""Provisioned units of an account, of reads and of writes, in every hour."""

METER_HOURS = 3
"""A stage asks CloudWatch what it has used once in this many hours."""

PARTS = (
    Part("api_requests", "API Gateway", "requests", prices.REST_REQUEST),
    Part("runs", "Lambda", "requests", prices.LAMBDA_REQUEST, free=1_000_000),
    Part("run_time", "Lambda", "GB s", prices.LAMBDA_GB_SECOND, free=400_000),
    Part("writes", "DynamoDB", "units", prices.WRITE_UNIT),
    Part("reads", "DynamoDB", "units", prices.READ_UNIT),
    Part("write_capacity", "DynamoDB", "unit hours", prices.WRITE_CAPACITY_HOUR, hours=1),
    Part("read_capacity", "DynamoDB", "unit hours", prices.READ_CAPACITY_HOUR, hours=1),
    Part("tables", "DynamoDB", "GB months", prices.TABLE_GB_MONTH, free=25),
    Part("recovery", "DynamoDB", "GB months", prices.RECOVERY_GB_MONTH),
    Part("key_uses", "KMS", "requests", prices.KEY_REQUEST, free=20_000, hours=12),
    Part("edge_requests", "CloudFront", "requests", prices.CDN_REQUEST, free=10_000_000),
    Part("edge_runs", "CloudFront", "requests", prices.CDN_FUNCTION, free=2_000_000),
    Part("edge_traffic", "CloudFront", "GB", prices.CDN_GB, free=1000),
    Part("files", "S3", "GB months", prices.BUCKET_GB_MONTH),
    Part("logs", "CloudWatch", "GB", prices.LOGS_GB, free=5),
    Part("alarms", "CloudWatch", "alarm months", prices.ALARM_MONTH, free=10),
    Part("metrics", "CloudWatch", "metric months", prices.METRIC_MONTH, free=10),
    Part("mails", "SNS", "mails", prices.MAIL, free=1000),
    Part("metering", "CloudWatch", "requests", prices.METRIC_REQUEST, free=1_000_000, hours=1 / METER_HOURS),
)
"""What a stage's bill consists of. Not counted: egress of API Gateway and of the function URL, for which there is no
metric, and requests to S3.
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """AWS's metrics. counts: by part and hour (its start in Unix seconds), for this month and the last seven days.

    levels: by part, the current amount.
    """

    counts: Mapping[str, Mapping[int, float]]
    levels: Mapping[str, float]


class Amount(NamedTuple):
    """A part's amount in a month: so far, and expected by the end of the month."""

    so_far: float
    by_end: float


@dataclass(frozen=True, slots=True)
class Metered:
    """What was used in the month of `at`.

    at: when it was counted, Unix seconds. ceiling: dollars a month, 0 for none. notifies: whether an email is sent when
    the ceiling is reached. notified_until: the `slow_until` that the last email was about, 0 without one.
    """

    at: int
    amounts: Mapping[str, Amount]
    ceiling: float = 0
    notifies: bool = False
    notified_until: int = 0

    @property
    def month(self) -> tuple[int, int]:
        """When the month begins and ends, Unix seconds."""
        return month_around(self.at)

    @property
    def slow_until(self) -> int:
        """Until when the cost ceiling slows the dashboard down: the end of a month that reached it, otherwise 0."""
        return self.month[1] if self.ceiling and total(self).so_far >= self.ceiling else 0

    @property
    def owes_notice(self) -> bool:
        """Whether to send an email that the ceiling is reached: one each time that the dashboard slows down."""
        return self.notifies and self.slow_until > self.notified_until

    def after(self, before: "Metered | None") -> "Metered":
        """These figures, with `notified_until` from the ones before while the dashboard is slow."""
        return replace(self, notified_until=before.notified_until) if before and self.slow_until else self


class Line(NamedTuple):
    """A part with its dollars. cost: after always-free amounts. list_price: before. free: amount in the whole month."""

    part: Part
    amount: Amount
    free: float
    cost: Amount
    list_price: Amount


def is_due(kept: Metered | None, ceiling: float, now: float) -> bool:
    """Whether to count again: hours have passed, a month has begun, or another ceiling was set."""
    if kept is None or kept.ceiling != ceiling or kept.month != month_around(now):
        return True
    return abs(now - kept.at) >= METER_HOURS * HOUR


def amounts(reading: Reading, now: float) -> dict[str, Amount]:
    """Use of this month so far, and expected by its end. In its first month, a stage counts from its first use."""
    begin, end = month_around(now)
    since = min((hour for hours in reading.counts.values() for hour in hours), default=int(now))
    return {
        **{name: _counted(hours, since, now, begin, end) for name, hours in reading.counts.items()},
        **{name: _lasting(_part(name), level, since, now) for name, level in reading.levels.items()},
    }


def lines(metered: Metered) -> list[Line]:
    """The parts that were used, in the order of PARTS."""
    hours = (metered.month[1] - metered.month[0]) / HOUR
    found = []
    for part in PARTS:
        amount = metered.amounts.get(part.name, Amount(0, 0))
        if any(amount):
            free = FREE_CAPACITY * hours if part.unit == "unit hours" else part.free
            cost = Amount(*(part.price * max(0.0, used - free) for used in amount))
            found.append(Line(part, amount, free, cost, Amount(*(part.price * used for used in amount))))
    return found


def total(metered: Metered) -> Amount:
    """Dollars, after always-free amounts: as though the stage were alone in its account."""
    return _sum([line.cost for line in lines(metered)])


def list_total(metered: Metered) -> Amount:
    """Dollars before always-free amounts."""
    return _sum([line.list_price for line in lines(metered)])


def described(metered: Metered) -> dict[str, object]:
    """The bill as scripts and pages get it."""
    begin, end = metered.month
    return {
        "from": begin,
        "at": metered.at,
        "to": end,
        "prices": {"region": prices.REGION, "checked": prices.CHECKED},
        "cost": _rounded(total(metered)),
        "list_price": _rounded(list_total(metered)),
        "parts": [
            {
                "part": line.part.name,
                "service": line.part.service,
                "unit": line.part.unit,
                "price": round(line.part.price, 12),
                "free": line.free,
                "amount": _rounded(line.amount),
                "cost": _rounded(line.cost),
                "list_price": _rounded(line.list_price),
            }
            for line in lines(metered)
        ],
    }


def _rounded(amount: Amount) -> dict[str, float]:
    """To a millionth, of a dollar for example."""
    return {name: round(value, 6) for name, value in amount._asdict().items()}


def _counted(hours: Mapping[int, float], since: int, now: float, begin: int, end: int) -> Amount:
    so_far = sum(count for hour, count in hours.items() if hour >= begin)
    trend_from = max(since, now - TREND_SECONDS)
    lately = sum(count for hour, count in hours.items() if hour >= trend_from)
    # What a stage uses in its first minutes must not count as what it uses in every minute.
    a_second = lately / max(now - trend_from, HOUR)
    return Amount(so_far, so_far + a_second * (end - now))


def _lasting(part: Part, level: float, since: int, now: float) -> Amount:
    """For parts that are billed by time, such as storage."""
    begin, end = month_around(now)
    begin_of_stage = max(since, begin)
    unit_seconds = HOUR / part.hours if part.hours else end - begin
    return Amount(level * (now - begin_of_stage) / unit_seconds, level * (end - begin_of_stage) / unit_seconds)


def _part(name: str) -> Part:
    return next(part for part in PARTS if part.name == name)


def _sum(amounts: list[Amount]) -> Amount:
    return Amount(sum(one.so_far for one in amounts), sum(one.by_end for one in amounts))
