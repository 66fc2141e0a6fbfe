"""`import-v0`: public notes that contain a plan."""

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.fleet.plans import Plan, plan_of
from chalicelib.fleet.public_notes import plan_in
from chalicelib.storage import DynamoStore
from ops.import_v0 import Import, open_database
from tests.ops.original_alerts import ORIGINAL

NOW = 1_796_000_000
"""2026-11-30."""


def note(**billing: Any) -> str:
    return json.dumps({"billingDataMod": billing})


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_notes_of_the_original_are_plans_that_guests_see(store: DynamoStore) -> None:
    with closing(open_database(ORIGINAL)) as database:
        report = Import(store, database, NOW, write=True).run()
    plans = {id_: plan_of(server.plan) for id_, server in store.view().fleet.by_id.items() if server.plan}
    assert plans[1] == Plan(36.0, "USD", "year", at("2027-01-14T16:00"), 2**40, "out", 15, public=True)
    assert plans[2] == Plan(4.99, "EUR", "month", at("2026-12-01"), public=True)
    assert plans[3] == Plan(0.0, public=True)
    assert plans[4] == Plan(traffic_limit=500 * 2**30, public=True)
    assert plans.keys() == {1, 2, 3, 4, 5, 10}
    left = [line for line in report.not_taken if "public note" in line]
    assert left == [f"server {id_}: its public note, which contains no plan" for id_ in (6, 7, 8)]


@pytest.mark.parametrize("text", ["", "text", "[1]", "{}", "5", "null", '{"billingDataMod": 5}', '{"customData": {}}'])
def test_a_note_that_tells_of_no_plan_is_none(text: str) -> None:
    assert plan_in(text, NOW) is None


@pytest.mark.parametrize(
    ("amount", "price", "currency"),
    [
        ("$36", 36.0, "USD"),
        ("4,99 €", 4.99, "EUR"),
        ("￥199/年", 199.0, "CNY"),
        ("200元", 200.0, "CNY"),
        ("0", 0.0, ""),
        ("10 usd", 10.0, "USD"),
        ("HK$5", 5.0, "HK$"),
    ],
)
def test_amounts(amount: str, price: float, currency: str) -> None:
    found = plan_in(note(amount=amount), NOW)
    assert found
    assert (found.price, found.currency) == (price, currency)


@pytest.mark.parametrize("amount", ["-1", "按量", ""])
def test_an_amount_without_a_price(amount: str) -> None:
    found = plan_in(note(amount=amount, cycle="m"), NOW)
    assert found
    assert found.price is None


@pytest.mark.parametrize(
    ("end", "renews", "cycle", "expires"),
    [
        ("2026-12-31", "0", "月", "2026-12-31"),
        ("2026-10-31", "0", "月", "2026-10-31"),
        ("2026-10-31", "1", "月", "2026-12-31"),
        ("2026-08-31", "1", "季", "2027-02-28"),
        ("2024-02-29", "1", "year", "2027-02-28"),
    ],
)
def test_a_plan_that_renews_itself_goes_on_by_whole_cycles(end: str, renews: str, cycle: str, expires: str) -> None:
    found = plan_in(note(endDate=end, autoRenewal=renews, cycle=cycle), NOW)
    assert found
    assert found.expires == at(expires)
