"""One evaluation of the alert rules: its CPU, and DynamoDB's units when nothing is new."""

import time
from collections.abc import Iterator
from dataclasses import replace

from benchmarks import sample_data
from benchmarks.handler import cpu, unit
from benchmarks.item_size import consumed
from benchmarks.table import Row
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.alerts import editing
from chalicelib.fleet.alerts.alerting import Alerting
from chalicelib.fleet.alerts.attention import Attention
from chalicelib.fleet.alerts.conditions import TYPES, Condition
from chalicelib.fleet.alerts.recent_certificates import TURNS, RecentCertificates
from chalicelib.fleet.alerts.recent_pings import RecentPings
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.certificates import Certificate, KnownCertificate, target_mark
from chalicelib.fleet.limits import MONITORS
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.traffic import CycleTraffic
from chalicelib.fleet.wall_clock import DAY_SECONDS

SERVERS = 1000
RULES = 20
NEVER_REACHED = 10.0**18


def rows() -> Iterator[Row]:
    now = int(time.time())
    with sample_data.dynamodb() as url:
        store = sample_data.new_store(url)
        sample_data.fill(store, servers=SERVERS, now=now)
        for rule in rules_that_never_fire():
            editing.create_rule(store, rule)
        alerting = alerting_of(store)
        _evaluate(store, alerting, now)
        with consumed(store) as used:
            _evaluate(store, alerting, now + 1)
        what = f"an evaluation, {SERVERS:,} servers and {RULES} rules, nothing new"
        spent = cpu(lambda: _evaluate(store, alerting, now + 1)) / unit()
        yield Row(f"{what}: CPU with its reads", spent, "units", 0.2, 0.1)
        yield Row(f"{what}, warm", used.read, "RCU", 14, 12)
        yield Row(f"{what}, warm", used.written, "WCU", 0, 0)
        fill_certificates(store, now)
        more = max(_reads_of_certificates(store, now))
        yield Row(f"the same and one on {MONITORS} certificates, at most", used.read + more, "RCU", 14, 12)


def alerting_of(store: WatchedStore) -> Alerting:
    """As a process of the scheduled function begins."""
    return Alerting(
        store,
        Attention(store.alerts, 60, continues=True),
        RecentPings(store, 300),
        RecentCertificates(store, 300),
        CycleTraffic(store.traffic),
        every=60,
        report_interval=60,
    )


def _reads_of_certificates(store: WatchedStore, now: int) -> Iterator[float]:
    """Units in each minute after the first one."""
    certificates, view, ledgers = RecentCertificates(store, 300), store.view(), store.alerts.ledgers()
    assert len(certificates.at(view, ledgers, now)) == MONITORS
    for turn in range(1, TURNS + 1):
        with consumed(store) as used:
            certificates.at(view, ledgers, now + 60 * turn)
        yield used.read


def _evaluate(store: WatchedStore, alerting: Alerting, now: int) -> None:
    view, states = store.view_and(store.states)
    found = alerting.evaluate(view, states, now)
    assert len(found.ledgers) == RULES
    assert not any(ledger.standing.open for ledger in found.ledgers.values())


def fill_certificates(store: WatchedStore, now: int) -> None:
    """As many monitors as there may be, each with a certificate, and a rule on them that does not fire."""
    for id_ in range(1, MONITORS + 1):
        monitor = Monitor(id_, f"site {id_}", "http", f"https://{id_}.example/", cover="only")
        store.create_monitor(monitor)
        ends = Certificate("Let’s Encrypt", now + 60 * DAY_SECONDS)
        store.certificates.write({id_: KnownCertificate(now, target_mark(monitor), ends)})
    editing.create_rule(store, Rule(0, "certificates", (Condition("certificate", below=14),)))


def rules_that_never_fire() -> Iterator[Rule]:
    """On figures and on silence, of every kind in turn."""
    watched = [name for name, kind in TYPES.items() if kind.source in ("silence", "figures")]
    for number in range(RULES):
        name = watched[number % len(watched)]
        limit = Condition(name) if name == "offline" else Condition(name, above=NEVER_REACHED)
        yield replace(Rule(0, f"rule {number}", (limit,)), duration=60 * (number % 5))
