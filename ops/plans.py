"""A server's plan on the command line: its price, its expiry date and its traffic quota."""

import argparse
import re
import time
from dataclasses import asdict, replace
from pathlib import Path

from chalicelib.fleet import plans
from chalicelib.fleet.plans import BILLINGS, NONE, TRAFFIC_KINDS, Plan
from chalicelib.fleet.public_notes import plan_in
from chalicelib.storage import DynamoStore
from ops.errors import OpsError
from ops.times import moment_in

_SIZE = re.compile(r"(\d+(?:\.\d+)?)([KMGTP]?)i?B?", re.IGNORECASE)
_POWERS = ("", "K", "M", "G", "T", "P")

_FIELDS = {
    "price": "price",
    "currency": "currency",
    "billing": "cycle",
    "traffic_limit": "traffic_limit",
    "traffic_kind": "traffic_kind",
    "reset_day": "reset_day",
    "public_plan": "public",
}
"""The fields of Plan, by the names of their options; `--expires` needs the site's time zone."""


def add_plan(parser: argparse.ArgumentParser) -> None:
    plan = parser.add_argument_group("the plan; fields that are not given do not change")
    plan.add_argument("--price", type=float, help="price per billing cycle")
    plan.add_argument("--currency", help="an ISO code, such as EUR")
    plan.add_argument("--billing", choices=BILLINGS, help="how often the price is paid")
    plan.add_argument(
        "--expires", metavar="WHEN", help="date until which the plan is paid, such as 2026-12-24, or never"
    )
    plan.add_argument(
        "--traffic-limit", type=_size, metavar="SIZE", help="traffic quota per cycle, such as 500G or 2T; 0 for none"
    )
    plan.add_argument("--traffic-kind", choices=TRAFFIC_KINDS, help="which traffic counts (default: both)")
    plan.add_argument(
        "--reset-day", type=int, metavar="DAY", help="day of the month on which the traffic cycle restarts (default: 1)"
    )
    plan.add_argument("--public-plan", action=argparse.BooleanOptionalAction, help="show the plan to guests")
    instead = plan.add_mutually_exclusive_group()
    instead.add_argument("--no-plan", action="store_true", help="remove the plan")
    instead.add_argument("--public-note", metavar="JSON", help="take the plan from v0's public note; or @FILE")


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number of bytes, such as 500G or 2T (units of 1024)")
    unit: int = 1024 ** _POWERS.index(found[2].upper())
    return round(float(found[1]) * unit)


def plan_text(store: DynamoStore, options: argparse.Namespace, before: str) -> str | None:
    """The server's new plan in its stored form; None if no option changes it. before: the stored one.

    Raises OpsError or InvalidInput.
    """
    if options.no_plan:
        return plans.text_of(NONE)
    plan = _plan_of_note(options.public_note) if options.public_note else plans.plan_of(before)
    given = {field: getattr(options, name) for name, field in _FIELDS.items() if getattr(options, name) is not None}
    if options.expires:
        zone = store.view().settings.time_zone
        given["expires"] = 0 if options.expires == "never" else moment_in(options.expires, zone)
    if not (given or options.public_note):
        return None
    plan = replace(plan, **given)
    plans.check(plan)
    return plans.text_of(plan)


def _plan_of_note(text: str) -> Plan:
    try:
        note = Path(text[1:]).read_text("utf-8") if text.startswith("@") else text
    except (OSError, UnicodeDecodeError) as error:
        raise OpsError(f"cannot read {text[1:]} ({error})") from None
    plan = plan_in(note, time.time())
    if plan is None:
        raise OpsError("the public note contains no plan; it must be JSON with billingDataMod or planDataMod")
    return plan


def plan_row(text: str) -> dict[str, object] | None:
    """The fields that differ from an empty plan, for lists; None if none do."""
    default = asdict(NONE)
    return {name: value for name, value in asdict(plans.plan_of(text)).items() if value != default[name]} or None
