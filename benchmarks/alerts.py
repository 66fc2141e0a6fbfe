"""One evaluation of the alert rules: CPU and DynamoDB's units when nothing is new."""

import time
from collections.abc import Iterator
from dataclasses import replace

from benchmarks import capacity, sample_data
from benchmarks.handler import cpu
from benchmarks.item_size import consumed
from benchmarks.table import Row
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.alerts import editing
from chalicelib.fleet.alerts.alerting import Alerting
from chalicelib.fleet.alerts.attention import Attention
from chalicelib.fleet.alerts.conditions import PERCENT_MOST, TYPES, Condition
from chalicelib.fleet.alerts.recent_certificates import TURNS, RecentCertificates
from chalicelib.fleet.alerts.recent_pings import RecentPings
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.certificates import Certificate, KnownCertificate, target_mark
from chalicelib.fleet.history import Recorded
from chalicelib.fleet.limits import MONITORS
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.pings import point
from chalicelib.fleet.traffic import CycleTraffic
from chalicelib.fleet.wall_clock import DAY_SECONDS

SERVERS = 1000
RULES = 20
NEVER_REACHED = 10.0**18
SENDING_SECONDS = 300


def rows() -> Iterator[Row]:
    now = int(time.time())
    with sample_data.dynamodb() as url:
        store = _filled(url, now)
        alerting = alerting_of(store)
        _evaluate(store, alerting, now)
        with consumed(store) as used:
            _evaluate(store, alerting, now + 1)
        what = f"an evaluation, {SERVERS:,} servers and {RULES} rules, nothing new"
        spent = cpu(lambda: _evaluate(store, alerting, now + 1))
        yield Row(f"{what}: CPU with its reads", spent, "units", 0.2, 0.1)
        yield Row(f"{what}, warm", used.read, "RCU", 14, 12)
        yield Row(f"{what}, warm", used.written, "WCU", 0, 0)
        fill_certificates(store, now)
        more = max(_reads_of_certificates(store, now))
        yield Row(f"the same and one on {MONITORS} certificates, at most", used.read + more, "RCU", 14, 12)
        first, later = _reads_with_pings(_filled(url, now, "probing"), now)
        yield Row("the same and rules on loss, latency and outages, once in each sending of pings", first, "RCU")
        yield Row("the same and rules on loss, latency and outages, warm", later, "RCU", 20, 18)


def _filled(url: str, now: int, prefix: str = sample_data.PREFIX) -> WatchedStore:
    """Creates tables with servers and rules that never fire."""
    store = sample_data.new_store(url, prefix)
    sample_data.fill(store, servers=SERVERS, now=now)
    create_rules(store)
    return store


def alerting_of(store: WatchedStore) -> Alerting:
    """The state of a new process of the scheduled function."""
    return Alerting(
        store,
        Attention(store.alerts, 60, continues=True),
        RecentPings(store, SENDING_SECONDS),
        RecentCertificates(store, SENDING_SECONDS),
        CycleTraffic(store.traffic),
        every=60,
        report_interval=60,
    )


def _reads_of_certificates(store: WatchedStore, now: int) -> Iterator[float]:
    """Read units of certificates in each minute after the first one."""
    certificates, view, ledgers = RecentCertificates(store, SENDING_SECONDS), store.view(), store.alerts.ledgers()
    assert len(certificates.at(view, ledgers, now)) == MONITORS
    for turn in range(1, TURNS + 1):
        with consumed(store) as used:
            certificates.at(view, ledgers, now + 60 * turn)
        yield used.read


def _reads_with_pings(store: WatchedStore, now: int) -> tuple[float, float]:
    """Read units of an evaluation just after pings were sent, and of the next one, which has them in memory."""
    sent = now // SENDING_SECONDS * SENDING_SECONDS
    _fill_pings(store, range(sent - 2 * SENDING_SECONDS, sent + SENDING_SECONDS, 60))
    for name, limit in (("loss", PERCENT_MOST), ("latency", NEVER_REACHED), ("down", None)):
        editing.create_rule(store, Rule(0, name, (Condition(name, above=limit),)))
    alerting = alerting_of(store)
    units = []
    for moment in (sent, sent + SENDING_SECONDS, sent + SENDING_SECONDS + 1):
        with consumed(store) as used:
            alerting.evaluate(*store.view_and(store.states), moment)
        units.append(used.read)
    return units[1], units[2]


def _fill_pings(store: WatchedStore, times: range) -> None:
    """Stores points of every server for monitors that all servers probe."""
    monitors = range(1, capacity.MONITORS + 1)
    for id_ in monitors:
        store.create_monitor(Monitor(id_, f"target {id_}", "icmp", f"{id_}.example"))
    points = [point(id_, at, sample_data.delay(), 2, 0) for at in times for id_ in monitors]
    for ids in sample_data.requests_of(SERVERS):
        assert not store.write_history({id_: Recorded([], points) for id_ in ids}, times[-1] + 60)


def _evaluate(store: WatchedStore, alerting: Alerting, now: int) -> None:
    view, states = store.view_and(store.states)
    found = alerting.evaluate(view, states, now)
    assert len(found.ledgers) == RULES
    assert not any(ledger.standing.open for ledger in found.ledgers.values())


def fill_certificates(store: WatchedStore, now: int) -> None:
    """Creates the maximum number of monitors, each with a certificate, and a rule on them that does not fire."""
    for id_ in range(1, MONITORS + 1):
        monitor = Monitor(id_, f"site {id_}", "http", f"https://{id_}.example/", cover="only")
        store.create_monitor(monitor)
        ends = Certificate("Let’s Encrypt", now + 60 * DAY_SECONDS)
        store.certificates.write({id_: KnownCertificate(now, target_mark(monitor), ends)})
    editing.create_rule(store, Rule(0, "certificates", (Condition("certificate", below=14),)))


def create_rules(store: WatchedStore) -> None:
    """Creates rules that never fire, on figures and on missing reports, of every type in turn."""
    watched = [name for name, kind in TYPES.items() if kind.source in ("silence", "figures")]
    for number in range(RULES):
        name = watched[number % len(watched)]
        never = PERCENT_MOST if TYPES[name].unit == "percent" else NEVER_REACHED
        limit = Condition(name) if name == "offline" else Condition(name, above=never)
        editing.create_rule(store, replace(Rule(0, f"rule {number}", (limit,)), duration=60 * (number % 5)))
