"""Items about the whole fleet: columns of small numbers, one number for each ID, deflated."""

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise

from chalicelib.storage.calls import Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.items import Item, number
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.series.kinds import FLEET

_COUNT = struct.Struct("<I")


def packed(ids: Sequence[int], columns: Iterable[Sequence[int]], kind: str) -> bytes:
    """The columns, deflated. ids: ascending. kind: of all columns, "B" for numbers below 256, "H" for numbers below
    65,536, "Q" for numbers below 2^64."""
    distances = [id_ - before for before, id_ in pairwise([0, *ids])]  # mostly 1, which deflates to nearly nothing
    rows = [struct.pack(f"<{len(ids)}{kind}", *column) for column in columns]
    return zlib.compress(b"".join([_COUNT.pack(len(ids)), struct.pack(f"<{len(ids)}I", *distances), *rows]))


def unpacked(content: bytes, columns: int, kind: str) -> tuple[list[int], list[tuple[int, ...]]]:
    """The IDs and the columns that `packed` was given."""
    raw = zlib.decompress(content)
    (count,) = _COUNT.unpack_from(raw)
    distances = struct.unpack_from(f"<{count}I", raw, _COUNT.size)
    first, size = _COUNT.size + 4 * count, struct.calcsize(f"<{count}{kind}")
    rows = [struct.unpack_from(f"<{count}{kind}", raw, first + place * size) for place in range(columns)]
    return list(accumulate(distances)), rows


def key_of(place: int) -> Item:
    return {"s": number(FLEET), "p": number(place)}


NOTHING: Item = {}


def put_once(database: Database, place: int, content: bytes, expires: int, beside: Item = NOTHING) -> None:
    """Stores an item with `content` as `v`, unless one with this sort key is already stored. expires: Unix seconds.
    beside: further attributes."""
    item: Item = {**beside, **key_of(place), "v": {"B": content}, "ttl": number(expires)}
    try:
        database.put(SeriesItem, item, SeriesItem.place.does_not_exist())
    except ConditionFailed:
        return


def between(database: Database, first: int, last: int, *, consistent: bool = False) -> Mapping[int, Item]:
    """The items whose sort keys are `first` to `last`, by sort key."""
    condition = (SeriesItem.series == FLEET) & SeriesItem.place.between(first, last)
    return {int(item["p"]["N"]): item for item in database.query(SeriesItem, condition, consistent=consistent)}
