"""Rules, channels and events as they are kept."""

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import limits
from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.alerts.evaluation import Event, Standing
from chalicelib.fleet.alerts.ledger import EventRecord, Ledger, Receipt, archived
from chalicelib.fleet.alerts.notices import arrived
from chalicelib.fleet.alerts.open_events import OpenEvent
from chalicelib.fleet.errors import InvalidInput, NotFound
from chalicelib.fleet.limits import EVENTS_KEPT_SECONDS, EVENTS_OPEN
from chalicelib.fleet.store import Changed
from chalicelib.storage.alerts.items import COUNTER_KEY, AlertItem, key_of
from chalicelib.storage.alerts.ledgers import STATE_BYTES, attributes_of
from chalicelib.storage.failures import NoAnswer
from tests.fleet.alerts.fleets import NOW
from tests.fleet.alerts.ledgers import BUSY, DETAILED, eventful
from tests.fleet.alerts.test_ledger import delivered
from tests.storage.samples import together

HOOK = Channel(
    2,
    "Hook",
    "webhook",
    "https://hook.example/?q=#NEZHA#",
    headers=(("X-Key", "s3cret"), ("A", "é")),
    body='{"text": "#NEZHA#"}',
    verify=False,
)
MAIL = Channel(1, "Post", "apprise", "mailtos://user:pass@example.com")


def record(id_: int, server_id: int | None = 1) -> EventRecord:
    receipts = (Receipt(5, "began", NOW, 2, delivered=False, error="no answer in time"),)
    name = "server-1" if server_id else ""
    return EventRecord(id_, 3, "Busy", server_id, name, None, "", NOW, 95.5, NOW + 60, "recovered", receipts)


@pytest.mark.parametrize(
    "ledger",
    [Ledger(BUSY), Ledger(DETAILED), eventful(), replace(eventful(), deleted=True), delivered(eventful(), 1, 5, 4)],
)
def test_a_ledger_is_read_as_it_was_stored(store: WatchedStore, reader: WatchedStore, ledger: Ledger) -> None:
    store.alerts.create_rule(ledger)
    found = reader.alerts.ledger(ledger.rule.id)
    assert found
    assert replace(found, mark="") == ledger
    assert reader.alerts.ledgers() == reader.alerts.ledgers(at_once=True) == {ledger.rule.id: found}


def test_ledgers_are_ordered_by_id(store: WatchedStore) -> None:
    for id_ in (10, 9, 200, 1):
        store.alerts.create_rule(Ledger(replace(BUSY, id=id_)))
    assert list(store.alerts.ledgers()) == [1, 9, 10, 200]


def test_only_one_of_two_changes_of_a_ledger_is_kept(store: WatchedStore, reader: WatchedStore) -> None:
    store.alerts.create_rule(Ledger(BUSY))
    old = store.alerts.ledger(3)
    assert old
    first = store.alerts.save(old, replace(old, rule=replace(BUSY, name="first")))
    for refused in (reader.alerts.save, reader.alerts.retire):
        with pytest.raises(Changed):
            refused(old, replace(old, rule=replace(BUSY, name="second")))
    reader.alerts.remove(old)
    assert reader.alerts.ledger(3) == first
    store.alerts.remove(first)
    assert reader.alerts.ledger(3) is None
    with pytest.raises(Changed):
        store.alerts.save(first, first)


def test_of_eight_changes_at_once_one_is_kept(store: WatchedStore) -> None:
    store.alerts.create_rule(Ledger(BUSY))
    old = store.alerts.ledger(3)
    assert old
    saved: list[Ledger] = []

    def save(name: str) -> None:
        try:
            saved.append(store.another().alerts.save(old, replace(old, rule=replace(BUSY, name=name))))
        except Changed:
            return

    together(save, "abcdefgh")
    assert len(saved) == 1
    assert store.alerts.ledger(3) == saved[0]


@pytest.mark.parametrize("change", ["save", "retire"])
def test_a_change_whose_answer_was_lost_is_made_once(store: WatchedStore, change: str) -> None:
    store.alerts.create_rule(Ledger(BUSY))
    old = store.alerts.ledger(3)
    assert old
    lost: list[str] = []

    def handle(send: Any, operation: str, parameters: Any) -> Any:
        answer = send(operation, parameters)
        if operation in ("PutItem", "TransactWriteItems") and not lost:
            lost.append(operation)
            raise NoAnswer(ConnectionError("lost"))
        return answer

    with store.calls.around(handle):
        saved = getattr(store.alerts, change)(old, replace(old, made=5))
    assert lost
    assert store.alerts.ledger(3) == saved
    assert saved.made == 5


