"""Prepares the alerts in a backup for use after a restore."""

from collections.abc import Collection

from chalicelib.fleet.alerts.ledger import records, without_owed
from chalicelib.storage.alerts.alerts import Alerts
from chalicelib.storage.alerts.items import COUNTER_KEY, AlertItem
from chalicelib.storage.calls import Database
from chalicelib.storage.items import Item, number


def move_on(database: Database, before: Item) -> None:
    """Drops unsent messages, and sets the counters so that no ID that is stored, or in `before`, is given out again.

    before: the item with the counters as it was before the restore.
    """
    alerts = Alerts(database)
    ledgers = alerts.ledgers(at_once=True)
    for ledger in ledgers.values():
        # Saved even without unsent messages: whoever read the ledger before the restore must not save on top of it.
        alerts.save(ledger, without_owed(ledger, "restored from a backup"))
    events = [record.id for ledger in ledgers.values() for record in records(ledger)]
    events += [record.id for record in alerts.archived(1)]
    channels = alerts.channels()
    restored = database.get(AlertItem, COUNTER_KEY) or {}

    def last(name: str, ids: Collection[int]) -> dict[str, str]:
        given = [int(item[name]["N"]) for item in (before, restored) if name in item]
        return number(max([0, *given, *ids]))

    counter = {
        "last_rule_id": last("last_rule_id", ledgers.keys()),
        "last_channel_id": last("last_channel_id", channels.keys()),
        "last_event_id": last("last_event_id", events),
        "rule_count": number(sum(not ledger.deleted for ledger in ledgers.values())),
        "channel_count": number(len(channels)),
    }
    if any(value != number(0) for value in counter.values()):
        database.put(AlertItem, COUNTER_KEY | counter)
