"""v0's public notes: by convention, its themes read JSON with a server's plan from them."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from chalicelib.fleet import limits, plans
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.plans import NONE, Billing, Plan, TrafficKind
from chalicelib.fleet.wall_clock import parse_moment, plus_months, unix_time, wall_time

_CYCLES: Mapping[Billing, tuple[str, ...]] = {
    "month": ("月", "m", "mo", "month", "monthly"),
    "quarter": ("季", "q", "qr", "quarterly"),
    "half_year": ("半", "半年", "h", "half", "semi-annually"),
    "year": ("年", "y", "yr", "year", "annual", "annually"),
}
_MONTHS: Mapping[str, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "CNY", "￥": "CNY", "元": "CNY", "₽": "RUB"}
_KINDS: Mapping[str, TrafficKind] = {"1": "out", "2": "both", "3": "larger"}
_POWERS = {unit: 1024**power for power, unit in enumerate(("", "K", "M", "G", "T", "P"))}
_AMOUNT = re.compile(r"\s*(\D*?)\s*(\d+(?:[.,]\d+)?)\s*([^\d/]*?)\s*(?:/.*)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_VOLUME = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGTP]?)i?B?\b.*", re.IGNORECASE | re.DOTALL)


def plan_in(note: str, now: float) -> Plan | None:
    """The plan in a public note, None if there is none. Guests could read the note, so the plan is public."""
    try:
        given = json.loads(note)
    except (ValueError, RecursionError):
        return None
    billing, traffic = (_object(given, name) for name in ("billingDataMod", "planDataMod"))
    cycle = _cycle(_text(billing.get("cycle")))
    price, currency = _price(_text(billing.get("amount")))
    plan = Plan(
        price=price,
        currency=currency,
        cycle=cycle,
        expires=_expires(billing, cycle, now),
        traffic_limit=_volume(_text(traffic.get("trafficVol"))),
        traffic_kind=_KINDS.get(_text(traffic.get("trafficType")), "both"),
        reset_day=_reset_day(billing),
    )
    if plan == NONE:
        return None
    public = Plan(**{**_fields(plan), "public": True})
    try:
        plans.check(public)
    except InvalidInput:
        return None
    return public


def _fields(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__}


def _object(given: object, name: str) -> Mapping[str, Any]:
    found = given.get(name) if isinstance(given, dict) else None
    return found if isinstance(found, dict) else {}


def _cycle(text: str) -> Billing | Any:
    return next((cycle for cycle, words in _CYCLES.items() if text.strip().lower() in words), "")


def _price(text: str) -> tuple[float | None, str]:
    """`$36`, `4.99EUR`, `0` for free; `-1` is paid by use, and has no price."""
    found = _AMOUNT.fullmatch(text)
    if not found or "-" in found[1]:
        return None, ""
    signs = found[1].strip() or found[3].strip()
    return _number(found[2].replace(",", ".")), _CURRENCIES.get(signs, signs.upper())[: limits.CURRENCY_LENGTH]


def _moment(value: object) -> int:
    """Unix seconds of a date, as text or as a number; 0 for none, and for `0000-00-00`, by which v0 means never."""
    number = _whole(value)
    if number is not None:
        return number // 1000 if number > 10**11 else max(number, 0)
    return parse_moment(_text(value)) or 0


def _expires(billing: Mapping[str, Any], cycle: str, now: float) -> int:
    """When the plan ends, Unix seconds. A plan that renews itself is extended by whole cycles."""
    expires = _moment(billing.get("endDate"))
    if not expires or expires > now or _text(billing.get("autoRenewal")) != "1":
        return expires
    end, months = wall_time(expires, "UTC"), _MONTHS.get(cycle, 1)
    counted = 0
    while unix_time(plus_months(end, counted), "UTC") <= now:
        counted += months
    return unix_time(plus_months(end, counted), "UTC")


def _volume(text: str) -> int:
    """Bytes of a volume such as `1TB/月` or `500GB`; 0 for none."""
    found = _VOLUME.fullmatch(text)
    return int(float(found[1]) * _POWERS[found[2].upper()]) if found else 0


def _reset_day(billing: Mapping[str, Any]) -> int:
    """The day of the month as it is written, whatever the time zone."""
    started = _text(billing.get("startDate"))
    return int(started[8:10]) if _DATE.match(started) and parse_moment(started) else 1


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> float | None:
    """A finite number, also from text; None for anything else. Whole numbers keep all their digits."""
    if isinstance(value, int):
        return value
    try:
        number = float(_text(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number == int(number) else None
