"""Plans: what a server costs, until when it is paid, and how much traffic its cycle has."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

from chalicelib.fleet import limits
from chalicelib.fleet.checks import check_choice, check_length, check_range
from chalicelib.fleet.errors import InvalidInput

Billing = Literal["month", "quarter", "half_year", "year"]
BILLINGS: tuple[Billing, ...] = get_args(Billing)
TrafficKind = Literal["in", "out", "both", "larger"]
TRAFFIC_KINDS: tuple[TrafficKind, ...] = get_args(TrafficKind)


@dataclass(frozen=True, slots=True)
class Plan:
    """price: for each billing cycle, None if it is not known. currency: ISO code, "" for none. cycle: of billing, ""
    for none. expires: Unix seconds, 0 for never. traffic_limit: bytes in a traffic cycle, 0 for none; traffic_kind:
    what counts; reset_day: of the month, on which it restarts. public: whether guests see the plan.
    """

    price: float | None = None
    currency: str = ""
    cycle: Billing | Literal[""] = ""
    expires: int = 0
    traffic_limit: int = 0
    traffic_kind: TrafficKind = "both"
    reset_day: int = 1
    public: bool = False


NONE = Plan()
"""The empty plan, which stands for no plan."""


def check(plan: Plan) -> None:
    """Raises InvalidInput with the field's name."""
    if plan.price is not None and not 0 <= plan.price <= limits.PRICE_MOST:
        message = f'"plan.price" must be between 0 and {limits.PRICE_MOST}.'
        wrong = "too_small" if plan.price < 0 else "too_large"
        raise InvalidInput(message, error=wrong, field="plan.price", limit=0 if plan.price < 0 else limits.PRICE_MOST)
    check_length("plan.currency", plan.currency, most=limits.CURRENCY_LENGTH)
    check_choice("plan.cycle", plan.cycle or "month", BILLINGS)
    check_range("plan.expires", plan.expires, 0, limits.EXPIRES_LAST)
    check_range("plan.traffic_limit", plan.traffic_limit, 0, limits.UINT64)
    check_choice("plan.traffic_kind", plan.traffic_kind, TRAFFIC_KINDS)
    check_range("plan.reset_day", plan.reset_day, 1, 31)


def text_of(plan: Plan) -> str:
    """A plan as it is stored with a server, in as few bytes as possible: every reader pays for them. "" for NONE."""
    default = asdict(NONE)
    given = {name: value for name, value in asdict(plan).items() if value != default[name]}
    return json.dumps(given, ensure_ascii=False, separators=(",", ":")) if given else ""


@lru_cache(maxsize=20_000)
def plan_of(text: str) -> Plan:
    """The plan in a text from `text_of`. Fields that a later version added are ignored."""
    stored: Mapping[str, Any] = json.loads(text) if text else {}
    known = asdict(NONE)
    return Plan(**{name: value for name, value in stored.items() if name in known})
