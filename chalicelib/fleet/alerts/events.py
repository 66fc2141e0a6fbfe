"""Events as people request them: those in the ledgers, and those in the archive."""

from collections.abc import Callable, Iterator
from itertools import islice

from chalicelib.fleet.alerts.ledger import EventRecord, Ledgers, records
from chalicelib.fleet.alerts.open_events import OpenEvent
from chalicelib.fleet.limits import EVENTS_AN_ANSWER, EVENTS_BESIDE_SERVERS, EVENTS_LOOKED_THROUGH
from chalicelib.fleet.store import Store


def open_in(ledgers: Ledgers) -> list[OpenEvent]:
    """The newest open events, at most EVENTS_BESIDE_SERVERS, by ID from the highest."""
    found = [record for ledger in ledgers.values() for record in records(ledger) if record.ended is None]
    found = sorted(found, key=lambda record: -record.id)[:EVENTS_BESIDE_SERVERS]
    return [OpenEvent(*(getattr(record, name) for name in OpenEvent._fields)) for record in found]


def newest(
    store: Store,
    *,
    limit: int,
    before: int | None = None,
    server_id: int | None = None,
    only_open: bool = False,
    visible: Callable[[EventRecord], bool] = lambda _: True,
) -> list[EventRecord]:
    """The newest events, at most `limit`, by ID from the highest.

    before: only events with lower IDs. server_id: only events of this server.
    """
    ledgers = store.alerts.ledgers(at_once=True).values()
    known = {record.id: record for ledger in ledgers for record in records(ledger)}
    if only_open:
        known = {id_: record for id_, record in known.items() if record.ended is None}
    else:
        # An event that was archived and not yet removed from its ledger is in both.
        known = {record.id: record for record in _archived(store, limit, before, server_id, visible)} | known
    wanted = (
        record
        for record in sorted(known.values(), key=lambda record: -record.id)
        if (before is None or record.id < before)
        and (server_id is None or record.server_id == server_id)
        and visible(record)
    )
    return list(islice(wanted, limit))


def _archived(
    store: Store, limit: int, before: int | None, server_id: int | None, visible: Callable[[EventRecord], bool]
) -> Iterator[EventRecord]:
    """At most `limit` visible archived events, from the newest EVENTS_LOOKED_THROUGH."""
    left, unread, most = limit, EVENTS_LOOKED_THROUGH, limit
    while left > 0 and unread > 0:
        page = store.alerts.archived(most, before, server_id)
        for record in page:
            if visible(record):
                left -= 1
                yield record
        if len(page) < most:
            return
        before = page[-1].id
        unread -= len(page)
        most = min(EVENTS_AN_ANSWER, unread)
