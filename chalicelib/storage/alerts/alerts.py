"""`fleet.alerts.store.AlertStore` in DynamoDB."""

import json
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any, Literal

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from chalicelib.fleet.alerts.attention import Pulse
from chalicelib.fleet.alerts.channels import Channel, Channels, not_found
from chalicelib.fleet.alerts.ledger import EventRecord, Ledger, Ledgers
from chalicelib.fleet.alerts.open_events import OpenEvent
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.limits import CHANNELS, RULES
from chalicelib.fleet.store import Changed
from chalicelib.storage.alerts import open_events
from chalicelib.storage.alerts.items import CHANNEL, COUNTER_KEY, OPEN_EVENTS_ID, PULSE_KEY, RULE, AlertItem, key_of
from chalicelib.storage.alerts.ledgers import attributes_of, ledger_of
from chalicelib.storage.alerts.records import items_of, kind_of, record_of
from chalicelib.storage.calls import BATCH_WRITE_ITEMS, Database
from chalicelib.storage.failures import ConditionFailed, TransactionRefused
from chalicelib.storage.items import Item, delete_of, number, put_of, update_of

Counted = Literal["rule", "channel"]

_MOST = {"rule": RULES, "channel": CHANNELS}
_FULL = {"rule": "too_many_rules", "channel": "too_many_channels"}


