"""Evaluations of all rules: what is stored, by how many processes at once, and what nobody stores."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.fleet.alerts.alerting import Alerting
from chalicelib.fleet.alerts.attention import Attention
from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.evaluation import Standing
from chalicelib.fleet.alerts.ledger import Ledger
from chalicelib.fleet.alerts.notices import arrived, begun
from chalicelib.fleet.alerts.quiet import QuietWindow
from chalicelib.fleet.alerts.recent_certificates import RecentCertificates
from chalicelib.fleet.alerts.recent_pings import RecentPings
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.cycles import Cycle
from chalicelib.fleet.errors import Unavailable
from chalicelib.fleet.plans import Plan, text_of
from chalicelib.fleet.rollup import PERIOD
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.traffic import HOUR, CycleTraffic, PeriodTotals, PeriodTraffic
from tests.fleet.alerts.fleets import NOW, PlainStates, server, state
from tests.fleet.memory_store import MemoryStore

BUSY = Rule(1, "Busy", (Condition("cpu", above=90),), duration=0, channels=(5,))
SILENT = Rule(2, "Silent", (Condition("offline"),), duration=120, channels=(5,))


def fleet(*rules: Rule, servers: int = 3) -> MemoryStore:
    store = MemoryStore({id_: server(id_) for id_ in range(1, servers + 1)})
    for rule in rules:
        store.alerts.create_rule(Ledger(rule))
    store.alerts.writes = 0
    return store


def alerting(store: MemoryStore, *, continues: bool = True) -> Alerting:
    return Alerting(
        store,
        Attention(store.alerts, 60, continues=continues),
        RecentPings(store, 300),
        RecentCertificates(store, 300),
        CycleTraffic(store.traffic),
        every=60,
        report_interval=60,
    )


def states(now: int, ages: dict[int, int] | None = None, **cpu: int) -> Any:
    """Server 1 has the CPU `s1`, and so on; each reported just now unless `ages` says otherwise."""
    return PlainStates(
        {
            id_: state(age=(ages or {}).get(id_, 0), now=now, CPU=cpu.get(f"s{id_}", 5))
            for id_ in range(1, 4)
        }
    )  # fmt: skip


def test_an_event_and_what_it_owes_are_stored_together_and_nothing_twice() -> None:
    store = fleet(BUSY)
    found = alerting(store).evaluate(store, states(NOW, s1=95, s3=99), NOW)
    ledger = store.alerts.all_ledgers[1]
    assert found.ledgers == {1: ledger}
    assert {id_: event.id for id_, event in ledger.standing.open.items()} == {1: 1, 3: 2}
    assert [[told.event_id for told in notice.told] for notice in ledger.notices] == [[1, 2]]
    assert store.alerts.writes == 2
    alerting(store).evaluate(store, states(NOW + 60, s1=95, s3=99), NOW + 60)
    assert store.alerts.writes == 2


def test_open_events_are_kept_for_pages_now_or_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = fleet(BUSY)

    def refuse(_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(store.alerts, "keep_open_events", refuse)
        found = alerting(store).evaluate(store, states(NOW, s1=95, s2=95), NOW)
    assert isinstance(found.failure, Unavailable)
    assert found.ledgers[1].standing.open.keys() == {1, 2}
    found = alerting(store).evaluate(store, states(NOW + 60, s1=95, s2=95), NOW + 60)
    assert found.failure is None
    assert [(one.id, one.rule, one.server_id) for one in store.alerts.open_events()] == [(2, "Busy", 2), (1, "Busy", 1)]
    alerting(store).evaluate(store, states(NOW + 120, s1=5, s2=95), NOW + 120)
    assert [one.server_id for one in store.alerts.open_events()] == [2]
    store.alerts.all_ledgers.clear()
    alerting(store).evaluate(store, states(NOW + 180), NOW + 180)
    assert store.alerts.open_events() == []


def test_nothing_is_written_while_nothing_is_new() -> None:
    store = fleet(BUSY, SILENT)
    evaluations = alerting(store)
    for after in range(0, 600, 60):
        evaluations.evaluate(store, states(NOW + after), NOW + after)
    assert store.alerts.writes == 0


def test_a_pulse_is_stored_while_a_server_may_be_going_offline() -> None:
    store = fleet(SILENT)
    evaluations = alerting(store)
    for after in (0, 60, 120, 180):
        age = {2: 95 + after - 120} if after >= 120 else {}
        evaluations.evaluate(store, states(NOW + after, age), NOW + after)
    assert store.alerts.last_pulse
    assert store.alerts.last_pulse.resumed == NOW


def test_another_process_tells_an_offline_server_as_soon_as_the_first_would_have() -> None:
    store = fleet(SILENT)
    first = alerting(store)
    for after in (0, 60, 120, 180):
        first.evaluate(store, states(NOW + after, {2: max(0, after - 60)}), NOW + after)
    assert not store.alerts.all_ledgers[2].standing.open
    alerting(store).evaluate(store, states(NOW + 240, {2: 180}), NOW + 240)
    assert store.alerts.all_ledgers[2].standing.open.keys() == {2}


def test_after_a_pause_nobody_is_offline_because_nobody_looked() -> None:
    store = fleet(SILENT)
    alerting(store).evaluate(store, states(NOW), NOW)
    later = NOW + 900
    evaluations = alerting(store)
    evaluations.evaluate(store, states(later, {1: 890, 2: 890, 3: 890}), later)
    assert not store.alerts.all_ledgers[2].standing.open
    for after in (60, 120, 180):
        evaluations.evaluate(store, states(later + after, {2: 890 + after}), later + after)
    assert store.alerts.all_ledgers[2].standing.open.keys() == {2}


def test_a_rule_that_was_changed_meanwhile_is_evaluated_as_it_is_now() -> None:
    store = fleet(BUSY)
    stale = store.alerts.ledgers()
    alerting(store).evaluate(store, states(NOW, s1=95), NOW)

    class Stale(type(store.alerts)):  # type: ignore[misc]
        def ledgers(self, *, at_once: bool = False) -> Any:
            return stale

    store.alerts.__class__ = Stale
    found = alerting(store).evaluate(store, states(NOW, s1=95, s2=95), NOW)
    assert {id_: event.id for id_, event in found.ledgers[1].standing.open.items()} == {1: 1, 2: 4}
    assert [[told.subject for told in notice.told] for notice in found.ledgers[1].notices] == [[1], [2]]


def test_a_rule_that_cannot_be_stored_keeps_no_other_from_being_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    store = fleet(BUSY, replace(BUSY, id=3))
    save = store.alerts.save

    def refusing(old: Ledger, new: Ledger) -> Ledger:
        if new.rule.id == 1:
            raise Unavailable
        return save(old, new)

    monkeypatch.setattr(store.alerts, "save", refusing)
    found = alerting(store).evaluate(store, states(NOW, s1=95), NOW)
    assert isinstance(found.failure, Unavailable)
    assert found.ledgers.keys() == {3}


def test_quiet_hours_are_those_of_the_settings() -> None:
    store = fleet(BUSY)
    store.settings = Settings(quiet=(QuietWindow(tuple(range(7)), "00:00", "00:00"),))
    found = alerting(store).evaluate(store, states(NOW, s1=95), NOW)
    assert found.quiet_until > NOW
    (notice,) = found.ledgers[1].notices
    assert (notice.held, notice.deliveries[5].due) == (True, found.quiet_until)


def test_events_that_are_over_are_archived_and_a_deleted_rule_is_removed_with_its_last_message() -> None:
    store = fleet(replace(BUSY, channels=()))
    evaluations = alerting(store)
    evaluations.put_away(evaluations.evaluate(store, states(NOW, s1=95), NOW).ledgers)
    assert store.alerts.records == {}
    evaluations.put_away(evaluations.evaluate(store, states(NOW + 60), NOW + 60).ledgers)
    assert [record.ended for record in store.alerts.records.values()] == [NOW + 60]
    assert store.alerts.all_ledgers[1].past == ()
    store.alerts.all_ledgers[1] = replace(store.alerts.all_ledgers[1], deleted=True)
    evaluations.put_away(store.alerts.ledgers())
    assert store.alerts.all_ledgers == {}


def test_a_deleted_rule_begins_nothing() -> None:
    store = fleet(BUSY)
    store.alerts.all_ledgers[1] = replace(store.alerts.all_ledgers[1], deleted=True)
    found = alerting(store).evaluate(store, states(NOW, s1=95), NOW)
    assert found.ledgers[1].standing == Standing()


def test_a_delivery_says_when_it_was_tried_first() -> None:
    store = fleet(BUSY)
    (notice,) = alerting(store).evaluate(store, states(NOW, s1=95), NOW).ledgers[1].notices
    assert arrived(begun(begun(notice.deliveries[5], NOW), NOW + 90), NOW + 91).first == NOW


def test_a_plan_that_ends_soon_begins_an_event_and_a_muted_server_is_not_told_of() -> None:
    ending = Rule(1, "Paid until", (Condition("expiry", below=14),), duration=0, channels=(5,))
    store = fleet(ending)
    soon = text_of(Plan(expires=NOW + 10 * 86_400))
    store.all_servers[1] = server(1, plan=soon)
    store.all_servers[2] = server(2, plan=soon, muted_until=NOW + 600)
    store.all_servers[3] = server(3, plan=text_of(Plan(expires=NOW + 30 * 86_400)))
    ledger = alerting(store).evaluate(store, states(NOW), NOW).ledgers[1]
    assert {id_: event.values for id_, event in ledger.standing.open.items()} == {1: (10.0,), 2: (10.0,)}
    assert [[told.subject for told in notice.told] for notice in ledger.notices] == [[1]]
    ledger = alerting(store).evaluate(store, states(NOW + 660), NOW + 660).ledgers[1]
    assert [[told.subject for told in notice.told] for notice in ledger.notices] == [[1], [2]]


def test_a_rule_watches_the_traffic_of_a_cycle() -> None:
    """What was rolled up of it is not enough; with what counters have grown by since, it is."""
    start = NOW // PERIOD * PERIOD - 2 * PERIOD
    cycle = Cycle("2027-01-14T00:00", 1, "month")
    store = fleet(Rule(1, "Used up", (Condition("cycle_all", above=100, cycle=cycle),), duration=0, channels=(5,)))
    counted = PeriodTraffic((90, 5), [(90, 5), *[(0, 0)] * 11])
    store.traffic.done = start // PERIOD + 1
    store.traffic.all_totals[start // PERIOD + 1] = PeriodTotals(start, {1: counted, 2: counted})
    for hour in range((start + 2 * PERIOD) // HOUR, NOW // HOUR + 1):
        store.traffic.note(hour * 60, {1: (1000, 0), 2: (1000, 0), 3: (0, 0)})
    grown = PlainStates({id_: state(now=NOW, NetInTransfer=1000 + 6 * (id_ == 1)) for id_ in (1, 2)})
    found = alerting(store).evaluate(store, grown, NOW)
    assert {id_: event.values for id_, event in found.ledgers[1].standing.open.items()} == {1: (101,)}


def test_a_rule_without_a_cycle_watches_those_of_plans() -> None:
    start = NOW // PERIOD * PERIOD - 2 * PERIOD  # the 14th
    store = fleet(Rule(1, "Used up", (Condition("cycle_in", above=80),), duration=0, channels=(5,)))
    for id_, day in ((1, 14), (2, 15)):
        store.all_servers[id_] = server(id_, plan=text_of(Plan(reset_day=day)))
    counted = PeriodTraffic((90, 0), [(90, 0), *[(0, 0)] * 11])
    store.traffic.done = start // PERIOD + 1
    store.traffic.all_totals[start // PERIOD + 1] = PeriodTotals(start, dict.fromkeys((1, 2, 3), counted))
    store.traffic.note(NOW // HOUR * 60, dict.fromkeys((1, 2, 3), (0, 0)))
    found = alerting(store).evaluate(store, states(NOW), NOW)
    assert found.ledgers[1].standing.open.keys() == {1}
