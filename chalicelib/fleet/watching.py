"""Whether somebody watches the fleet, and how often agents report then; and how often they may report at all.

Pages that ask for states are noted with the head, which every request reads anyway: at most one write in NOTE_SECONDS
for the whole fleet.
"""

from contextlib import suppress
from math import ceil

from chalicelib.fleet.errors import FleetError
from chalicelib.fleet.limits import NOTE_SECONDS, REPORT_INTERVAL_MOST, WATCHED_SECONDS
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.store import Store, View


def note(store: Store, view: View, now: float) -> None:
    """Notes that somebody watches, unless that was noted a moment ago. Without a database that writes, nothing is."""
    # A clock that was set back must not keep a note from the future.
    if abs(now - view.watched_at) >= NOTE_SECONDS:
        with suppress(FleetError):
            store.note_watching(now)


def is_live(watched_at: float, now: float) -> bool:
    """Whether somebody watched within the last minute. watched_at: of the newest note, Unix seconds."""
    return abs(now - watched_at) < WATCHED_SECONDS + NOTE_SECONDS


def interval(settings: Settings, usual: int, *, live: bool, least: int = 0) -> int:
    """Seconds between two reports, as senders are told. usual: what the deployment says. least: of `least_interval`."""
    idle = max(settings.report_interval or usual, least)
    return min(idle, max(settings.live_interval, least)) if live else idle


def least_interval(servers: int, units: float, senders: int, most: float) -> int:
    """Seconds between two reports with which the states of all servers consume at most `most` write units a second.

    servers: in the whole fleet. units: what a state of each of `senders` servers, which report together, consumes.

    Every server has the same share of the units, whoever reports for it. A relay, which packs neighbours, uses a share
    up later than a server that reports alone, so both can be in one fleet. Never longer than the longest that can be
    set: a fleet that is too large even for that is throttled.
    """
    return min(ceil(servers * units / senders / most), REPORT_INTERVAL_MOST) if senders else 0
