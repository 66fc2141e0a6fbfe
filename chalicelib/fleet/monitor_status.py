"""The status of monitors, from the newest points of the servers that probe them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.fleet.certificates import current, showing
from chalicelib.fleet.monitors import probing
from chalicelib.fleet.pings import MINUTE

if TYPE_CHECKING:
    from chalicelib.fleet.alerts.glance import Pinged
    from chalicelib.fleet.certificates import Certificate
    from chalicelib.fleet.monitors import Monitor
    from chalicelib.fleet.store import Store, View

LATE_SECONDS = 300
"""For how many seconds after a flush is due points may still arrive, as senders take turns."""


class Status(NamedTuple):
    """One monitor now.

    latency: ms, the mean over the servers that reach it; None if none does. loss: percent, the mean over the servers
    that probe it; None if none does. up, down: how many servers reach it, and how many do not. servers: the pings of
    each server that probes it, by ID.
    """

    latency: float | None
    loss: float | None
    up: int
    down: int
    servers: Mapping[int, Pinged]


def newest(store: Store, view: View, flush: int, now: float) -> Mapping[int, Mapping[int, Pinged]]:
    """The newest pings of all servers, by server ID and monitor ID, read once a minute.

    flush: seconds between two flushes of points. Raises Throttled or Unavailable.
    """
    until = int(now) // MINUTE * MINUTE
    return store.pinged(probing(view.monitors, view.fleet.by_id), until - 2 * flush - LATE_SECONDS, until)


def certificates(store: Store, view: View, now: float) -> Mapping[int, Certificate]:
    """The known certificates, by monitor ID, read once a minute. Raises Throttled or Unavailable."""
    monitors = view.monitors
    return current(monitors, store.certificates.recent(int(now) // MINUTE)) if showing(monitors) else {}


def status_of(monitor: Monitor, server_ids: Iterable[int], pinged: Mapping[int, Mapping[int, Pinged]]) -> Status:
    """The status of one monitor. server_ids: the servers that count. pinged: the result of `newest`."""
    said = {id_: pinged[id_][monitor.id] for id_ in server_ids if monitor.id in pinged.get(id_, {})}
    delays = [one.latency for one in said.values() if one.latency is not None]
    losses = [one.loss for one in said.values()]
    return Status(_mean(delays), _mean(losses), len(delays), len(losses) - len(delays), said)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
