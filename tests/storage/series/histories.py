"""Servers that measure something every now and then, and a plain model of what their ranges must show."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.fleet import history
from chalicelib.fleet.history import COLUMNS, Minute, Recorded
from chalicelib.fleet.pings import Point, point
from chalicelib.fleet.rollup import DAY, DAYS, HOURS, PERIOD, Delays, Figures, Tier

MIDNIGHT = 1_796_083_200
MONITORS = (1, 7)


def recorded(at: int, number: int) -> Recorded:
    """A minute and its points. number: any, what they derive from."""
    figures = {
        "samples": number % 60 + 1,
        "CPU": number % 97 + 0.5,
        "MemUsed": number * 1_234_567,
        "NetIn": number**2,
        "NetOut": number * 1000 + 1,
        "NetInSpeedMax": number % 1000 * 77,
    }
    points = [_point(id_, at, number) for id_ in MONITORS[: number % 3]]
    return Recorded([history.minute(at, figures)], points)


def _point(monitor_id: int, at: int, number: int) -> Point:
    up = number % 4
    return point(monitor_id, at, number % 500 + monitor_id / 1000, up, 3 - up)


class Model:
    """What two servers have told, minute by minute."""

    def __init__(self) -> None:
        self.minutes: dict[int, dict[int, Minute]] = defaultdict(dict)
        self.points: dict[int, dict[int, dict[int, Point]]] = defaultdict(lambda: defaultdict(dict))

    def add(self, server_id: int, new: Recorded) -> None:
        self.minutes[server_id] = history.merged(self.minutes[server_id], new.minutes)
        for one in new.points:
            known = self.points[server_id][one.monitor_id].get(one.at)
            if known is None or one.up + one.down > known.up + known.down:
                self.points[server_id][one.monitor_id][one.at] = one

    def sums(self, server_id: int, since: int, step: int) -> dict[int, tuple[float, ...]]:
        """Of each step: minutes, samples, bytes in and out, and the largest speed, which are exact in every tier."""
        found: dict[int, list[Minute]] = defaultdict(list)
        for at, one in self.minutes[server_id].items():
            if at // step * step >= since:
                found[at // step * step].append(one)
        return {at: _sums(some) for at, some in sorted(found.items())}

    def counts(self, server_id: int, since: int, step: int) -> dict[int, dict[int, tuple[int, int]]]:
        """Of each monitor and step: the probes that succeeded and failed."""
        found: dict[int, dict[int, tuple[int, int]]] = {}
        for id_, points in sorted(self.points[server_id].items()):
            steps: dict[int, tuple[int, int]] = {}
            for at, one in sorted(points.items()):
                start = at // step * step
                if start >= since:
                    up, down = steps.get(start, (0, 0))
                    steps[start] = up + one.up, down + one.down
            if steps:
                found[id_] = steps
        return found


def _sums(minutes: Iterable[Minute]) -> tuple[float, ...]:
    places = {column.name: place for place, column in enumerate(COLUMNS)}
    rows = list(minutes)

    def all_of(name: str) -> list[int]:
        return [int(row.values[places[name]]) for row in rows]

    return len(rows), *(sum(all_of(name)) for name in ("samples", "NetIn", "NetOut")), max(all_of("NetInSpeedMax"))


def sums_of(figures: Figures) -> dict[int, tuple[Any, ...]]:
    """The same of what was read. Fails if a step comes twice."""
    assert len(set(figures.times)) == len(figures.times)
    places = {column.name: place for place, column in enumerate(COLUMNS)}
    names = ("samples", "NetIn", "NetOut", "NetInSpeedMax")
    rows = zip(figures.minutes, *(figures.columns[places[name]] for name in names), strict=True)
    return dict(zip(figures.times, rows, strict=True))


def counts_of(monitors: Mapping[int, Delays]) -> dict[int, dict[int, tuple[int, int]]]:
    """The same of what was read. Fails if a step comes twice."""
    assert all(len(set(one.times)) == len(one.times) for one in monitors.values())
    return {id_: dict(zip(one.times, zip(one.up, one.down, strict=True), strict=True)) for id_, one in monitors.items()}


def since_of(now: float, tier: Tier) -> int:
    """When a range of this tier starts."""
    seconds = {DAYS: 365 * DAY, HOURS: 30 * DAY}.get(tier, 7 * DAY)
    return (int(now) - seconds) // tier.step * tier.step


NOON = MIDNIGHT + PERIOD
