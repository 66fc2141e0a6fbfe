"""How many servers guests see, and how many of these are online: counted once a minute, for link previews."""

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.fleet.states import StatesByServer
from chalicelib.fleet.status import is_online

if TYPE_CHECKING:  # for annotations only: the store's protocol imports this module
    from chalicelib.fleet.store import View


class PublicCounts(NamedTuple):
    """servers: 0 as well where nothing was counted yet."""

    servers: int = 0
    online: int = 0


NOTHING_COUNTED = PublicCounts()


def public_counts(
    view: "View", states: StatesByServer, reported: Collection[int], now: float, usual: float
) -> PublicCounts:
    """reported: the IDs of existing servers that have a state. usual: seconds between two reports."""
    servers = view.fleet.by_id
    shown = [id_ for id_ in reported if not servers[id_].hide_for_guest]
    seen = zip(states.last_active(shown), states.intervals(shown, usual), strict=True)
    online = sum(is_online(int(last_active), now, interval) is True for last_active, interval in seen)
    return PublicCounts(sum(not server.hide_for_guest for server in servers.values()), online)
