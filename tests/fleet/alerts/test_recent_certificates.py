"""What rules know of certificates: read where a rule asks, little by little, and kept while the database is away."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.ledger import Ledger
from chalicelib.fleet.alerts.recent_certificates import PART, TURNS, RecentCertificates
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.certificates import Certificate, KnownCertificate, target_mark
from chalicelib.fleet.limits import MONITORS
from chalicelib.fleet.monitors import Monitor
from tests.fleet.memory_store import MemoryStore

FIRST = 1_800_000_000
"""A multiple of 300."""
SOON = Rule(1, "Soon", (Condition("certificate", below=14),))
BUSY = Rule(3, "Busy", (Condition("cpu", above=90),))
CERTIFICATE = Certificate("Trust", FIRST + 86_400)
RENEWED = Certificate("Trust", FIRST + 90 * 86_400)


def site(id_: int, **fields: Any) -> Monitor:
    return Monitor(id_, f"Site {id_}", **{"type": "http", "target": f"https://{id_}.example/", **fields})


def known(monitor: Monitor, certificate: Certificate = CERTIFICATE) -> KnownCertificate:
    return KnownCertificate(FIRST, target_mark(monitor), certificate)


def store(count: int) -> MemoryStore:
    found = MemoryStore(all_monitors={id_: site(id_) for id_ in range(1, count + 1)})
    found.certificates.all_known = {id_: known(one) for id_, one in found.all_monitors.items()}
    return found


def ledgers(*rules: Rule) -> dict[int, Ledger]:
    return {rule.id: Ledger(rule) for rule in rules}


@pytest.mark.parametrize("rules", [(), (BUSY,), (replace(SOON, enabled=False),)])
def test_nothing_is_read_where_no_rule_asks_or_no_monitor_has_one(rules: Any) -> None:
    at = store(1)
    assert RecentCertificates(at, 300).at(at, ledgers(*rules), FIRST) == {}
    at.all_monitors[1] = site(1, target="http://1.example/")
    assert RecentCertificates(at, 300).at(at, ledgers(SOON), FIRST) == {}
    assert at.certificates.reads == []


def test_all_are_read_at_first_and_again_within_five_minutes() -> None:
    at = store(2)
    recent = RecentCertificates(at, 300)
    assert recent.at(at, ledgers(SOON), FIRST + 60) == {1: CERTIFICATE, 2: CERTIFICATE}
    at.certificates.all_known[2] = known(at.all_monitors[2], RENEWED)
    for after in range(120, 300, 60):
        assert recent.at(at, ledgers(SOON), FIRST + after)[2] == CERTIFICATE
    for after in (300, 301, 330):
        assert recent.at(at, ledgers(SOON), FIRST + after)[2] == RENEWED
    assert len(at.certificates.reads) == 2
    del at.certificates.all_known[1]
    assert recent.at(at, ledgers(SOON), FIRST + 600) == {2: RENEWED}


def test_of_many_a_part_is_read_each_minute() -> None:
    at = store(MONITORS)
    recent = RecentCertificates(at, 300)
    recent.at(at, ledgers(SOON), FIRST - 60)
    at.certificates.reads.clear()
    for after in range(0, 300, 60):
        recent.at(at, ledgers(SOON), FIRST + after)
    parts = [(PART * turn + 1, PART * (turn + 1)) for turn in range(TURNS)]
    assert at.certificates.reads == parts


def test_new_monitors_and_targets_are_looked_up_at_once() -> None:
    at = store(1)
    recent = RecentCertificates(at, 300)
    recent.at(at, ledgers(SOON), FIRST + 60)
    at.all_monitors[2] = site(2)
    at.certificates.all_known[2] = known(site(2))
    assert recent.at(at, ledgers(SOON), FIRST + 120) == {1: CERTIFICATE, 2: CERTIFICATE}
    at.all_monitors[1] = site(1, target="https://other.example/")
    assert recent.at(at, ledgers(SOON), FIRST + 180) == {2: CERTIFICATE}
    del at.all_monitors[2]
    assert recent.at(at, ledgers(SOON), FIRST + 240) == {}


def test_where_senders_do_not_wait_they_are_read_each_minute() -> None:
    at = store(2)
    recent = RecentCertificates(at, 60)
    for after in (60, 61, 120, 180):
        recent.at(at, ledgers(SOON), FIRST + after)
    assert at.certificates.reads == [(1, 2)] * 3


def test_what_cannot_be_read_stays_as_it_was() -> None:
    at = store(1)
    recent = RecentCertificates(at, 300)
    at.certificates.broken = True
    assert recent.at(at, ledgers(SOON), FIRST) == {}
    at.certificates.broken = False
    assert recent.at(at, ledgers(SOON), FIRST + 60) == {1: CERTIFICATE}
    at.certificates.broken = True
    assert recent.at(at, ledgers(SOON), FIRST + 300) == {1: CERTIFICATE}
