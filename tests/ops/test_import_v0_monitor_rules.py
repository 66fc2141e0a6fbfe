"""`import-v0`: notifications that the original's monitors sent by themselves become rules."""

import pytest

from chalicelib.fleet.alerts import editing
from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.storage import DynamoStore
from ops.import_v0 import ImportReport
from ops.import_v0.rules import REMIND_SECONDS
from tests.ops.original_alerts import NOW, run


@pytest.fixture
def report(store: DynamoStore) -> ImportReport:
    return run(store)


def made(store: DynamoStore) -> dict[str, Rule]:
    return {rule.name: rule for id_, rule in editing.all_rules(store).items() if id_ > 48}


def test_monitors_that_told_have_a_rule_for_each_group(store: DynamoStore, report: ImportReport) -> None:
    rules = made(store)
    assert {name: (rule.conditions, rule.channels) for name, rule in rules.items()} == {
        "Monitors down (ops)": ((Condition("down", monitors=frozenset({1})),), (5, 6, 8)),
        "Certificates (ops)": ((Condition("certificate", below=7, monitors=frozenset({1})),), (5, 6, 8)),
        "Monitors down (团队)": ((Condition("down", monitors=frozenset({2})),), (4,)),
        "Monitors down (default)": ((Condition("down", monitors=frozenset({4, 6, 7})),), (1, 2, 7, 9)),
        "Certificates (default)": ((Condition("certificate", below=7, monitors=frozenset({6, 7})),), (1, 2, 7, 9)),
        "Latency of site, latency": ((Condition("latency", 800, 1.5, monitors=frozenset({2})),), (4,)),
        "Latency of ping": ((Condition("latency", 200, monitors=frozenset({3})),), (1, 2, 7, 9)),
    }
    assert {(rule.duration, rule.remind, rule.recovery) for rule in rules.values()} == {(0, REMIND_SECONDS, True)}
    assert report.taken["rules of monitors"] == len(rules)


def test_what_differs_is_said(report: ImportReport) -> None:
    notes = {line.partition(": ")[0]: line for line in report.notes}
    assert "the original notified at 80 %" in notes["Monitors down (default)"]
    assert "monitors 4, 6, 7" in notes["Monitors down (default)"]
    assert "above 800 ms or below 1.5 ms" in notes["Latency of site, latency"]
    assert "monitor 2: the tasks that it triggers have no counterpart: [1], [1,2]" in report.not_taken


def test_a_second_run_makes_no_rule_twice_whatever_people_changed(store: DynamoStore, report: ImportReport) -> None:
    id_ = made(store)["Monitors down (default)"].id
    wider = (Condition("down", monitors=frozenset({1, 4, 6, 7})),)
    editing.edit_rule(store, id_, {"name": "Mine", "conditions": wider}, NOW)
    before = editing.all_rules(store)
    again = run(store)
    assert "rules of monitors" not in again.taken
    assert again.already["rules of monitors"] == report.taken["rules of monitors"]
    assert editing.all_rules(store) == before


def test_a_dry_run_says_the_same(store: DynamoStore) -> None:
    dry = run(store, write=False)
    assert run(store).as_dict() == dry.as_dict()
