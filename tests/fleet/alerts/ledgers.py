"""Ledgers for tests: with events, messages that are owed, and receipts."""

from dataclasses import replace
from typing import Any

from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.evaluation import evaluate
from chalicelib.fleet.alerts.ledger import Ledger, noted, numbered
from chalicelib.fleet.alerts.notices import notices
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.cycles import Cycle
from tests.fleet.alerts.fleets import NOW, glance, state

BUSY = Rule(3, "Busy", (Condition("cpu", above=90),), duration=0, channels=(5, 4), remind=60)
DETAILED = Rule(
    7,
    "Détails 东京",
    (
        Condition("net_all", above=1e9, below=5.5, duration=30, cover="only", servers=frozenset((2, 1))),
        Condition("latency", above=200, monitors=frozenset((9, 8))),
        Condition("cycle_out", above=2**60, cycle=Cycle("2026-01-31T05:00", 2, "week")),
    ),
    enabled=False,
    duration=600,
    cover="only",
    servers=frozenset((1, 2, 3)),
    tags=frozenset(("web", "数据库")),
    channels=(2, 1),
    remind=3600,
    recovery=False,
    muted_until=NOW + 5,
)


def evaluated(ledger: Ledger, now: int = NOW, first_id: int = 1, quiet_until: int = 0, **cpu: Any) -> Ledger:
    """The ledger after an evaluation at which server 1 has the CPU `s1`, and so on."""
    view = glance({int(name[1:]): state(now=now, CPU=one) for name, one in cpu.items()}, now, quiet_until=quiet_until)
    outcome = numbered(evaluate(ledger.rule, ledger.standing, view), first_id)
    return noted(ledger, outcome, notices(ledger.rule, outcome, now, quiet_until))


def eventful() -> Ledger:
    """Two open events, one that ended, and what all of that owes."""
    begun = evaluated(Ledger(BUSY), s1=95, s2=96, s3=97, s4=5)
    return replace(evaluated(begun, NOW + 60, 11, s1=5, s2=99, s3=97, s4=91), mark="")
