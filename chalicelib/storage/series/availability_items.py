"""Availability: an item for each UTC day, with the minutes of all servers and all monitors.

    u    the minute up to which the day was watched or rolled up, since 1970
    v    columns of the servers
    m    the same columns of the monitors
    c    a checksum of the monitors

The columns are the fields of DayCount, as distances that are nearly the same for all servers: an item with a thousand
of them takes some hundred bytes. A server or monitor may be counted beyond `u`: it reported while the watch was
running, or the rollup counted what the watch has not seen.
"""

from collections.abc import Mapping
from functools import cache
from zlib import crc32

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from chalicelib.fleet.availability import MINUTE, MINUTES_A_DAY, Day, DayCount, Shares, share
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.items import Item, binary, number
from chalicelib.storage.series import kinds
from chalicelib.storage.series.fleet_items import between, key_of, packed, unpacked
from chalicelib.storage.series.items import SeriesItem

KEPT_DAYS = 31

_COLUMNS = 4
_MOST = 65_535


def read(database: Database, days: range, *, consistent: bool = False) -> dict[int, Day]:
    """Those of these days that are stored, by days since 1970."""
    items = between(database, kinds.AVAILABILITY + days[0], kinds.AVAILABILITY + days[-1], consistent=consistent)
    return {place - kinds.AVAILABILITY: day_in(item) for place, item in items.items()}


def shares(database: Database, days: range) -> dict[int, Shares]:
    """The days of `read` as they are shown. A month of a thousand servers takes no 30,000 DayCounts this way."""
    items = between(database, kinds.AVAILABILITY + days[0], kinds.AVAILABILITY + days[-1])
    return {place - kinds.AVAILABILITY: Shares(_shares(item, "v"), _shares(item, "m")) for place, item in items.items()}


def write(database: Database, day: int, new: Day, old: Day | None) -> bool:
    """Replaces `old`, None for a day that is not stored yet. Returns False, and stores nothing, unless `old` is what is
    stored."""
    unchanged: Condition = SeriesItem.place.does_not_exist()
    if old is not None:
        # The watch counts servers and the rollup counts monitors, at any time: neither may undo what the other wrote.
        unchanged = (Path("u") == number(old.until)) & (Path("c") == number(_checksum(old.monitors)))
    try:
        database.put(SeriesItem, item_of(day, new), unchanged)
    except ConditionFailed:
        return False
    return True


def item_of(day: int, new: Day) -> Item:
    start = day * MINUTES_A_DAY
    return {
        **key_of(kinds.AVAILABILITY + day),
        "u": number(new.until),
        "v": {"B": _packed(new.servers, start)},
        "m": {"B": _packed(new.monitors, start)},
        "c": number(_checksum(new.monitors)),
        "ttl": number((start + (1 + KEPT_DAYS) * MINUTES_A_DAY) * MINUTE),
    }


def day_in(item: Item) -> Day:
    """The day of an item as it is in DynamoDB's answers."""
    start = (int(item["p"]["N"]) - kinds.AVAILABILITY) * MINUTES_A_DAY
    until = int(item["u"]["N"])
    return Day(until, _counted(binary(item["v"]), start), _counted(binary(item["m"]), start))


def _checksum(monitors: Mapping[int, DayCount]) -> int:
    return crc32(repr(sorted((id_, tuple(one)) for id_, one in monitors.items())).encode())


def _packed(counted: Mapping[int, DayCount], start: int) -> bytes:
    """The columns since, until, missed (minutes without data) and last, relative to the day that begins at `start`."""
    ids = sorted(counted)
    found = [counted[id_] for id_ in ids]
    columns = (
        [one.since - start for one in found],
        [start + MINUTES_A_DAY - one.until for one in found],
        [one.until - one.since - one.up for one in found],
        [min(one.until - 1 - one.last, _MOST) for one in found],
    )
    return packed(ids, columns, "H")


def _counted(content: bytes, start: int) -> dict[int, DayCount]:
    ids, columns = unpacked(content, _COLUMNS, "H")
    found = {}
    for id_, since, behind, missed, ago in zip(ids, *columns, strict=True):
        begin, end = start + since, start + MINUTES_A_DAY - behind
        found[id_] = DayCount(begin, end, end - begin - missed, end - 1 - ago)
    return found


def _shares(item: Item, name: str) -> dict[int, str]:
    ids, (since, behind, missed, _) = unpacked(binary(item[name]), _COLUMNS, "H")
    found = dict.fromkeys(ids, "1")
    for id_, before, after, without in zip(ids, since, behind, missed, strict=True):
        if without or before + after >= MINUTES_A_DAY:
            found[id_] = _text(MINUTES_A_DAY - before - after, without)
    return found


@cache
def _text(of: int, missed: int) -> str:
    value = share(of - missed, of)
    return "null" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")
