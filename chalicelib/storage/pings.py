"""The `pings` table: 12 minutes of one server an item, an attribute a minute, all its monitors' points in it.

A minute of ten monitors takes some 65 bytes, an item some 800: a write of one minute, or of five at once, costs one
write unit. Points of one minute may come in several reports, so a minute is written only if it is still what it was
read as, and merged with what is there otherwise. See docs/decisions/0005-pings.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial, reduce
from itertools import groupby

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.fleet.errors import FleetError
from chalicelib.fleet.limits import PING_KEPT_SECONDS
from chalicelib.fleet.pings import MINUTE, CountedSeries, Minute, Point, Series, merged
from chalicelib.storage.calls import Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.items import Item, binary, number
from chalicelib.storage.packing import pack, unpack, unpack_all
from chalicelib.storage.parallel import Write, write_all

SPAN_MINUTES = 12
SPAN = SPAN_MINUTES * MINUTE
TTL_MARGIN = 3600

_MINUTE_NAMES = tuple(map(str, range(SPAN_MINUTES)))

_Column = tuple[list[int], list[str], list[str]]
"""Of one monitor: its minutes, and the delay and the counts of each."""


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
        columns = _columns(self._minutes(server_id, since, until))
        return {id_: Series(tuple(minutes), tuple(delays)) for id_, (minutes, delays, _) in columns.items()}

    def counted_series(self, server_id: int, since: int, until: int) -> dict[int, CountedSeries]:
        """The same with the counts of probes."""
        columns = _columns(self._minutes(server_id, since, until))
        return {id_: _counted(*column) for id_, column in columns.items()}

    def _minutes(self, server_id: int, since: int, until: int) -> list[tuple[int, str]]:
        """Each minute's time, ascending, and text. All are unpacked together, in one call."""
        within = (PingItem.server == server_id) & PingItem.span.between(since // SPAN, until // SPAN)
        times: list[int] = []
        packed: list[bytes] = []
        for item in self._database.query(PingItem, within, consistent=False):
            start = int(item["p"]["N"]) * SPAN
            for place, name in enumerate(_MINUTE_NAMES):
                at = start + place * MINUTE
                if name in item and since <= at <= until:
                    times.append(at)
                    packed.append(binary(item[name]))
        return list(zip(times, unpack_all(packed), strict=True))

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


def _columns(minutes: Iterable[tuple[int, str]]) -> dict[int, _Column]:
    """Minutes and their texts by monitor, ids ascending.

    Neighbouring minutes mostly have the same monitors. Then a point of each is the same number of points on from the
    last one, so that few slices of all their numbers take the place of looking at every point.
    """
    columns: dict[int, _Column] = {}
    for ids, alike in groupby(minutes, key=lambda minute: _ids(minute[1])):
        times, texts = zip(*alike, strict=True)
        numbers = ",".join(texts).replace("e", ",").split(",")  # delay, counts, delay, counts, …
        for place, monitor_id in enumerate(ids):
            known, delays, counts = columns.setdefault(monitor_id, ([], [], []))
            known.extend(times)
            delays.extend(_without_id(numbers[2 * place :: 2 * len(ids)]))
            counts.extend(numbers[2 * place + 1 :: 2 * len(ids)])
    return dict(sorted(columns.items()))


def _ids(text: str) -> list[int]:
    """The monitors of a minute's text: they count on from 1, and from each `id -`."""
    ids: list[int] = []
    first = 1
    for run in f"{text},".split("-"):
        ids.extend(range(first, first + run.count(",")))
        first = int(run.rpartition(",")[2] or 0)
    return ids


def _without_id(delays: list[str]) -> list[str]:
    return [delay.rpartition("-")[2] for delay in delays] if "-" in delays[0] else delays


def _counted(minutes: Iterable[int], delays: Iterable[str], counts: Iterable[str]) -> CountedSeries:
    up, _, down = zip(*(one.partition("+") for one in counts), strict=True)
    return CountedSeries(tuple(minutes), tuple(delays), up, tuple(one or "0" for one in down))
