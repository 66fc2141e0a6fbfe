"""`import-v0`: notifications and alert rules of an original dashboard."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.storage import DynamoStore
from ops.import_v0 import ImportReport
from ops.import_v0.rules import REMIND_SECONDS
from tests.ops.original_alerts import ORIGINAL, run


@pytest.fixture
def report(store: DynamoStore) -> ImportReport:
    return run(store)


def rule(store: DynamoStore, id_: int) -> Rule:
    ledger = store.alerts.ledger(id_)
    assert ledger
    return ledger.rule


def about(lines: list[str], what: str) -> list[str]:
    return [line.partition(": ")[2] for line in lines if line.startswith(what)]


def test_a_dry_run_says_the_same_and_writes_nothing(store: DynamoStore) -> None:
    dry = run(store, write=False)
    assert store.dump.is_empty()
    assert run(store).as_dict() == dry.as_dict()


def test_a_second_run_imports_nothing_twice_and_leaves_changes_alone(store: DynamoStore, report: ImportReport) -> None:
    channels = store.alerts.channels()
    again = run(store)
    assert again.already["channels"] == report.taken["channels"]
    assert again.already["alert rules"] == report.taken["alert rules"]
    assert "alert rules" not in again.taken
    assert again.notes == []
    assert store.alerts.channels() == channels


def test_notifications_are_channels_with_their_ids(store: DynamoStore, report: ImportReport) -> None:
    channels = store.alerts.channels()
    assert list(channels) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    bark = channels[3]
    assert (bark.name, bark.kind, bark.method, bark.form, bark.verify) == ("Bark", "webhook", "POST", True, False)
    assert channels[5].headers == (("Authorization", "Bearer SECRET"),)
    assert report.taken["channels"] == 9
    assert len([line for line in report.not_taken if line.startswith("notification")]) == 3
    assert store.alerts.new_channel_id() == 14


def test_rules_keep_their_ids_and_watch_what_they_did(store: DynamoStore, report: ImportReport) -> None:
    offline = rule(store, 1)
    assert (offline.name, offline.conditions, offline.duration) == ("Offline", (Condition("offline"),), 21)
    assert (offline.channels, offline.remind, offline.recovery) == ((1, 2, 7, 9), REMIND_SECONDS, True)
    two = rule(store, 2)
    assert (two.cover, two.servers, two.remind, two.channels) == ("only", frozenset({1, 2}), 0, (3,))
    all_but = rule(store, 3)
    assert (all_but.cover, all_but.servers, all_but.channels) == ("all", frozenset({5}), (4,))
    assert rule(store, 10).conditions == (Condition("net_in", above=104857600),)
    band = rule(store, 11)
    assert (band.conditions, band.duration) == ((Condition("net_out", above=104857600, below=10),), 126)
    assert rule(store, 33).enabled is False
    assert store.alerts.new_rule_id() > 48


def test_conditions_of_one_rule_keep_what_they_do_not_share(store: DynamoStore, report: ImportReport) -> None:
    both = rule(store, 4)
    assert both.conditions == (Condition("cpu", above=50, duration=21), Condition("memory", below=20, duration=42))
    covers = rule(store, 36)
    assert covers.conditions == (
        Condition("cpu", above=90, cover="only", servers=frozenset({1})),
        Condition("load1", above=4),
    )
    assert covers.duration == 21


def test_limits_that_no_percentage_reaches_are_kept_as_such(store: DynamoStore, tmp_path: Path) -> None:
    changed = Path(shutil.copy(ORIGINAL, tmp_path))
    given = [{"type": "cpu", "min": 5, "max": 1000, "duration": 10}]
    with closing(sqlite3.connect(changed)) as database, database:
        database.execute("UPDATE alert_rules SET rules_raw = ? WHERE id = 1", (json.dumps(given),))
    run(store, changed)
    assert rule(store, 1).conditions == (Condition("cpu", above=100, below=5),)


def test_what_a_rule_means_here_is_said(report: ImportReport) -> None:
    waited = "10 samples are 21 s, as long as the original really waited"
    assert about(report.notes, "alert rule 1 ") == [waited]
    assert "its conditions must all hold" in " ".join(about(report.notes, "alert rule 4 "))
    assert "the sum of both directions" in " ".join(about(report.notes, "alert rule 12 "))
    assert "the tasks that ran when it begins have no counterpart: [1]" in about(report.notes, "alert rule 3 ")
    assert "the tasks that ran when it ends have no counterpart: [1,2]" in about(report.notes, "alert rule 3 ")
    assert any("'nobody' has no channels" in note for note in about(report.notes, "alert rule 34 "))


def test_rules_on_the_traffic_of_a_cycle_count_from_the_import_on(store: DynamoStore, report: ImportReport) -> None:
    found = [condition for id_ in (23, 24, 32) for condition in rule(store, id_).conditions]
    counted = [one for one in found if one.kind.source == "traffic"]
    assert len(counted) >= 3
    assert all(one.cycle and one.above for one in counted)


def test_what_has_no_counterpart_is_listed(report: ImportReport) -> None:
    left: dict[int, Any] = {
        int(line.split()[2].rstrip(":")): line.partition(": ")[2]
        for line in report.not_taken
        if line.startswith("alert rule ")
    }
    assert left[35] == "no condition type corresponds to 'uptime'"
    assert "duration is 0" in left[38]
    assert left[39] == left[40] == "it has no conditions"
    assert len(left) + report.taken["alert rules"] == 47  # one of them is deleted
