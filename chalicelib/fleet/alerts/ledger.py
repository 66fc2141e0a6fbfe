"""Ledgers: a rule with everything that is remembered about it, stored as one item.

Its open events, its recently ended events and its unsent messages are replaced together, on the condition that nobody
else has replaced them since they were read. So an event and the messages about it exist together or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.fleet.alerts.evaluation import Ended, Event, Reason, RuleOutcome, Standing
from chalicelib.fleet.alerts.notices import Delivery, Kind, Notice, abandoned
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.limits import EVENT_DELIVERIES, EVENTS_OWED


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of one message about an event. at: time of the last attempt, Unix seconds, 0 if there was none."""

    channel_id: int
    kind: Kind
    at: int
    tries: int
    delivered: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event that ended. ended: Unix seconds."""

    subject: int
    event: Event
    ended: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Ledger:
    """mark: identifies the stored version and differs after each change; "" for a ledger that is not stored yet.

    standing: what the rule's evaluation remembers. notices: messages that are not settled yet. made: how many notices
    there have ever been. past: events that ended and are not in the archive yet. receipts: of settled messages, by
    event ID. deleted: whether people deleted the rule; its unsent messages are still sent.
    """

    rule: Rule
    mark: str = ""
    standing: Standing = field(default_factory=Standing)
    notices: tuple[Notice, ...] = ()
    made: int = 0
    past: tuple[PastEvent, ...] = ()
    receipts: Mapping[int, tuple[Receipt, ...]] = field(default_factory=dict)
    deleted: bool = False

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do for a deleted rule."""
        return self.deleted and not (self.standing.open or self.notices or self.past)


Ledgers = Mapping[int, Ledger]
"""Every ledger by its rule's id, ascending; those of deleted rules, too."""


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event as it is shown. ended: None while it is open. value: of the rule's first condition.

    server_id, server, monitor_id, monitor: None and "" where the event is about none.
    """

    id: int
    rule_id: int
    rule: str
    server_id: int | None
    server: str
    monitor_id: int | None
    monitor: str
    began: int
    value: float
    ended: int | None = None
    reason: Reason | None = None
    deliveries: tuple[Receipt, ...] = ()


def numbered(outcome: RuleOutcome, first: int) -> RuleOutcome:
    """The outcome with IDs for its new events, counted from `first`."""
    ids = {subject: first + place for place, subject in enumerate(outcome.began)}
    began = {subject: replace(event, id=ids[subject]) for subject, event in outcome.began.items()}
    standing = replace(outcome.standing, open={**outcome.standing.open, **began})
    return replace(outcome, began=began, standing=standing)


def noted(ledger: Ledger, outcome: RuleOutcome, owed: Sequence[Notice]) -> Ledger:
    """The ledger after an evaluation, with the notices about it. The new events must have their IDs."""
    added = [replace(notice, id=id_) for id_, notice in enumerate(owed, ledger.made + 1)]
    new = replace(
        ledger,
        standing=outcome.standing,
        notices=tuple(_bounded([*ledger.notices, *added])),
        made=ledger.made + len(added),
        past=(*ledger.past, *_past(outcome.ended)),
    )
    return _settled(new)


def _past(ended: Mapping[int, Ended]) -> Iterable[PastEvent]:
    return (PastEvent(subject, end.event, end.at, end.reason) for subject, end in sorted(ended.items()))


def _bounded(notices: Sequence[Notice]) -> Iterable[Notice]:
    """The notices. If they are about more than EVENTS_OWED events, the oldest are given up."""
    left = EVENTS_OWED
    kept = []
    for notice in reversed(notices):
        left -= len(notice.told)
        kept.append(notice if left >= 0 else _given_up(notice, "too many messages wait for their channel"))
    return reversed(kept)


def _given_up(notice: Notice, error: str) -> Notice:
    deliveries = {id_: one if one.settled else abandoned(one, error) for id_, one in notice.deliveries.items()}
    return replace(notice, deliveries=deliveries)


def without_owed(ledger: Ledger, error: str) -> Ledger:
    """The ledger with all its unsent messages given up. error: why."""
    return _settled(replace(ledger, notices=tuple(_given_up(notice, error) for notice in ledger.notices)))


def delivery_of(ledger: Ledger, notice_id: int, channel_id: int) -> Delivery | None:
    """The state of one delivery, None once the notice is settled."""
    found = next((notice for notice in ledger.notices if notice.id == notice_id), None)
    return found.deliveries.get(channel_id) if found else None


def with_delivery(ledger: Ledger, notice_id: int, channel_id: int, delivery: Delivery) -> Ledger:
    """The ledger with the new state of one delivery."""
    notices = tuple(
        replace(notice, deliveries={**notice.deliveries, channel_id: delivery}) if notice.id == notice_id else notice
        for notice in ledger.notices
    )
    return _settled(replace(ledger, notices=notices))


def _settled(ledger: Ledger) -> Ledger:
    """Turns settled notices into receipts of their events."""
    settled = [notice for notice in ledger.notices if notice.settled]
    if not settled:
        return ledger
    kept = {event.id for event in ledger.standing.open.values()} | {one.event.id for one in ledger.past}
    receipts = dict(ledger.receipts)
    for notice in settled:
        new = _receipts(notice)
        for told in notice.told:
            if told.event_id in kept:
                receipts[told.event_id] = (*receipts.get(told.event_id, ()), *new)[-EVENT_DELIVERIES:]
    notices = tuple(notice for notice in ledger.notices if not notice.settled)
    return replace(ledger, notices=notices, receipts=receipts)


def _receipts(notice: Notice) -> tuple[Receipt, ...]:
    return tuple(
        Receipt(channel, notice.kind, one.at, one.tries, one.delivered, one.error)
        for channel, one in notice.deliveries.items()
    )


def archived(ledger: Ledger) -> tuple[list[EventRecord], Ledger]:
    """The records of ended events without unsent messages, and the ledger without them."""
    owed = {told.event_id for notice in ledger.notices for told in notice.told}
    over = {one.event.id for one in ledger.past} - owed
    if not over:
        return [], ledger
    found = [record for record in records(ledger) if record.id in over]
    past = tuple(one for one in ledger.past if one.event.id not in over)
    receipts = {id_: of for id_, of in ledger.receipts.items() if id_ not in over}
    return found, replace(ledger, past=past, receipts=receipts)


def records(ledger: Ledger) -> list[EventRecord]:
    """The events of a ledger, newest first."""
    deliveries: dict[int, tuple[Receipt, ...]] = dict(ledger.receipts)
    for notice in ledger.notices:
        new = _receipts(notice)
        for told in notice.told:
            deliveries[told.event_id] = (*deliveries.get(told.event_id, ()), *new)
    found = [_record(ledger.rule, subject, event) for subject, event in ledger.standing.open.items()]
    found += [
        replace(_record(ledger.rule, one.subject, one.event), ended=one.ended, reason=one.reason)
        for one in ledger.past
    ]  # fmt: skip
    found = [replace(record, deliveries=deliveries.get(record.id, ())) for record in found]
    return sorted(found, key=lambda record: -record.id)


def _record(rule: Rule, subject: int, event: Event) -> EventRecord:
    of_monitors = event.of_monitors
    return EventRecord(
        id=event.id,
        rule_id=rule.id,
        rule=rule.name,
        server_id=None if of_monitors else subject,
        server="" if of_monitors else event.name,
        monitor_id=subject if of_monitors else event.monitor_id or None,
        monitor=event.name if of_monitors else event.monitor,
        began=event.began,
        value=event.values[0],
    )