def test_rules_and_channels_have_limits(store: WatchedStore) -> None:
    counts = {"rule_count": {"N": str(limits.RULES - 1)}, "channel_count": {"N": str(limits.CHANNELS - 1)}}
    store.database.put(AlertItem, COUNTER_KEY | counts)
    ids = [store.alerts.new_rule_id(), store.alerts.new_rule_id()]
    assert ids == [1, 2]
    store.alerts.create_rule(Ledger(replace(BUSY, id=1)))
    store.alerts.create_channel(MAIL)
    for refused in (
        lambda: store.alerts.create_rule(Ledger(replace(BUSY, id=2))),
        store.alerts.new_rule_id,
        lambda: store.alerts.create_channel(HOOK),
        store.alerts.new_channel_id,
    ):
        with pytest.raises(InvalidInput) as caught:
            refused()
        assert caught.value.error in ("too_many_rules", "too_many_channels")
    ledger = store.alerts.ledger(1)
    assert ledger
    store.alerts.retire(ledger, replace(ledger, deleted=True))
    store.alerts.delete_channel(1)
    assert (store.alerts.new_rule_id(), store.alerts.new_channel_id()) == (3, 1)


def test_event_ids_follow_each_other_and_are_never_given_twice(store: WatchedStore, reader: WatchedStore) -> None:
    assert [store.alerts.new_event_ids(3), reader.alerts.new_event_ids(1), store.alerts.new_event_ids(2)] == [1, 4, 5]


def test_archived_events_are_read_from_the_newest_on(store: WatchedStore) -> None:
    everything = [record(1), record(2, None), record(3, 12), record(4)]
    store.alerts.archive(everything[:3])
    store.alerts.archive(everything)
    assert store.alerts.archived(10) == everything[::-1]
    assert store.alerts.archived(2) == [everything[3], everything[2]]
    assert store.alerts.archived(10, before=3) == [everything[1], everything[0]]
    assert store.alerts.archived(10, server_id=1) == [everything[3], everything[0]]
    assert store.alerts.archived(10, before=4, server_id=1) == [everything[0]]
    item = store.database.get(AlertItem, key_of("event", 1))
    assert item
    assert item["ttl"] == {"N": str(NOW + 60 + EVENTS_KEPT_SECONDS)}


def test_channels_are_changed_only_as_they_were_read(store: WatchedStore, reader: WatchedStore) -> None:
    store.alerts.create_channel(HOOK)
    store.alerts.create_channel(MAIL)
    assert list(reader.alerts.channels().items()) == [(1, MAIL), (2, HOOK)]
    new = replace(HOOK, name="New", headers=())
    reader.alerts.edit_channel(HOOK, new)
    with pytest.raises(Changed):
        store.alerts.edit_channel(HOOK, replace(HOOK, name="Other"))
    store.alerts.edit_channel(MAIL, replace(MAIL, name="Other"))
    store.alerts.delete_channel(1)
    with pytest.raises(NotFound):
        store.alerts.delete_channel(1)
    assert store.alerts.channels() == {2: new}


def test_a_ledger_with_every_event_open_under_hostile_names_still_fits() -> None:
    open_ = {
        id_: Event(
            id_, NOW, NOW, (95.0,), "".join(chr(0x4E00 + (id_ * 7919 + place * 104729) % 20000) for place in range(128))
        )
        for id_ in range(1, EVENTS_OPEN + 1)
    }
    item = attributes_of(Ledger(BUSY, standing=Standing(open=open_)))
    assert len(item["state"]["B"]) <= STATE_BYTES


def test_a_rule_that_is_over_in_every_way_leaves_nothing(store: WatchedStore) -> None:
    ledger = eventful()
    for notice in ledger.notices:
        for channel, delivery in notice.deliveries.items():
            assert not delivery.settled
            assert arrived(delivery, NOW).settled
            ledger = delivered(ledger, notice.id, channel)
    found, rest = archived(ledger)
    store.alerts.archive(found)
    assert [one.id for one in store.alerts.archived(9)] == [1]
    assert rest.past == ()


def test_open_events_are_kept_beside_the_rules_and_are_none(store: Any) -> None:
    store.alerts.create_rule(Ledger(replace(BUSY, id=1)))
    assert store.alerts.ledgers_and_open_events() == (store.alerts.ledgers(), [])
    assert store.alerts.open_events() == []
    kept = [OpenEvent(7, "Détails \ud800", 1, "东京", None, "", NOW), OpenEvent(5, "Down", None, "", 3, "DNS", NOW)]
    store.alerts.keep_open_events(kept)
    assert store.another().alerts.open_events() == kept
    assert store.alerts.ledgers_and_open_events() == (store.alerts.ledgers(), kept)
    assert list(store.alerts.ledgers(at_once=True)) == [1]
    assert store.alerts.ledger(1)
