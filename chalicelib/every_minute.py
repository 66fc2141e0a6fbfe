"""The job that runs every minute: it evaluates rules, counts states, and delivers messages."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

from chalicelib.delivery.heartbeat import Heartbeat
from chalicelib.delivery.outbox import Outbox
from chalicelib.delivery.sender import Sender
from chalicelib.fleet.alerts.alerting import Alerting, Evaluated
from chalicelib.fleet.alerts.attention import Attention
from chalicelib.fleet.alerts.recent_certificates import RecentCertificates
from chalicelib.fleet.alerts.recent_pings import RecentPings
from chalicelib.fleet.errors import FleetError, Throttled, Unavailable
from chalicelib.fleet.monitor_minutes import MonitorMinutes
from chalicelib.fleet.monitor_sparks import MonitorSparkWatch
from chalicelib.fleet.states import StatesByServer
from chalicelib.fleet.store import Store, View
from chalicelib.fleet.traffic import CycleTraffic
from chalicelib.fleet.watch import Watch
from chalicelib.scheduled import DELIVERING

log = logging.getLogger(__name__)

HEARD_SECONDS = 300
"""The longest report interval that the settings allow. The alarm `no-reports` counts the servers that reported within
it."""


class EveryMinute:
    """store, report_interval, every: as in Alerting. flush: as in RecentPings. local: whether this runs under
    `make run`.

    Under `make run`, every start counts as a pause of the evaluation, and messages are delivered in a thread, during
    the next evaluation if need be. On Lambda, a run delivers everything before it ends.
    """

    def __init__(
        self, store: Store, report_interval: int, *, flush: int, every: int, local: bool, clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._local = local
        traffic = CycleTraffic(store.traffic)
        self._watch = Watch(store, report_interval, traffic)
        self._pings = RecentPings(store, flush)
        self._monitor_sparks = MonitorSparkWatch(store)
        self._monitor_minutes = MonitorMinutes(store)
        self._alerting = Alerting(
            store,
            Attention(store.alerts, every, continues=not local),
            self._pings,
            RecentCertificates(store, flush),
            traffic,
            every=every,
            report_interval=report_interval,
        )
        sender = Sender(local=local)
        self._outbox = Outbox(store, sender, clock)
        self._heartbeat = Heartbeat(store, sender, every)
        self._delivering: Thread | None = None

    def run(self, now: float) -> None:
        """Raises the database's first failure, after trying everything that does not depend on it."""
        view, states = self._store.view_and(self._store.states)
        heard = sum(now - int(at) < HEARD_SECONDS for at in states.last_active(list(view.fleet.by_id)))
        log.info("%d servers have reported within the last 5 minutes", heard, extra={"heard": heard})
        failures: list[FleetError] = []
        found = None
        try:
            found = self._alerting.evaluate(view, states, int(now))
        except (Throttled, Unavailable) as error:
            failures.append(error)
        try:
            self._watch.look(view, states, now)
            pings = self._pings.at(view, found.ledgers if found else {}, int(now))
            self._monitor_sparks.look(view, pings, self._pings.since, self._pings.until)
            self._monitor_minutes.look(view, now)
        except (Throttled, Unavailable) as error:
            failures.append(error)
        if found:
            failures += [found.failure] if found.failure else []
            self._settle(found, view, states, None if failures else int(now))
        if failures:
            raise failures[0]

    def _settle(self, found: Evaluated, view: View, states: StatesByServer, well_at: int | None) -> None:
        """well_at: now, if everything went well, otherwise None."""
        if not self._local:
            self._send(found, view, states, well_at)
        elif self._delivering is None or not self._delivering.is_alive():
            self._delivering = Thread(
                target=self._send, args=(found, view, states, well_at), name=DELIVERING, daemon=True
            )
            self._delivering.start()

    def _send(self, found: Evaluated, view: View, states: StatesByServer, well_at: int | None) -> None:
        """Sends messages and the heartbeat at the same time: neither waits for the other."""
        with ThreadPoolExecutor(1, thread_name_prefix="heartbeat") as beside:
            beating = beside.submit(self._heartbeat.beat, view.settings, well_at) if well_at is not None else None
            self._deliver(found, view, states)
        if beating:
            beating.result()

    def _deliver(self, found: Evaluated, view: View, states: StatesByServer) -> None:
        try:
            ledgers = self._outbox.deliver(found.ledgers, view, states, found.quiet_until)
            self._alerting.put_away(ledgers)
        except (Throttled, Unavailable) as error:
            log.warning("Delivery stopped, and continues in the next minute: %s", error.message)
            if not self._local:
                raise
