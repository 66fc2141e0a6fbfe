"""Counts the availability of days that are rolled up, for all servers and monitors in one item for each day."""

from collections.abc import Iterable, Mapping

from chalicelib.fleet import availability
from chalicelib.fleet.availability import MINUTE, Day, StoredDay
from chalicelib.fleet.errors import Throttled
from chalicelib.storage.calls import Database
from chalicelib.storage.series import availability_items, reached
from chalicelib.storage.series.measures import Monitors
from chalicelib.storage.series.reached import Minutes
from chalicelib.storage.series.rolling import Made

ATTEMPTS = 5
"""How often writing a day is attempted, because the watch may write it at the same time."""


def write(database: Database, made: Made) -> None:
    """Counts what was rolled up. Safe to repeat: counting the same servers again stores the same counts."""
    servers = _servers(made)
    monitors = _minutes((half.period // 2, half.points) for half in made.halves)
    for day in sorted({*servers, *monitors}):
        _add(database, day, servers.get(day), monitors.get(day, {}))


def add_points(database: Database, day: int, points: Iterable[Monitors]) -> None:
    """Counts points of a day that is not over yet, in addition to those that were counted before.

    day: days since 1970. points: of some servers.
    """
    if found := _minutes((day, one) for one in points).get(day):
        _add(database, day, None, found)


def _add(
    database: Database, day: int, servers: Mapping[int, StoredDay] | None, monitors: Mapping[int, Minutes]
) -> None:
    known = reached.add(database, day, monitors)
    counts = {id_: (one.probed.bit_count(), one.reached.bit_count()) for id_, one in known.items()}
    _write(database, day, servers, counts)


def _write(
    database: Database, day: int, servers: Mapping[int, StoredDay] | None, monitors: Mapping[int, tuple[int, int]]
) -> None:
    """servers: None while the day is not over, as the watch counts them until then."""
    for _ in range(ATTEMPTS):
        days = availability_items.read(database, range(day - 1, day + 1), consistent=True)
        old = days.get(day)
        new = _counted(day, days, servers, monitors)
        if new is None or new == old or availability_items.write(database, day, new, old):
            return
    raise Throttled


def _counted(
    day: int,
    days: Mapping[int, Day],
    servers: Mapping[int, StoredDay] | None,
    monitors: Mapping[int, tuple[int, int]],
) -> Day | None:
    if servers is not None:
        counted = availability.finished(day, days, servers, monitors)
        return counted if counted.servers or counted.monitors else None
    return availability.with_monitors(day, days[day], monitors) if day in days else None


def _servers(made: Made) -> dict[int, dict[int, StoredDay]]:
    """The servers' days, by day and server ID."""
    found: dict[int, dict[int, StoredDay]] = {}
    for day in made.days:
        found.setdefault(day.day, {})[day.server_id] = StoredDay(day.since // MINUTE, sum(day.figures.minutes))
    return found


def _minutes(points: Iterable[tuple[int, Monitors]]) -> dict[int, dict[int, Minutes]]:
    """The monitors' minutes, by day and monitor ID. points: of some servers, each with its day."""
    probed: dict[tuple[int, int], set[int]] = {}
    reached_: dict[tuple[int, int], set[int]] = {}
    for day, monitors in points:
        for id_, delays in monitors.items():
            key = day, id_
            probed.setdefault(key, set()).update(delays.times)
            reached_.setdefault(key, set()).update(at for at, up in zip(delays.times, delays.up, strict=True) if up)
    found: dict[int, dict[int, Minutes]] = {}
    for (day, id_), times in probed.items():
        found.setdefault(day, {})[id_] = Minutes(reached.bits(times), reached.bits(reached_[day, id_]))
    return found
