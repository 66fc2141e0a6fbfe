"""Alerting: evaluates every rule, and stores its events together with the messages about them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.fleet.alerts.attention import Attention
from chalicelib.fleet.alerts.evaluation import evaluate
from chalicelib.fleet.alerts.events import open_in
from chalicelib.fleet.alerts.glance import Glance
from chalicelib.fleet.alerts.ledger import Ledger, Ledgers, archived, noted, numbered
from chalicelib.fleet.alerts.notices import notices
from chalicelib.fleet.alerts.open_events import OpenEvent
from chalicelib.fleet.alerts.quiet import quiet_until
from chalicelib.fleet.alerts.recent_certificates import RecentCertificates
from chalicelib.fleet.alerts.recent_pings import RecentPings
from chalicelib.fleet.cycles import Cycle, monthly
from chalicelib.fleet.errors import FleetError, Throttled, Unavailable
from chalicelib.fleet.plans import plan_of
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import StatesByServer
from chalicelib.fleet.store import Changed, Store, View
from chalicelib.fleet.traffic import CycleTraffic

ATTEMPTS = 5
"""How often a rule is evaluated at most in one evaluation, if somebody changes it each time before it is stored."""

log = logging.getLogger(__name__)


class Evaluated(NamedTuple):
    """The result of an evaluation. quiet_until: Unix seconds, 0 outside of quiet hours. failure: the database's last
    failure; the rules that it affects are missing."""

    ledgers: Ledgers
    quiet_until: int
    failure: FleetError | None


@dataclass
class Alerting:
    """every: seconds between two evaluations. report_interval: seconds that agents are told to wait between reports."""

    store: Store
    attention: Attention
    pings: RecentPings
    certificates: RecentCertificates
    traffic: CycleTraffic
    every: int
    report_interval: int

    def evaluate(self, view: View, states: StatesByServer, now: int) -> Evaluated:
        """Evaluates every rule. Raises Throttled or Unavailable if the rules cannot be read."""
        ledgers, kept = self.store.alerts.ledgers_and_open_events()
        resumed = self.attention.resumed(now)
        if not (ledgers or kept):
            return Evaluated({}, 0, None)
        glance = self._glance(view, states, ledgers, now, resumed)
        after: dict[int, Ledger] = {}
        failure: FleetError | None = None
        for id_, ledger in ledgers.items():
            try:
                after[id_] = self._evaluated(ledger, glance)
            except (Throttled, Unavailable) as error:
                log.warning("Rule %s was not evaluated: %s", id_, error.message)
                failure = error
        failure = self._keep_open_events({**ledgers, **after}, kept) or failure
        if _is_undecided(after, glance):
            self.attention.keep()
        return Evaluated(after, glance.quiet_until, failure)

    def _glance(self, view: View, states: StatesByServer, ledgers: Ledgers, now: int, resumed: int) -> Glance:
        settings, servers = view.settings, view.fleet.by_id
        usual = settings.report_interval or self.report_interval
        ids = [id_ for id_ in servers if id_ in states]
        return Glance(
            now=now,
            servers=servers,
            states=states,
            intervals=dict(zip(ids, states.intervals(ids, usual), strict=True)),
            resumed=resumed,
            every=self.every,
            zone=settings.time_zone,
            monitors=view.monitors,
            expiries=_expiries(servers),
            pings=self.pings.at(view, ledgers, now),
            certificates=self.certificates.at(view, ledgers, now),
            plan_cycles=_plan_cycles(servers),
            traffic=self.traffic.at(states, ids, now),
            quiet_until=quiet_until(settings.quiet, now, settings.time_zone),
        )

    def _evaluated(self, ledger: Ledger, glance: Glance) -> Ledger:
        for _ in range(ATTEMPTS):
            if ledger.deleted:
                return ledger
            outcome = evaluate(ledger.rule, ledger.standing, glance)
            if outcome.standing is ledger.standing:
                return ledger
            if outcome.began:
                outcome = numbered(outcome, self.store.alerts.new_event_ids(len(outcome.began)))
            owed = notices(ledger.rule, outcome, glance.now, glance.quiet_until)
            try:
                return self.store.alerts.save(ledger, noted(ledger, outcome, owed))
            except Changed:
                current = self.store.alerts.ledger(ledger.rule.id)
                if current is None:
                    return ledger
                ledger = current
        raise Throttled

    def _keep_open_events(self, ledgers: Ledgers, kept: Sequence[OpenEvent]) -> FleetError | None:
        """Stores the open events for pages if they have changed. Returns the error if that fails: the next evaluation
        tries again."""
        events = open_in(ledgers)
        try:
            if events != kept:
                self.store.alerts.keep_open_events(events)
        except (Throttled, Unavailable) as error:
            return error
        return None

    def put_away(self, ledgers: Mapping[int, Ledger]) -> None:
        """Moves events that are over to the archive, and removes deleted rules that have no messages left to send.

        Whatever cannot be stored now is left for the next run.
        """
        for ledger in ledgers.values():
            records, rest = archived(ledger)
            try:
                if records:
                    self.store.alerts.archive(records)
                    rest = self.store.alerts.save(ledger, rest)
                if rest.finished:
                    self.store.alerts.remove(rest)
            except (Changed, Throttled, Unavailable) as error:
                log.warning("Ended events of rule %s were not archived: %s", ledger.rule.id, type(error).__name__)


def _expiries(servers: Mapping[int, Server]) -> dict[int, int]:
    """When plans end, in Unix seconds, by server ID."""
    plans = ((id_, plan_of(server.plan)) for id_, server in servers.items() if server.plan)
    return {id_: plan.expires for id_, plan in plans if plan.expires}


def _plan_cycles(servers: Mapping[int, Server]) -> dict[int, Cycle]:
    """The cycles in which plans count traffic, by server ID."""
    return {id_: monthly(plan_of(server.plan).reset_day) for id_, server in servers.items() if server.plan}


def _is_undecided(ledgers: Ledgers, glance: Glance) -> bool:
    """Whether the next evaluations depend on how long rules have been evaluated without a pause."""
    if any(ledger.standing.pending for ledger in ledgers.values()):
        return True
    return any(
        glance.verdict(condition, ledger.rule).unknown
        for ledger in ledgers.values()
        for condition in ledger.rule.conditions
        if condition.kind.source == "silence" and ledger.rule.enabled
    )
