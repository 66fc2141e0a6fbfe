"""Whether somebody watches the fleet.

That a page requested states is noted in the head, which every request reads anyway. This takes at most one write in
NOTE_SECONDS for the whole fleet.
"""

from contextlib import suppress

from chalicelib.fleet.errors import FleetError
from chalicelib.fleet.limits import NOTE_SECONDS, WATCHED_SECONDS
from chalicelib.fleet.pace import is_slow
from chalicelib.fleet.store import Store, View


def note(store: Store, view: View, now: float) -> None:
    """Notes that somebody is watching, unless that was noted a moment ago, or the cost ceiling makes it pointless.

    If the database refuses or does not answer, nothing is noted.
    """
    if is_slow(view.slow_until, now):
        return
    # A clock that was set back must not keep a note from the future.
    if abs(now - view.watched_at) >= NOTE_SECONDS:
        with suppress(FleetError):
            store.note_watching(now)


def is_live(watched_at: float, now: float) -> bool:
    """Whether somebody watched within about the last minute. watched_at: when that was noted last, Unix seconds."""
    return abs(now - watched_at) < WATCHED_SECONDS + NOTE_SECONDS
