"""The `pings` table: 12 minutes of one server an item, an attribute a minute, all its monitors' points in it.

A minute of ten monitors takes some 65 bytes, an item some 800: a write of one minute, or of five at once, costs one
write unit. Points of one minute may come in several reports, so a minute is written only if it is still what it was
read as, and merged with what is there otherwise. See docs/decisions/0005-pings.md.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce
from itertools import groupby
from operator import itemgetter

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.fleet.errors import FleetError
from chalicelib.fleet.limits import PING_KEPT_SECONDS
from chalicelib.fleet.pings import MINUTE, CountedSeries, Minute, Point, Series, merged
from chalicelib.storage.database import ConditionFailed, Database, Item, Write, number, write_all
from chalicelib.storage.packing import pack, unpack
from chalicelib.storage.wire import binary

SPAN_MINUTES = 12
SPAN = SPAN_MINUTES * MINUTE
TTL_MARGIN = 3600

_MINUTE_NAMES = tuple(map(str, range(SPAN_MINUTES)))
_COUNTS = re.compile(r"e\d+(?:\+\d+)?")

_Row = tuple[int, tuple[int, ...], list[str]]
"""A minute, its monitors' ids, and what stands for each."""

_Column = tuple[tuple[int, ...], tuple[str, ...]]
"""The minutes of one monitor, and what stands in each."""


class PingItem(Model):
    """`span`: Unix time divided by 720. The attributes "0" to "11" are its minutes."""

    class Meta:
        table_name = "pings"

    server = NumberAttribute(hash_key=True, attr_name="s")
    span = NumberAttribute(range_key=True, attr_name="p")
    expires = NumberAttribute(attr_name="ttl", null=True)


class Pings:
    def __init__(self, database: Database) -> None:
        self._database = database

    def series(self, server_id: int, since: int, until: int) -> dict[int, Series]:
        """By monitor id, ascending; minutes from `since` to `until`."""
        columns = _columns((at, *_by_id(_COUNTS.sub("", text))) for at, text in self._minutes(server_id, since, until))
        return {id_: Series(minutes, delays) for id_, (minutes, delays) in columns.items()}

    def counted_series(self, server_id: int, since: int, until: int) -> dict[int, CountedSeries]:
        """The same with the counts of probes."""
        columns = _columns((at, *_by_id(text)) for at, text in self._minutes(server_id, since, until))
        return {id_: _counted(minutes, points) for id_, (minutes, points) in columns.items()}

    def _minutes(self, server_id: int, since: int, until: int) -> Iterator[tuple[int, str]]:
        """Each minute's time, ascending, and text."""
        within = (PingItem.server == server_id) & PingItem.span.between(since // SPAN, until // SPAN)
        for item in self._database.query(PingItem, within, consistent=False):
            start = int(item["p"]["N"]) * SPAN
            for name in _MINUTE_NAMES:
                at = start + int(name) * MINUTE
                if name in item and since <= at <= until:
                    yield at, unpack(binary(item[name]))

    def write(self, points: Mapping[int, Iterable[Point]]) -> dict[int, FleetError]:
        """Adds points to those of each server; the servers that failed, with the reason."""
        spans: dict[tuple[int, int], list[Point]] = {}
        for server_id, new in points.items():
            for point in new:
                spans.setdefault((server_id, point.at // SPAN), []).append(point)
        return write_all(
            [
                Write([server_id], partial(self._write_span, server_id, span, new))
                for (server_id, span), new in spans.items()
            ]
        )

    def _write_span(self, server_id: int, span: int, points: Sequence[Point]) -> None:
        """Writes as if nothing were there yet, as is usual; what is there instead comes with the refusal."""
        key: Item = {"s": number(server_id), "p": number(span)}
        stored: Item = {}
        while changes := _changes(stored, span, points):
            actions: list[Action] = [Path(name).set({"B": packed}) for name, packed in changes.items()]
            actions.append(PingItem.expires.set((span + 1) * SPAN + PING_KEPT_SECONDS + TTL_MARGIN))
            unchanged = reduce(Condition.__and__, (_still(name, stored) for name in changes))
            try:
                self._database.update(PingItem, key, actions, unchanged, stored_on_failure=True)
            except ConditionFailed as failure:
                # Not every DynamoDB-compatible database tells what is stored.
                stored = failure.item or self._database.get(PingItem, key) or {}
            else:
                return


def _changes(stored: Item, span: int, points: Iterable[Point]) -> dict[str, bytes]:
    """The minutes, by attribute name, that these points make other than they are stored."""
    minutes: dict[int, list[Point]] = {}
    for point in points:
        minutes.setdefault(point.at, []).append(point)
    changes = {}
    for at, new in minutes.items():
        name = str((at - span * SPAN) // MINUTE)
        old = _minute(binary(stored[name]), at) if name in stored else {}
        packed = _pack(merged(old, new))
        if name not in stored or packed != binary(stored[name]):
            changes[name] = packed
    return changes


def _still(name: str, stored: Item) -> Condition:
    condition: Condition = Path(name) == {"B": binary(stored[name])} if name in stored else Path(name).does_not_exist()
    return condition


def _pack(minute: Minute) -> bytes:
    """`delay e up + down` for each point, ids ascending; `id -` goes before where the id is not the next one."""
    texts = []
    last = 0
    for monitor_id, point in sorted(minute.items()):
        number_ = "" if monitor_id == last + 1 else f"{monitor_id}-"
        failed = f"+{point.down}" if point.down else ""
        texts.append(f"{number_}{point.delay}e{point.up}{failed}")
        last = monitor_id
    return pack(",".join(texts))


def _minute(packed: bytes, at: int) -> Minute:
    points = {}
    last = 0
    for text in unpack(packed).split(","):
        number_, dash, rest = text.rpartition("-")
        last = int(number_) if dash else last + 1
        delay, _, counts = rest.partition("e")
        up, _, down = counts.partition("+")
        points[last] = Point(last, at, delay, int(up), int(down or 0))
    return points


def _by_id(text: str) -> tuple[tuple[int, ...], list[str]]:
    """The monitor ids of a minute's text, and what stands for each: a tenth of `_minute`'s work."""
    points = text.split(",")
    if "-" not in text:
        return tuple(range(1, len(points) + 1)), points
    ids = []
    last = 0
    for place, one in enumerate(points):
        number_, dash, points[place] = one.rpartition("-")
        last = int(number_) if dash else last + 1
        ids.append(last)
    return tuple(ids), points


def _columns(rows: Iterable[_Row]) -> dict[int, _Column]:
    """The rows by monitor, ids ascending. Neighbouring rows have the same monitors, and are turned together."""
    minutes: dict[int, list[int]] = {}
    points: dict[int, list[str]] = {}
    for ids, alike in groupby(rows, key=itemgetter(1)):
        times, _, lines = zip(*alike, strict=True)
        for monitor_id, column in zip(ids, zip(*lines, strict=True), strict=True):
            minutes.setdefault(monitor_id, []).extend(times)
            points.setdefault(monitor_id, []).extend(column)
    return {id_: (tuple(minutes[id_]), tuple(points[id_])) for id_ in sorted(minutes)}


def _counted(minutes: tuple[int, ...], points: Iterable[str]) -> CountedSeries:
    delays, _, counts = zip(*(one.partition("e") for one in points), strict=True)
    up, _, down = zip(*(one.partition("+") for one in counts), strict=True)
    return CountedSeries(minutes, delays, up, tuple(one or "0" for one in down))
