"""The item of a rule: its definition as JSON, and what is remembered about it as deflated JSON.

DynamoDB accepts items of up to 400 KB. A thousand open events take about 20 KB. If names are so long that a ledger
would not fit, they are shortened. Absent keys have their defaults, so older records stay readable.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.evaluation import Event, Standing
from chalicelib.fleet.alerts.ledger import Ledger, PastEvent, Receipt
from chalicelib.fleet.alerts.notices import Delivery, Notice, told_of
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.cycles import Cycle
from chalicelib.storage.items import Item, binary

STATE_BYTES = 350_000
NAME_LENGTHS = (128, 32, 8, 0)
"""To how many characters names in events are cut until the state is smaller than STATE_BYTES."""

_EVENT_FIELDS = tuple(field.name for field in fields(Event))
_DELIVERY_FIELDS = tuple(field.name for field in fields(Delivery))


def attributes_of(ledger: Ledger) -> Item:
    """The attributes of a ledger's item, without its mark."""
    return {"definition": {"S": _text(rule_json(ledger.rule))}, "state": {"B": _packed(ledger)}}


def ledger_of(item: Item) -> Ledger:
    rule = rule_of(int(item["id"]["N"]), json.loads(item["definition"]["S"]))
    state = json.loads(zlib.decompress(binary(item["state"])))
    return replace(_ledger(rule, state), mark=item["mark"]["S"])


def rule_json(rule: Rule) -> dict[str, Any]:
    given = asdict(rule) | {"conditions": [condition_json(one) for one in rule.conditions]}
    del given["id"]
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in given.items()}


def rule_of(id_: int, stored: Mapping[str, Any]) -> Rule:
    given = dict(stored)
    given["conditions"] = tuple(condition_of(one) for one in stored["conditions"])
    given["servers"], given["tags"] = frozenset(stored["servers"]), frozenset(stored["tags"])
    given["channels"] = tuple(stored["channels"])
    return Rule(id=id_, **given)


def condition_json(condition: Condition) -> dict[str, Any]:
    """A condition's fields that differ from their defaults, and its type."""
    given = asdict(condition)
    default = asdict(Condition(condition.type))
    kept = {name: value for name, value in given.items() if name == "type" or value != default[name]}
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in kept.items()}


def condition_of(stored: Mapping[str, Any]) -> Condition:
    given = dict(stored)
    for name in ("servers", "monitors"):
        if name in given:
            given[name] = frozenset(given[name])
    if given.get("cycle"):
        given["cycle"] = Cycle(**given["cycle"])
    return Condition(**given)


def _packed(ledger: Ledger) -> bytes:
    packed = b""
    for length in NAME_LENGTHS:
        packed = zlib.compress(_text(_state(ledger, length)).encode("utf-8", "surrogatepass"), 6)
        if len(packed) <= STATE_BYTES:
            break
    return packed


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _state(ledger: Ledger, name_length: int) -> dict[str, Any]:
    """What is remembered, as JSON. Each event is stored once, and everything else refers to it by its ID."""
    standing = ledger.standing
    events = {event.id: (subject, event) for subject, event in _told(ledger.notices)}
    events |= {one.event.id: (one.subject, one.event) for one in ledger.past}
    events |= {event.id: (subject, event) for subject, event in standing.open.items()}
    state = {
        "pending": [[id_, *since] for id_, since in standing.pending.items()],
        "held_off": [[id_, until] for id_, until in standing.held_off.items()],
        "events": [[subject, *_event_row(event, name_length)] for subject, event in events.values()],
        "open": [event.id for event in standing.open.values()],
        "past": [[one.event.id, one.ended, one.reason] for one in ledger.past],
        "notices": [_notice_json(notice) for notice in ledger.notices],
        "receipts": {id_: [list(asdict(one).values()) for one in of] for id_, of in ledger.receipts.items()},
        "made": ledger.made,
        "deleted": ledger.deleted,
    }
    return {name: value for name, value in state.items() if value}


def _told(notices: Iterable[Notice]) -> Iterable[tuple[int, Event]]:
    return ((told.subject, told.event) for notice in notices for told in notice.told)


def _event_row(event: Event, name_length: int) -> list[Any]:
    cut = replace(event, name=event.name[:name_length], monitor=event.monitor[:name_length])
    return [getattr(cut, name) for name in _EVENT_FIELDS]


def _notice_json(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "kind": notice.kind,
        "rule": notice.rule,
        "conditions": [condition_json(one) for one in notice.conditions],
        "of_monitors": notice.of_monitors,
        "at": notice.at,
        "held": notice.held,
        "told": [[one.event_id, one.ended, one.reason] for one in notice.told],
        "deliveries": [[id_, *_row(one, _DELIVERY_FIELDS)] for id_, one in notice.deliveries.items()],
    }


def _row(record: object, names: Sequence[str]) -> list[Any]:
    return [getattr(record, name) for name in names]


def _ledger(rule: Rule, state: Mapping[str, Any]) -> Ledger:
    events = {row[1]: (row[0], _event(row[1:])) for row in state.get("events", ())}
    open_ = {events[id_][0]: events[id_][1] for id_ in state.get("open", ())}
    pending = {row[0]: tuple(row[1:]) for row in state.get("pending", ())}
    return Ledger(
        rule,
        standing=Standing(pending, open_, dict(state.get("held_off", ()))),
        notices=tuple(_notice(rule, one, events) for one in state.get("notices", ())),
        made=state.get("made", 0),
        past=tuple(PastEvent(*events[id_], ended, reason) for id_, ended, reason in state.get("past", ())),
        receipts={int(id_): tuple(Receipt(*row) for row in rows) for id_, rows in state.get("receipts", {}).items()},
        deleted=state.get("deleted", False),
    )


def _event(row: Sequence[Any]) -> Event:
    given = dict(zip(_EVENT_FIELDS, row, strict=False))
    return Event(**{**given, "values": tuple(given["values"])})


def _notice(rule: Rule, stored: Mapping[str, Any], events: Mapping[int, tuple[int, Event]]) -> Notice:
    return Notice(
        id=stored["id"],
        kind=stored["kind"],
        rule_id=rule.id,
        rule=stored["rule"],
        conditions=tuple(condition_of(one) for one in stored["conditions"]),
        of_monitors=stored["of_monitors"],
        at=stored["at"],
        told=tuple(told_of(*events[id_], ended, reason) for id_, ended, reason in stored["told"]),
        held=stored["held"],
        deliveries={row[0]: Delivery(*row[1:]) for row in stored["deliveries"]},
    )
