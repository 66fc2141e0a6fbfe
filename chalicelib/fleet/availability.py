"""Availability: the share of a day's minutes with data. Days are UTC days.

The watch counts today's minutes, from the times of reports. A finished day is counted from its stored minutes when it
is rolled up, which includes minutes that arrived late.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.fleet.states import NEVER
from chalicelib.fleet.status import is_online

MINUTE = 60
MINUTES_A_DAY = 1440

DAYS = 30
"""Days that are shown, today included."""

INTERVALS_APART = 1.5
"""Between two reports that are at most this many intervals apart, every minute counts as one with data."""


def share(up: int, of: int) -> float | None:
    """The share of minutes with data, rounded down to four decimals, so that 1 means no minute without data. None if no
    minute counts yet."""
    return math.floor(up / of * 10_000) / 10_000 if of else None


class DayCount(NamedTuple):
    """One server or monitor on one day. All times are minutes since 1970.

    since, until: the minutes that count, without `until` itself. up: how many of them have data. last: the last minute
    with data, which may lie before the day.
    """

    since: int
    until: int
    up: int
    last: int

    @property
    def share(self) -> float | None:
        return share(self.up, self.until - self.since)


class Day(NamedTuple):
    """A day of all servers and monitors, by ID. until: up to which minute it was watched, in minutes since 1970."""

    until: int
    servers: Mapping[int, DayCount]
    monitors: Mapping[int, DayCount]


class Shares(NamedTuple):
    """The shares of a day of all servers and monitors, by ID, as JSON numbers or null."""

    servers: Mapping[int, str]
    monitors: Mapping[int, str]


class Sighting(NamedTuple):
    """When a server last reported. last_active: Unix seconds. interval: seconds between two of its reports."""

    last_active: int
    interval: float


def day_of(now: float) -> int:
    """Days since 1970."""
    return int(now) // MINUTE // MINUTES_A_DAY


def shown_days(now: float) -> range:
    """The last days, oldest first, in days since 1970."""
    return range(day_of(now) - DAYS + 1, day_of(now) + 1)


def watched(days: Mapping[int, Day], sightings: Mapping[int, Sighting], now: float) -> dict[int, Day]:
    """The days that change when the servers are seen at `now`: today, and yesterday if today has just begun.

    days: those of today and yesterday that are stored. Nothing changes in a minute that was watched already.
    """
    minute = int(now) // MINUTE
    today = day_of(now)
    start = today * MINUTES_A_DAY
    changed = {}
    known, before = days.get(today), days.get(today - 1)
    if known is None:
        if before and before.until < start:
            before = changed[today - 1] = _watched(before, today - 1, start, sightings, now)
        known = _begun(start, before, sightings)
    elif known.until >= minute:
        return {}
    return {**changed, today: _watched(known, today, minute, sightings, now)}


def _begun(start: int, before: Day | None, sightings: Mapping[int, Sighting]) -> Day:
    """A day at its first minute, with the servers of the day before that still exist."""
    servers = before.servers if before else {}
    begun = {id_: DayCount(start, start, 0, one.last) for id_, one in servers.items() if id_ in sightings}
    return Day(start, begun, {})


def _watched(day: Day, number: int, until: int, sightings: Mapping[int, Sighting], now: float) -> Day:
    """number: which day it is, in days since 1970."""
    start, end = number * MINUTES_A_DAY, (number + 1) * MINUTES_A_DAY
    # A server that reports before and after a pause of the watch counts as if it had reported all along.
    pause = until - day.until if until > day.until + 1 else 0
    servers = dict(day.servers)
    for id_, sighting in sightings.items():
        if sighting.last_active != NEVER:
            known = servers.get(id_) or _first_seen(sighting, start)
            reported = _reported(known, min(sighting.last_active // MINUTE, end - 1), sighting.interval, pause)
            servers[id_] = _waited(reported, until, sighting, now)
    return Day(until, servers, day.monitors)


def _first_seen(sighting: Sighting, start: int) -> DayCount:
    since = max(sighting.last_active // MINUTE, start)
    return DayCount(since, since, 0, since - 1)


def _reported(known: DayCount, minute: int, interval: float, pause: int) -> DayCount:
    """The count with a report in this minute, and with the minutes since the last one unless they are too far apart."""
    new = minute - max(known.last, known.since - 1)
    if new <= 0:
        return known
    apart = max(1, math.ceil(INTERVALS_APART * interval / MINUTE)) + pause
    up = known.up + (new if minute - known.last <= apart else 1)
    return DayCount(known.since, max(known.until, minute + 1), up, minute)


def _waited(known: DayCount, until: int, sighting: Sighting, now: float) -> DayCount:
    """The count with the minutes up to `until`, once the server is offline: before, its next report may fill them."""
    may_be_filled = known.last >= sighting.last_active // MINUTE and is_online(
        sighting.last_active, now, sighting.interval
    )
    return known if may_be_filled else known._replace(until=max(known.until, until))


class StoredDay(NamedTuple):
    """One server's stored day. since: the first minute that may have data. minutes: how many have data."""

    since: int
    minutes: int


def finished(
    number: int,
    days: Mapping[int, Day],
    servers: Mapping[int, StoredDay],
    monitors: Mapping[int, tuple[int, int]],
) -> Day:
    """A finished day, counted from its stored minutes.

    number: days since 1970. days: that day and the one before, as far as they are stored. servers: those that are
    counted again. monitors: in how many minutes any server probed each, and in how many of these one reached it.
    """
    end = (number + 1) * MINUTES_A_DAY
    before, known = days.get(number - 1), days.get(number, Day(end, {}, {}))
    counted = {
        id_: _finished(number, known.servers.get(id_), before is not None and id_ in before.servers, found)
        for id_, found in servers.items()
        if found.minutes or id_ in known.servers
    }
    return with_monitors(number, Day(end, {**known.servers, **counted}, known.monitors), monitors)


def with_monitors(number: int, day: Day, monitors: Mapping[int, tuple[int, int]]) -> Day:
    """A day with its monitors, as in `finished`. Minutes in which no server probed a monitor do not count."""
    start = number * MINUTES_A_DAY
    counted = {
        id_: DayCount(start, start + probed, reached, start + probed - 1) for id_, (probed, reached) in monitors.items()
    }
    return day._replace(monitors={**day.monitors, **counted})


def _finished(number: int, known: DayCount | None, was_known_before: bool, found: StoredDay) -> DayCount:
    start, end = number * MINUTES_A_DAY, (number + 1) * MINUTES_A_DAY
    if known and not found.minutes:  # it reports states alone, or was offline
        return known._replace(until=end)
    since = known.since if known else start if was_known_before else found.since
    last = known.last if known else end - 1
    return DayCount(min(since, end - found.minutes), end, found.minutes, last)
