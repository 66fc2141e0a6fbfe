"""Recent pings: latency and loss from the newest points, which are read once after each flush."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.fleet import pace
from chalicelib.fleet.alerts.glance import Pinged
from chalicelib.fleet.alerts.ledger import Ledgers
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.monitors import probing
from chalicelib.fleet.store import Store, View

SPAN_SECONDS = 300
"""The shortest time that a value covers, in seconds."""

LATE_SECONDS = 200
"""Seconds after the end of a span until its points have arrived: probes take time, and senders take turns."""

LATE_MINUTES_SECONDS = 50
"""The same if senders flush more often than every SPAN_SECONDS, as under `make run`."""

Pings = Mapping[int, Mapping[int, Pinged]]
"""By server ID and monitor ID."""


@dataclass
class RecentPings:
    """Keeps in memory what it has read. flush: seconds that senders are told to wait between two flushes of points.

    since, until: the time from which the points are, Unix seconds.
    """

    store: Store
    flush: int
    since: int = 0
    until: int = 0
    _found: Pings = field(default_factory=dict)

    def at(self, view: View, ledgers: Ledgers, now: int) -> Pings:
        """The newest pings; none if neither a rule nor the public page needs them. Raises Throttled or Unavailable."""
        if not (view.settings.public_monitors or any(_asks(ledger.rule) for ledger in ledgers.values())):
            return {}
        flush = pace.flush(view.settings, self.flush, slow=pace.is_slow(view.slow_until, now))
        step, late = (flush, LATE_SECONDS) if flush >= SPAN_SECONDS else (60, LATE_MINUTES_SECONDS)
        until = (now - late) // step * step
        # When the flush interval grows, the newest span may end before the last one that was read; it is not read then.
        if not 0 <= self.until - until <= SPAN_SECONDS:
            since = until - max(step, SPAN_SECONDS)
            self._found = self.store.pinged(probing(view.monitors, view.fleet.by_id), since, until)
            self.since, self.until = since, until
        return self._found


def _asks(rule: Rule) -> bool:
    return rule.enabled and any(one.kind.source in ("pings", "outages") for one in rule.conditions)
