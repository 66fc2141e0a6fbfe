"""In which minutes of a day any server probed a monitor, and in which of these one reached it.

An item for each UTC day, with a bit for every minute. Bits are only ever added, so servers may come in any order, and
more than once. The watch and the rollup may add at the same time.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from chalicelib.fleet.errors import Throttled
from chalicelib.fleet.pings import MINUTE
from chalicelib.fleet.rollup import DAY
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.items import Item, binary, number
from chalicelib.storage.series import kinds
from chalicelib.storage.series.columns import deflated, inflated
from chalicelib.storage.series.fleet_items import between, key_of
from chalicelib.storage.series.items import SeriesItem

ATTEMPTS = 5

KEPT_SECONDS = 10 * DAY
"""For how long after its day an item is kept: longer than minutes are kept, and may be added."""


class Minutes(NamedTuple):
    """A bit for each minute of the day."""

    probed: int = 0
    reached: int = 0


def bits(times: Iterable[int]) -> int:
    """A bit for each of these minutes. times: starts of minutes of one day, Unix seconds."""
    found = bytearray(DAY // MINUTE // 8)
    for at in times:
        place = at % DAY // MINUTE
        found[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(found, "little")


def add(database: Database, day: int, monitors: Mapping[int, Minutes]) -> dict[int, Minutes]:
    """Adds minutes to those that are stored for a day, and returns all of them, by monitor ID. day: days since 1970."""
    place = kinds.REACHED + day
    for _ in range(ATTEMPTS):
        # A Query, as the watch's role has no GetItem for this table.
        old = between(database, place, place, consistent=True).get(place)
        known = _monitors(old) if old else {}
        found = _together(known, monitors)
        if found == known or _write(database, day, found, old):
            return found
    raise Throttled


def _together(known: Mapping[int, Minutes], monitors: Mapping[int, Minutes]) -> dict[int, Minutes]:
    found = dict(known)
    for id_, new in monitors.items():
        old = known.get(id_, Minutes())
        found[id_] = Minutes(old.probed | new.probed, old.reached | new.reached)
    return found


def _write(database: Database, day: int, monitors: Mapping[int, Minutes], old: Item | None) -> bool:
    """Replaces `old`. Returns False, and stores nothing, unless `old` is what is stored."""
    rows = ((str(id_), f"{one.probed:x}", f"{one.reached:x}") for id_, one in sorted(monitors.items()))
    expires = number((day + 1) * DAY + KEPT_SECONDS)
    item: Item = {**key_of(kinds.REACHED + day), "v": {"B": deflated(chain.from_iterable(rows))}, "ttl": expires}
    unchanged: Condition = Path("v") == {"B": binary(old["v"])} if old else SeriesItem.place.does_not_exist()
    try:
        database.put(SeriesItem, item, unchanged)
    except ConditionFailed:
        return False
    return True


def _monitors(item: Item) -> dict[int, Minutes]:
    parts = inflated(binary(item["v"]))  # as `_write` makes them
    rows = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return {int(id_): Minutes(int(probed, 16), int(reached, 16)) for id_, probed, reached in rows}
