"""The `monitors` table: one item for each monitor. All are kept in memory, under one version of the head."""

from functools import reduce
from typing import Any, cast

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from chalicelib.fleet.monitors import Cover, Monitor, Monitors, Type
from chalicelib.storage.calls import Database
from chalicelib.storage.head import Head
from chalicelib.storage.items import Item, delete_of, put_of


class MonitorItem(Model):
    """`servers`: IDs, separated by spaces."""

    class Meta:
        table_name = "monitors"

    id = NumberAttribute(hash_key=True)
    name = UnicodeAttribute()
    type = UnicodeAttribute()
    target = UnicodeAttribute()
    interval = NumberAttribute()
    cover = UnicodeAttribute()
    servers = UnicodeAttribute()


class MonitorTable:
    """Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table(MonitorItem)
        self._known: tuple[int, Monitors] = (0, {})

    def monitors(self, head: Head) -> Monitors:
        """All monitors, at least as new as `head`."""
        version, known = self._known
        if version >= head.monitors:
            return known
        found = sorted(map(_monitor, self._database.scan(MonitorItem)), key=lambda monitor: monitor.id)
        read = {monitor.id: monitor for monitor in found}
        # If another thread has read something newer meanwhile, the next view sees a newer version and reads again.
        self._known = (head.monitors, read)
        return read

    def put_new(self, monitor: Monitor) -> dict[str, Any]:
        """The write that adds a monitor, for a transaction; refused if the ID is taken."""
        return {"Put": put_of(self._table, _item(monitor), MonitorItem.id.does_not_exist())}

    def replacement(self, old: Monitor, new: Monitor) -> dict[str, Any]:
        """The write of a changed monitor, for a transaction; refused unless `old` is what is stored."""
        stored = _item(old)
        fields = (field for field in MonitorItem.get_attributes().values() if not field.is_hash_key)
        same = reduce(Condition.__and__, (field == stored[field.attr_name] for field in fields))
        return {"Put": put_of(self._table, _item(new), same)}

    def deletion(self, monitor_id: int) -> dict[str, Any]:
        """The write that deletes a monitor, for a transaction; refused if it does not exist."""
        return {"Delete": delete_of(self._table, {"id": {"N": str(monitor_id)}}, MonitorItem.id.exists())}


def _monitor(item: Item) -> Monitor:
    stored = MonitorItem.from_raw_data(item)
    return Monitor(
        id=int(stored.id),
        name=stored.name,
        type=cast(Type, stored.type),
        target=stored.target,
        interval=int(stored.interval),
        cover=cast(Cover, stored.cover),
        servers=frozenset(map(int, stored.servers.split())),
    )


def _item(monitor: Monitor) -> Item:
    item: Item = MonitorItem(
        monitor.id,
        name=monitor.name,
        type=monitor.type,
        target=monitor.target,
        interval=monitor.interval,
        cover=monitor.cover,
        servers=" ".join(map(str, sorted(monitor.servers))),
    ).serialize()
    return item
