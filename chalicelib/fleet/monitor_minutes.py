"""Today's availability of monitors, from the newest points of the servers that probe them.

Every five minutes, the watch reads the points of some servers: of all of them in a small fleet; of each about once an
hour in a larger fleet, as reading one server takes a read unit. A minute counts once, however often it is read. Minutes
that are missed here are counted when their half day is rolled up.
"""

import logging
from collections.abc import Collection

from chalicelib.fleet.availability import MINUTE, MINUTES_A_DAY, day_of
from chalicelib.fleet.errors import Throttled, Unavailable
from chalicelib.fleet.monitors import probing
from chalicelib.fleet.store import Store, View

log = logging.getLogger(__name__)

STEP = 300
SERVERS_A_STEP, MOST_TURNS = 10, 12
"""How many servers are read in a step, and the most steps until every server was read, which takes precedence."""

KEPT_BACK_SECONDS = 1200
"""Longer than senders keep points before they send them."""


class MonitorMinutes:
    """Remembers the last step that this process has counted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._taken = 0

    def look(self, view: View, now: float) -> None:
        """Counts the minutes of today in which some servers have probed monitors, once in each step.

        If the database refuses or does not answer, logs that and skips the step.
        """
        step = int(now) // STEP
        if step == self._taken:
            return
        self._taken = step
        probing_servers = probing(view.monitors, view.fleet.by_id)
        turns = turns_of(probing_servers)
        servers = [id_ for id_ in probing_servers if id_ % turns == step % turns]
        if not servers:
            return
        today = day_of(now) * MINUTES_A_DAY * MINUTE
        since = int(now) - turns * STEP - KEPT_BACK_SECONDS
        try:
            self._store.count_probed(servers, max(today, since), int(now))
        except (Throttled, Unavailable) as error:
            log.warning("Today's availability of monitors was not counted: %s", error.message)


def turns_of(servers: Collection[int]) -> int:
    """After how many steps every server has been read once."""
    return min(max(-(-len(servers) // SERVERS_A_STEP), 1), MOST_TURNS)