class Alerts:
    """Thread-safe. Keeps nothing in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table(AlertItem)

    def ledgers(self, *, at_once: bool = False) -> Ledgers:
        rules = (AlertItem.kind == RULE) & (AlertItem.id > OPEN_EVENTS_ID)
        return _ledgers(self._database.query(AlertItem, rules, consistent=at_once))

    def ledgers_and_open_events(self) -> tuple[Ledgers, Sequence[OpenEvent]]:
        items = list(self._database.query(AlertItem, AlertItem.kind == RULE, consistent=False))
        is_first = bool(items) and items[0]["id"] == number(OPEN_EVENTS_ID)
        return _ledgers(items[is_first:]), open_events.open_events_of(items[0] if is_first else None)

    def open_events(self) -> Sequence[OpenEvent]:
        return open_events.read(self._database)

    def keep_open_events(self, events: Sequence[OpenEvent]) -> None:
        self._database.put(AlertItem, open_events.item_of(events))

    def ledger(self, rule_id: int) -> Ledger | None:
        item = self._database.get(AlertItem, key_of(RULE, rule_id))
        return ledger_of(item) if item else None

    def new_rule_id(self) -> int:
        return self._new_id("rule")

    def create_rule(self, ledger: Ledger) -> None:
        self._create("rule", _item(ledger, _new_mark()))

    def save(self, old: Ledger, new: Ledger) -> Ledger:
        mark = _new_mark()
        try:
            self._database.put(AlertItem, _item(new, mark), AlertItem.mark == old.mark)
        except ConditionFailed:
            self._require_mark(new.rule.id, mark)
        return replace(new, mark=mark)

    def retire(self, old: Ledger, new: Ledger) -> Ledger:
        mark = _new_mark()
        put = {"Put": put_of(self._table, _item(new, mark), AlertItem.mark == old.mark)}
        fewer = {"Update": update_of(self._table, COUNTER_KEY, [Path("rule_count").add(number(-1))])}
        try:
            self._database.transact([put, fewer])
        except TransactionRefused:
            self._require_mark(new.rule.id, mark)
        return replace(new, mark=mark)

    def _require_mark(self, rule_id: int, mark: str) -> None:
        """Raises Changed unless an earlier attempt, whose answer was lost, stored this mark."""
        stored = self.ledger(rule_id)
        if stored is None or stored.mark != mark:
            raise Changed

    def remove(self, ledger: Ledger) -> None:
        try:
            self._database.delete(AlertItem, key_of(RULE, ledger.rule.id), AlertItem.mark == ledger.mark)
        except ConditionFailed:
            return

    def pulse(self) -> Pulse | None:
        item = self._database.get(AlertItem, PULSE_KEY)
        return Pulse(**json.loads(item["definition"]["S"])) if item else None

    def write_pulse(self, pulse: Pulse) -> None:
        self._database.put(AlertItem, PULSE_KEY | {"definition": {"S": json.dumps(asdict(pulse))}})

    def new_event_ids(self, count: int) -> int:
        last = Path("last_event_id").add(number(count))
        given = self._database.update(AlertItem, COUNTER_KEY, [last], returning="UPDATED_NEW")
        return int(given["last_event_id"]["N"]) - count + 1

    def archive(self, records: Sequence[EventRecord]) -> None:
        items = [item for record in records for item in items_of(record)]
        for start in range(0, len(items), BATCH_WRITE_ITEMS):
            self._database.batch_put(AlertItem, items[start : start + BATCH_WRITE_ITEMS])

    def archived(self, limit: int, before: int | None = None, server_id: int | None = None) -> list[EventRecord]:
        wanted = AlertItem.kind == kind_of(server_id)
        if before is not None:
            wanted &= AlertItem.id < before
        return [record_of(item) for item in self._database.query_last(AlertItem, wanted, limit)]

    def channels(self) -> Channels:
        items = self._database.query(AlertItem, AlertItem.kind == CHANNEL)
        return {channel.id: channel for channel in map(_channel, items)}

    def new_channel_id(self) -> int:
        return self._new_id("channel")

    def create_channel(self, channel: Channel) -> None:
        self._create("channel", _channel_item(channel))

    def edit_channel(self, old: Channel, new: Channel) -> None:
        same = AlertItem.definition == _definition(old)
        try:
            self._database.put(AlertItem, _channel_item(new), same)
        except ConditionFailed:
            if self.channels().get(new.id) != new:  # otherwise, an earlier attempt, whose answer was lost, stored it
                raise Changed from None

    def delete_channel(self, channel_id: int) -> None:
        gone = {"Delete": delete_of(self._table, key_of(CHANNEL, channel_id), AlertItem.kind.exists())}
        fewer = {"Update": update_of(self._table, COUNTER_KEY, [Path("channel_count").add(number(-1))])}
        try:
            self._database.transact([gone, fewer])
        except TransactionRefused:
            raise not_found(channel_id) from None

    def keep_ids(self, *, rules: int, channels: int) -> None:
        """Prevents these ids, and all lower ones, from being given to new rules or channels."""
        for what, at_least in (("rule", rules), ("channel", channels)):
            last = Path(f"last_{what}_id")
            lower = last.does_not_exist() | (last < number(at_least))
            with suppress(ConditionFailed):
                self._database.update(AlertItem, COUNTER_KEY, [last.set(number(at_least))], lower)

    def _new_id(self, what: Counted) -> int:
        last = Path(f"last_{what}_id")
        try:
            given = self._database.update(
                AlertItem, COUNTER_KEY, [last.add(number(1))], _room(what), returning="UPDATED_NEW"
            )
        except ConditionFailed:
            raise _full(what) from None
        return int(given[f"last_{what}_id"]["N"])

    def _create(self, what: Counted, item: Item) -> None:
        """Stores a new item. Raises InvalidInput if there are too many by now: others may have been created since the
        ID was given out."""
        more = update_of(self._table, COUNTER_KEY, [Path(f"{what}_count").add(number(1))], _room(what))
        new: dict[str, Any] = {"Put": put_of(self._table, item, AlertItem.kind.does_not_exist())}
        try:
            self._database.transact([{"Update": more}, new])
        except TransactionRefused as refusal:
            if refusal.failed[1]:
                return  # each id is given out once, so an earlier attempt, whose answer was lost, wrote this
            raise _full(what) from None


def _ledgers(items: Iterable[Item]) -> Ledgers:
    return {ledger.rule.id: ledger for ledger in map(ledger_of, items)}


def _room(what: Counted) -> Condition:
    count = Path(f"{what}_count")
    condition: Condition = count.does_not_exist() | (count < number(_MOST[what]))
    return condition


def _full(what: Counted) -> InvalidInput:
    message = f"This dashboard has reached its limit of {_MOST[what]} {what}s; delete some first."
    return InvalidInput(message, error=_FULL[what], limit=_MOST[what])


def _new_mark() -> str:
    return uuid.uuid4().hex[:16]


def _item(ledger: Ledger, mark: str) -> Item:
    return key_of(RULE, ledger.rule.id) | attributes_of(ledger) | {"mark": {"S": mark}}


def _channel_item(channel: Channel) -> Item:
    return key_of(CHANNEL, channel.id) | {"definition": {"S": _definition(channel)}}


def _definition(channel: Channel) -> str:
    given = asdict(channel)
    del given["id"]
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"))


def _channel(item: Item) -> Channel:
    given = json.loads(item["definition"]["S"])
    given["headers"] = tuple((name, value) for name, value in given["headers"])
    return Channel(id=int(item["id"]["N"]), **given)
