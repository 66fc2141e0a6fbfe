"""What becomes of events and messages in a rule's ledger."""

from dataclasses import replace

from chalicelib.fleet.alerts.evaluation import RuleOutcome
from chalicelib.fleet.alerts.ledger import (
    Ledger,
    Receipt,
    archived,
    delivery_of,
    noted,
    records,
    with_delivery,
    without_owed,
)
from chalicelib.fleet.alerts.notices import Delivery, arrived, begun
from chalicelib.fleet.limits import EVENTS_OWED
from tests.fleet.alerts.fleets import NOW
from tests.fleet.alerts.ledgers import BUSY, evaluated, eventful


def delivered(ledger: Ledger, notice_id: int, *channels: int, at: int = NOW) -> Ledger:
    for channel in channels:
        delivery = delivery_of(ledger, notice_id, channel)
        assert delivery
        ledger = with_delivery(ledger, notice_id, channel, arrived(begun(delivery, at), at))
    return ledger


def test_new_events_have_ids_and_notices_are_numbered_for_good() -> None:
    ledger = eventful()
    assert {subject: event.id for subject, event in ledger.standing.open.items()} == {2: 2, 3: 3, 4: 11}
    assert [(one.id, one.kind, [told.event_id for told in one.told]) for one in ledger.notices] == [
        (1, "began", [1, 2, 3]),
        (2, "ended", [1]),
        (3, "began", [11]),
        (4, "reminder", [2, 3]),
    ]
    later = evaluated(delivered(ledger, 4, 5, 4), NOW + 120, 20, s2=5, s3=95, s4=95)
    assert [one.id for one in later.notices] == [1, 2, 3, 5, 6]


def test_a_notice_becomes_receipts_once_every_channel_is_settled() -> None:
    half = delivered(eventful(), 1, 5)
    assert len(half.notices) == 4
    whole = delivered(half, 1, 4, at=NOW + 9)
    assert [one.id for one in whole.notices] == [2, 3, 4]
    assert whole.receipts[1] == (
        Receipt(5, "began", NOW, 1, delivered=True),
        Receipt(4, "began", NOW + 9, 1, delivered=True),
    )
    assert whole.receipts.keys() == {1, 2, 3}
    assert delivery_of(whole, 1, 5) is None


def test_an_event_is_archived_when_it_ended_and_nothing_about_it_is_owed() -> None:
    ledger = eventful()
    assert archived(ledger) == ([], ledger)
    ledger = delivered(delivered(ledger, 1, 5, 4), 2, 5, 4, at=NOW + 60)
    (record,), rest = archived(ledger)
    assert (record.id, record.server_id, record.server, record.monitor_id) == (1, 1, "server-1", None)
    assert (record.began, record.ended, record.reason, record.value) == (NOW, NOW + 60, "recovered", 95.0)
    assert [(one.channel_id, one.kind) for one in record.deliveries] == [
        (5, "began"),
        (4, "began"),
        (5, "ended"),
        (4, "ended"),
    ]
    assert rest.past == ()
    assert rest.receipts.keys() == {2, 3}
    assert archived(rest) == ([], rest)


def test_records_show_open_and_ended_events_the_newest_first_with_what_is_owed() -> None:
    found = records(delivered(eventful(), 1, 5, 4))
    assert [(one.id, one.ended) for one in found] == [(11, None), (3, None), (2, None), (1, NOW + 60)]
    assert [(one.kind, one.delivered) for one in found[2].deliveries] == [
        ("began", True),
        ("began", True),
        ("reminder", False),
        ("reminder", False),
    ]


def test_nothing_is_owed_after_a_restore() -> None:
    ledger = without_owed(eventful(), "restored from a backup")
    assert ledger.notices == ()
    assert {one.error for one in ledger.receipts[1]} == {"restored from a backup"}
    assert ledger.standing == eventful().standing


def test_the_oldest_messages_are_given_up_when_too_many_events_wait() -> None:
    (notice, *_) = eventful().notices
    many = replace(notice, told=notice.told * (EVENTS_OWED // 3 + 1), deliveries={4: Delivery(NOW)})
    full = replace(eventful(), notices=(replace(many, id=1),), made=1)
    outcome_of_nothing = evaluated(Ledger(BUSY), s1=95)
    ledger = noted(full, RuleOutcome(full.standing), [outcome_of_nothing.notices[0]])
    assert [one.id for one in ledger.notices] == [2]
    assert ledger.receipts[2][0].error == "too many messages wait for their channel"


def test_a_deleted_rule_is_finished_once_it_owes_nothing() -> None:
    assert not Ledger(BUSY).finished
    assert Ledger(BUSY, deleted=True).finished
    assert not replace(eventful(), deleted=True).finished
