"""How far the rollup has come: one item, which is also its lock, and lists the deleted servers that have history left.

d    the newest period that is rolled up for all servers
w    the period that was worked on last
c    in that period, all slices below this one are done
t    the newest period for which an import carried traffic over
u    until when other runs are locked out, Unix seconds
g…   a deleted server, by its ID
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from chalicelib.fleet.rollup import Busy
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.items import Item, number, update_of
from chalicelib.storage.series import kinds
from chalicelib.storage.series.items import SeriesItem

LEASE_SECONDS = 180
"""A run that has made no progress for this long counts as dead. Runs store their progress after each slice."""

_KEY: Item = {"s": number(kinds.FLEET), "p": number(kinds.CURSOR)}
_done, _period, _next, _until = Path("d"), Path("w"), Path("c"), Path("u")


class RollupProgress(NamedTuple):
    """done: None if no period was ever rolled up. next_slice: in `period`. deleted: servers' IDs. carried: None if no
    import carried traffic over."""

    done: int | None
    period: int | None
    next_slice: int
    deleted: Collection[int]
    carried: int | None = None


def read(database: Database) -> RollupProgress:
    return of_item(database.get(SeriesItem, _KEY) or {})


def begin(database: Database, now: int) -> RollupProgress:
    """Locks other runs out for LEASE_SECONDS. Raises Busy if another run has the lock."""
    free: Condition = _until.does_not_exist() | (_until <= now)
    try:
        return of_item(database.update(SeriesItem, _KEY, [_until.set(now + LEASE_SECONDS)], free, returning="ALL_NEW"))
    except ConditionFailed:
        raise Busy from None


def move(database: Database, before: int, now: int, changes: Sequence[Action]) -> None:
    """Stores progress, and locks other runs out for another LEASE_SECONDS. before: when this run last did that.

    Raises Busy if this run has taken too long, and another one has the lock.
    """
    try:
        database.update(SeriesItem, _KEY, [*changes, _until.set(now + LEASE_SECONDS)], _held(before))
    except ConditionFailed:
        raise Busy from None


def to_slice(period: int, next_slice: int) -> Sequence[Action]:
    """The change for `move` that records that all slices below this one are done."""
    return (_period.set(period), _next.set(next_slice))


def to_period(period: int) -> Sequence[Action]:
    """The change for `move` that records that this period is done."""
    return (_done.set(period),)


def without(server_id: int) -> Sequence[Action]:
    """The change for `move` that records that nothing is left of this deleted server."""
    return (_deleted(server_id).remove(),)


def carry(database: Database, period: int) -> None:
    """Stores that an import has carried traffic over up to this period."""
    database.update(SeriesItem, _KEY, [Path("t").set(period)])


def end(database: Database, before: int) -> None:
    """Unlocks. before: as for `move`."""
    try:
        database.update(SeriesItem, _KEY, [_until.set(0)], _held(before))
    except ConditionFailed:
        return


def deletion(database: Database, server_id: int) -> dict[str, Any]:
    """A write for a transaction, after which the rollup removes the server's history."""
    return {"Update": update_of(database.table(SeriesItem), _KEY, [_deleted(server_id).set(1)])}


def _held(since: int) -> Condition:
    condition: Condition = _until == since + LEASE_SECONDS
    return condition


def _deleted(server_id: int) -> Path:
    return Path(f"g{server_id}")


def of_item(item: Item) -> RollupProgress:
    """The progress in the stored item; {} for none."""
    done, period, next_slice, carried = (int(item[name]["N"]) if name in item else None for name in "dwct")
    deleted = sorted(int(name[1:]) for name in item if name[0] == "g")
    return RollupProgress(done, period, next_slice or 0, deleted, carried)
