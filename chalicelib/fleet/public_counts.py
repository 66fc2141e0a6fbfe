"""How many servers guests may see, and how many of these are online: counted by the watch, for link previews."""

from collections.abc import Collection
from typing import NamedTuple

from chalicelib.fleet.access import public_ids
from chalicelib.fleet.pings import MINUTE
from chalicelib.fleet.states import StatesByServer
from chalicelib.fleet.status import is_online
from chalicelib.fleet.store import View


class PublicCounts(NamedTuple):
    """Both are 0 before the first count, too."""

    servers: int = 0
    online: int = 0


NOTHING_COUNTED = PublicCounts()

LARGE = 100
"""From so many servers on, some server comes or goes in nearly every minute, and storing that takes a write unit."""

LARGE_MINUTES = 15
"""How often a large fleet's number of online servers is stored."""


def public_counts(
    view: View, states: StatesByServer, reported: Collection[int], now: float, usual: float
) -> PublicCounts:
    """reported: the IDs of existing servers that have a state. usual: seconds between two reports."""
    public = public_ids(view)
    shown = [id_ for id_ in reported if id_ in public]
    seen = zip(states.last_active(shown), states.intervals(shown, usual), strict=True)
    online = sum(is_online(int(last_active), now, interval) is True for last_active, interval in seen)
    return PublicCounts(len(public), online)


def is_to_store(counts: PublicCounts, stored: PublicCounts, now: float) -> bool:
    """Whether these counts replace the stored ones. A hidden server is not counted for longer than a minute."""
    if counts.servers != stored.servers:
        return True
    is_due = counts.servers < LARGE or int(now) // MINUTE % LARGE_MINUTES == 0
    return is_due and counts != stored
