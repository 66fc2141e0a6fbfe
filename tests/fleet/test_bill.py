"""What a month costs, from counted hours and list prices, at fixed times."""

from datetime import UTC, datetime

import pytest

from chalicelib.fleet import bill, prices
from chalicelib.fleet.bill import HOUR, PARTS, Amount, Metered, Reading, amounts

DAY = 24 * HOUR


def at(day: int, hour: int = 0, minute: int = 0, month: int = 11) -> int:
    return int(datetime(2026, month, day, hour, minute, tzinfo=UTC).timestamp())


def hours(begin: int, end: int, each: float) -> dict[int, float]:
    return dict.fromkeys(range(begin, end, HOUR), each)


def metered(now: int, counts: dict[str, dict[int, float]], levels: dict[str, float] | None = None) -> Metered:
    return Metered(now, amounts(Reading(counts, levels or {}), now))


def test_months_are_those_of_bills_in_utc() -> None:
    assert Metered(at(30, 23, 59), {}).month == (at(1), at(1, month=12))
    assert Metered(at(31, 23, 59, month=12), {}).month[1] == int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())


def test_rest_of_the_month_is_expected_to_be_like_the_last_seven_days() -> None:
    now = at(21)
    busy, quiet = hours(at(1), at(14), 1000), hours(at(14), now, 10)
    (requests,) = metered(now, {"api_requests": busy | quiet}).amounts.values()
    assert requests == Amount(13 * 24 * 1000 + 7 * 24 * 10, 13 * 24 * 1000 + 17 * 24 * 10)


def test_first_hours_of_a_month_are_judged_by_the_days_before() -> None:
    now = at(1, 1, month=12)
    (requests,) = metered(now, {"api_requests": hours(at(1), now, 10)}).amounts.values()
    assert requests == Amount(10, 31 * 24 * 10)


def test_stage_of_the_middle_of_the_month_is_judged_by_its_own_days() -> None:
    now = at(21)
    made = metered(now, {"api_requests": hours(at(20), now, 10)}, {"tables": 30, "write_capacity": 2})
    assert made.amounts["api_requests"] == Amount(240, 240 + 2400)
    assert made.amounts["tables"] == Amount(1, 11)  # of 30 days, one and eleven
    assert made.amounts["write_capacity"] == Amount(48, 11 * 48)


def test_stage_that_is_minutes_old_is_not_taken_for_a_busy_one() -> None:
    now = at(21, 0, 5)
    (requests,) = metered(now, {"api_requests": {at(21): 60}}).amounts.values()
    assert requests.by_end == pytest.approx(60 + 60 / HOUR * (at(1, month=12) - now))


def test_stage_without_any_count_costs_nothing_yet() -> None:
    assert bill.total(metered(at(5), {"runs": {}}, {"alarms": 13})).so_far == 0


def test_what_is_always_free_is_taken_off_the_amount_of_the_month() -> None:
    now = at(16)
    half = metered(now, {"runs": hours(at(1), now, 2500)}, {"alarms": 13, "write_capacity": 30, "metering": 40})
    found = {line.part.name: line for line in bill.lines(half)}
    assert found["runs"].amount == Amount(900_000, 1_800_000)
    assert found["runs"].cost == pytest.approx((0, 0.16))
    assert found["runs"].list_price == pytest.approx((0.18, 0.36))
    assert found["alarms"].cost == pytest.approx((0, 0.3))
    assert found["write_capacity"].free == 25 * 720
    assert found["write_capacity"].cost == pytest.approx((0, 5 * 720 * prices.WRITE_CAPACITY_HOUR))
    assert found["metering"].amount == Amount(40 * 120, 40 * 240)
    assert bill.total(half).by_end == pytest.approx(0.16 + 0.3 + 5 * 720 * prices.WRITE_CAPACITY_HOUR)


def test_counting_uses_little_of_what_is_always_free() -> None:
    now = at(1, month=12) - 1
    metering = bill.lines(metered(now, {"runs": hours(at(1), now, 1)}, {"metering": 45}))[-1]
    assert metering.part.name == "metering"
    assert metering.amount.by_end < metering.free / 50
    assert metering.cost.by_end == 0


def test_every_part_has_a_price_and_a_name_of_its_own() -> None:
    assert len({part.name for part in PARTS}) == len(PARTS)
    assert all(part.price > 0 for part in PARTS)


def test_a_ceiling_slows_until_the_month_ends() -> None:
    now = at(16)
    spent = metered(now, {"api_requests": {at(2): 1_000_000}}).amounts
    assert bill.total(Metered(now, spent)).so_far == pytest.approx(3.5)
    assert Metered(now, spent).slow_until == 0
    assert Metered(now, spent, ceiling=3.51).slow_until == 0
    assert Metered(now, spent, ceiling=3.5).slow_until == at(1, month=12)
