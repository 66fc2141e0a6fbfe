"""Which messages an evaluation owes to channels, and how deliveries are retried."""

from typing import Any

import pytest

from chalicelib.fleet.alerts import notices as owed
from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.evaluation import Standing, evaluate
from chalicelib.fleet.alerts.notices import Delivery, abandoned, arrived, begun, failed, partly_sent
from chalicelib.fleet.alerts.rules import Rule
from tests.fleet.alerts.fleets import NOW, glance, state

RULE = Rule(3, "Busy", (Condition("cpu", above=90),), duration=0, channels=(5, 4), remind=60)


def outcome_and_notices(
    standing: Any, now: int, rule: Rule = RULE, quiet_until: int = 0, **figures: Any
) -> tuple[Any, ...]:
    states = {id_: state(now=now, CPU=cpu) for id_, cpu in figures.items()} if figures else {}
    view = glance({int(id_[1:]): one for id_, one in states.items()}, now, quiet_until=quiet_until)
    outcome = evaluate(rule, standing, view)
    return outcome, owed.notices(rule, outcome, now, quiet_until)


def test_one_notice_for_all_that_began_together() -> None:
    _, (notice,) = outcome_and_notices(Standing(), NOW, s1=95, s2=96, s3=5)
    assert (notice.kind, notice.rule, notice.at, notice.held) == ("began", "Busy", NOW, False)
    assert [(one.subject, one.event.values) for one in notice.told] == [(1, (95.0,)), (2, (96.0,))]
    assert notice.deliveries == {5: Delivery(NOW), 4: Delivery(NOW)}


def test_ends_come_before_begins_and_reminders() -> None:
    outcome, _ = outcome_and_notices(Standing(), NOW, s1=95, s2=95, s3=5)
    _, made = outcome_and_notices(outcome.standing, NOW + 60, s1=5, s2=95, s3=95)
    assert [(one.kind, [told.subject for told in one.told]) for one in made] == [
        ("ended", [1]),
        ("began", [3]),
        ("reminder", [2]),
    ]
    assert (made[0].told[0].ended, made[0].told[0].reason) == (NOW + 60, "recovered")


def test_a_rule_without_channels_owes_nothing() -> None:
    _, made = outcome_and_notices(Standing(), NOW, Rule(3, "Busy", RULE.conditions, duration=0), s1=95)
    assert made == []


def test_quiet_hours_hold_a_notice() -> None:
    _, (notice,) = outcome_and_notices(Standing(), NOW, quiet_until=NOW + 500, s1=95)
    assert notice.held
    assert notice.deliveries[4] == Delivery(NOW + 500)


def test_attempts_wait_1_2_4_minutes_and_give_up_after_a_day() -> None:
    delivery, waits, last = Delivery(NOW), [], NOW
    while not delivery.settled:
        now = max(delivery.due, last)
        delivery = begun(delivery, now)
        assert delivery.due == now + owed.LEASE_SECONDS
        delivery = failed(delivery, now + 5, "no answer")
        waits.append(delivery.due - now)
        last = now
    assert waits[:7] == [60, 120, 240, 480, 960, 1920, 3840]
    assert set(waits[7:-1]) == {3840}
    assert (delivery.given_up, delivery.delivered, delivery.error) == (True, False, "no answer")
    assert 23 * 3600 < last - NOW <= 24 * 3600


def test_a_delivery_that_arrived_is_settled() -> None:
    delivery = arrived(failed(begun(Delivery(NOW), NOW), NOW, "no answer"), NOW + 60)
    assert delivery.settled
    assert (delivery.delivered, delivery.at, delivery.tries, delivery.error) == (True, NOW + 60, 1, "")


def test_a_delivery_in_parts_keeps_how_far_it_came() -> None:
    delivery = partly_sent(begun(Delivery(NOW), NOW), NOW + 1)
    assert (delivery.sent, delivery.settled, delivery.due) == (1, False, NOW + 1 + owed.LEASE_SECONDS)
    assert failed(delivery, NOW + 2, "no answer").sent == 1


@pytest.mark.parametrize("delivery", [Delivery(NOW), begun(Delivery(NOW), NOW)])
def test_an_abandoned_delivery_is_settled(delivery: Delivery) -> None:
    gone = abandoned(delivery, "the channel was deleted")
    assert gone.settled
    assert not gone.delivered
