"""Points: one monitor's probes of a minute, aggregated, and how they are packed in the spool."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from agent.core.records import Record, RecordKind
from agent.core.varints import count_varints, read_varints, write_varints


class Point(NamedTuple):
    """One finished minute of one monitor.

    at: Unix seconds of the minute's start. delay: the mean of the probes that succeeded, in milliseconds with three
    decimals, 0 when none did. up, down: how many succeeded and failed.
    """

    monitor_id: int
    at: int
    delay: float
    up: int
    down: int


def records(source: int, points: Iterable[Point]) -> list[Record]:
    """The points of one server for the spool: one record a minute."""
    by_minute: dict[int, list[Point]] = defaultdict(list)
    for point in points:
        by_minute[point.at].append(point)
    return [Record(source, at, POINTS.code, pack(minute)) for at, minute in by_minute.items()]


def pack(points: Iterable[Point]) -> bytes:
    """Points of one minute, sorted by monitor. Of two points of one monitor, the one from more probes is kept, or the
    first if both have as many.
    """
    kept: dict[int, Point] = {}
    for point in points:
        before = kept.get(point.monitor_id)
        if before is None or point.up + point.down > before.up + before.down:
            kept[point.monitor_id] = point
    return write_varints(_numbers(kept))


def unpack(at: int, packed: bytes) -> list[Point]:
    """The points of the minute that starts at `at`; raises ValueError for anything that is not packed points."""
    numbers = read_varints(packed)
    if len(numbers) % 4:
        raise ValueError("not packed points")
    points = []
    monitor_id = 0
    for index in range(0, len(numbers), 4):
        step, delay, up, down = numbers[index : index + 4]
        monitor_id += step
        points.append(Point(monitor_id, at, delay / 1000, up, down))
    return points


def _numbers(points: dict[int, Point]) -> Iterator[int]:
    """What is packed for each point: the difference to the previous monitor's ID, the delay in microseconds, up and
    down.
    """
    before = 0
    for monitor_id, point in sorted(points.items()):
        yield from (monitor_id - before, round(point.delay * 1000), point.up, point.down)
        before = monitor_id


def _merge(at: int, first: bytes, second: bytes) -> bytes:
    return pack((*unpack(at, first), *unpack(at, second)))


def _entries(at: int, packed: bytes) -> list[dict[str, Any]]:
    return [point._asdict() for point in unpack(at, packed)]


def _size(packed: bytes) -> int:
    return count_varints(packed) // 4


POINTS = RecordKind(code=1, key="pings", merge=_merge, entries=_entries, size=_size)
