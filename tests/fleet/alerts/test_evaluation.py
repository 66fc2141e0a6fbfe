"""Which events begin and end, and when channels are notified."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.evaluation import RuleOutcome, Standing, edited, end_all, evaluate
from chalicelib.fleet.alerts.glance import Pinged
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.certificates import Certificate
from chalicelib.fleet.cycles import Cycle, monthly
from chalicelib.fleet.monitors import Monitor
from tests.fleet.alerts.fleets import GIB, NOW, glance, has_news, server, state

CPU = Condition("cpu", above=90)


def rule(*conditions: Any, **fields: Any) -> Rule:
    return Rule(1, "Rule", tuple(conditions or (CPU,)), **{"duration": 120, "channels": (1,), **fields})


class Run:
    """Evaluations of one rule, one after the other."""

    def __init__(self, watched: Any, **fields: Any) -> None:
        self.rule, self.fields, self.standing = watched, fields, Standing()

    def at(self, seconds: Any, states: Any, **fields: Any) -> RuleOutcome:
        """The outcome `seconds` after NOW. states: keyword arguments of `state`, by server id."""
        now = NOW + seconds
        made = {id_: state(now=now, **figures) for id_, figures in states.items()}
        outcome = evaluate(self.rule, self.standing, glance(made, now, **{**self.fields, **fields}))
        self.standing = outcome.standing
        return outcome


DAY = 86_400
HIGH, LOW = {1: {"CPU": 95}}, {1: {"CPU": 5}}


def test_fires_when_it_held_for_its_duration() -> None:
    run = Run(rule())
    assert [bool(run.at(at, HIGH).began) for at in (0, 60, 120, 180)] == [False, False, True, False]
    event = run.standing.open[1]
    assert (event.began, event.fired, event.values, event.name) == (NOW, NOW + 120, (95.0,), "server-1")


def test_a_duration_of_0_fires_at_the_first_evaluation() -> None:
    assert Run(rule(duration=0)).at(0, HIGH).began.keys() == {1}


def test_starts_anew_when_it_did_not_hold_once() -> None:
    run = Run(rule())
    assert [bool(run.at(at, states).began) for at, states in ((0, HIGH), (60, LOW), (120, HIGH), (180, HIGH))] == [
        False
    ] * 4
    assert run.at(240, HIGH).began


def test_ends_when_it_no_longer_holds() -> None:
    run = Run(rule(duration=0))
    run.at(0, HIGH)
    ended = run.at(60, LOW).ended[1]
    assert (ended.reason, ended.at, ended.event.values) == ("recovered", NOW + 60, (95.0,))
    assert not run.standing.open


def test_does_not_begin_again_within_its_duration_of_the_end() -> None:
    run = Run(rule(Condition("cpu", above=90, duration=0), duration=300))
    assert run.rule.longest_duration == 0
    run = Run(rule(Condition("offline"), duration=300))
    run.at(0, {1: {"age": 301}})
    assert run.at(60, {1: {"age": 10}}).ended
    assert not run.at(120, {1: {"age": 400}}).began
    assert not run.at(359, {1: {"age": 400}}).began
    assert run.at(360, {1: {"age": 400}}).began


def test_nothing_new_leaves_the_standing_as_it_is() -> None:
    run = Run(rule())
    assert run.at(0, LOW).standing is run.at(60, LOW).standing
    for at in (120, 180, 240):
        run.at(at, HIGH)
    before = run.standing
    assert run.at(300, HIGH).standing is before


@pytest.mark.parametrize("value", [90, 90.0, 10])
def test_limits_are_strict(value: float) -> None:
    assert not Run(rule(Condition("cpu", above=90, below=10), duration=0)).at(0, {1: {"CPU": value}}).began


@pytest.mark.parametrize("value", [90.01, 9.99])
def test_two_limits_are_a_band(value: float) -> None:
    assert Run(rule(Condition("cpu", above=90, below=10), duration=0)).at(0, {1: {"CPU": value}}).began


@pytest.mark.parametrize(
    ("type_", "above", "figures"),
    [
        ("cpu", 49, {"CPU": 50}),
        ("gpu", 49, {"GPU": 50}),
        ("memory", 49, {"MemUsed": 4 * GIB}),
        ("swap", 49, {"SwapUsed": GIB}),
        ("disk", 49, {"DiskUsed": 50 * GIB}),
        ("load1", 1.4, {"Load1": 1.5}),
        ("load5", 1.4, {"Load5": 1.5}),
        ("load15", 1.4, {"Load15": 1.5}),
        ("net_in", 999, {"NetInSpeed": 1000}),
        ("net_out", 999, {"NetOutSpeed": 1000}),
        ("net_all", 1999, {"NetInSpeed": 1500, "NetOutSpeed": 500}),
        ("tcp", 9, {"TcpConnCount": 10}),
        ("udp", 9, {"UdpConnCount": 10}),
        ("processes", 9, {"ProcessCount": 10}),
        ("transfer_in", 999, {"NetInTransfer": 1000}),
        ("transfer_out", 999, {"NetOutTransfer": 1000}),
        ("transfer_all", 1999, {"NetInTransfer": 1500, "NetOutTransfer": 500}),
        ("temperature", 80, {"temperatures": '[{"Name":"a","Temperature":0},{"Name":"b","Temperature":81.5}]'}),
    ],
)
def test_figures(type_: str, above: float, figures: dict[str, Any]) -> None:
    condition = Condition(type_, above=above)
    assert Run(rule(condition, duration=0)).at(0, {1: figures}).began.keys() == {1}
    higher = replace(condition, above=above * 1.1 + 5)
    assert not Run(rule(higher, duration=0)).at(0, {1: figures}).began


@pytest.mark.parametrize("type_", ["memory", "swap", "disk", "temperature"])
def test_what_is_not_measured_is_not_low(type_: str) -> None:
    watched = rule(Condition(type_, below=50), duration=0)
    unmeasured = {1: replace(server(1), host="")}
    assert not Run(watched, servers=unmeasured).at(0, {1: {}}).began


def test_all_conditions_must_hold() -> None:
    run = Run(rule(CPU, Condition("load1", above=4), duration=0))
    assert not run.at(0, {1: {"CPU": 95}, 2: {"Load1": 5}}).began
    assert run.at(60, {1: {"CPU": 95, "Load1": 5}, 2: {}}).began.keys() == {1}
    assert run.standing.open[1].values == (95.0, 5.0)
    assert run.at(120, {1: {"CPU": 95}, 2: {}}).ended.keys() == {1}


def test_each_condition_waits_for_its_own_duration() -> None:
    run = Run(rule(replace(CPU, duration=60), Condition("load1", above=4, duration=240)))
    high, load = {1: {"CPU": 95, "Load1": 5}}, {1: {"Load1": 5}}
    began = [
        bool(run.at(at, states).began) for at, states in ((0, load), (60, load), (120, load), (180, high), (240, high))
    ]
    assert began == [False, False, False, False, True]
    assert run.standing.open[1].began == NOW + 180


def test_covers_all_but_some_and_only_some() -> None:
    servers = {1: server(1, tag="a"), 2: server(2, tag="b"), 3: server(3, tag="c")}
    high = {id_: {"CPU": 95} for id_ in servers}

    def fired(**cover: Any) -> Any:
        return set(Run(rule(duration=0, **cover), servers=servers).at(0, high).began)

    assert fired() == {1, 2, 3}
    assert fired(servers=frozenset({1}), tags=frozenset({"b"})) == {3}
    assert fired(cover="only", servers=frozenset({1}), tags=frozenset({"b"})) == {1, 2}
    assert fired(cover="only") == set()


def test_a_rule_does_not_fire_for_a_server_that_one_condition_does_not_cover() -> None:
    some = replace(CPU, cover="only", servers=frozenset({1}))
    others = Condition("load1", above=4, servers=frozenset({2}))
    high = {id_: {"CPU": 95, "Load1": 5} for id_ in (1, 2, 3)}
    assert Run(rule(some, others, duration=0)).at(0, high).began.keys() == {1}


def test_figures_neither_begin_nor_end_while_a_server_is_offline() -> None:
    run = Run(rule(duration=0))
    assert not run.at(0, {1: {"CPU": 95, "age": 181}}).began
    run.at(60, HIGH)
    assert not run.at(120, {1: {"CPU": 5, "age": 181}}).ended
    assert run.at(180, LOW).ended


def test_time_offline_does_not_count_for_a_duration() -> None:
    run = Run(rule())
    run.at(0, HIGH)
    run.at(60, {1: {"CPU": 95, "age": 181}})
    assert not run.at(120, HIGH).began
    assert run.at(240, HIGH).began


# Offline.


@pytest.mark.parametrize(
    ("duration", "interval", "limit"), [(0, 60, 150), (120, 60, 150), (300, 60, 300), (30, 3, 30), (0, 3, 7.5)]
)
def test_offline(duration: int, interval: int, limit: float) -> None:
    watched = rule(Condition("offline"), duration=duration)
    fields = {"intervals": {1: interval}}
    assert not Run(watched, **fields).at(0, {1: {"age": int(limit)}}).began
    event = Run(watched, **fields).at(0, {1: {"age": int(limit) + 1}}).began[1]
    assert event.began == NOW - int(limit) - 1


def test_a_server_that_never_reported_is_not_offline() -> None:
    assert not Run(rule(Condition("offline"), duration=0), servers={1: server(1)}).at(0, {}).began


def test_offline_counts_from_when_the_evaluation_resumed() -> None:
    run = Run(rule(Condition("offline")))
    assert not run.at(0, {1: {"age": 4000}}, resumed=NOW).began
    assert not run.at(120, {1: {"age": 4120}}, resumed=NOW).began
    assert run.at(180, {1: {"age": 4180}}, resumed=NOW).began[1].began == NOW - 4000


def test_a_pause_ends_no_event() -> None:
    run = Run(rule(Condition("offline")))
    run.at(0, {1: {"age": 151}})
    assert not has_news(run.at(1000, {1: {"age": 1151}}, resumed=NOW + 1000))
    assert run.at(1060, {1: {"age": 10}}, resumed=NOW + 1000).ended[1].reason == "recovered"


def test_a_pause_does_not_count_for_a_duration() -> None:
    run = Run(rule())
    run.at(0, HIGH)
    assert not run.at(600, HIGH, resumed=NOW + 600).began
    assert not run.at(660, HIGH, resumed=NOW + 600).began
    event = run.at(720, HIGH, resumed=NOW + 600).began[1]
    assert event.began == NOW + 600


@pytest.mark.parametrize("servers", [12, 200])
@pytest.mark.parametrize("spread", [3, 60, 300])
@pytest.mark.parametrize("offset", [0, 1, 29, 58, 59])
def test_a_network_that_goes_away_begins_events_in_at_most_two_evaluations(
    servers: int, spread: int, offset: int
) -> None:
    """Each server's last report was some time before; every server reports every `spread` seconds."""
    intervals = dict.fromkeys(range(1, servers + 1), spread)
    last = {id_: -(id_ * spread // servers) for id_ in intervals}
    run = Run(rule(Condition("offline"), duration=60), intervals=intervals)
    began = [
        len(run.at(at, {id_: {"age": at - heard} for id_, heard in last.items()}).began)
        for at in range(offset, 1800, 60)
    ]
    assert sum(began) == servers
    assert sum(map(bool, began)) <= 2


# Pings and monitors.

MONITORS = {7: Monitor(7, "Tokyo", "icmp", "tokyo.example", 60), 8: Monitor(8, "Web", "tcp", "web.example:443", 60)}


def pinged(**by_server: Any) -> dict[Any, Any]:
    """s1={7: (latency, loss)}."""
    return {int(name[1:]): {id_: Pinged(*pair) for id_, pair in one.items()} for name, one in by_server.items()}


def test_loss_and_latency_hold_if_any_monitor_does() -> None:
    run = Run(rule(Condition("latency", above=100, monitors=frozenset({7, 8})), duration=0), monitors=MONITORS)
    event = run.at(0, {1: {}, 2: {}}, pings=pinged(s1={7: (50, 0), 8: (250, 0)}, s2={7: (50, 0)})).began[1]
    assert (event.values, event.monitor_id, event.monitor) == ((250,), 8, "Web")
    assert 2 not in run.standing.open
    run = Run(rule(Condition("loss", above=20, monitors=frozenset({7})), duration=0), monitors=MONITORS)
    assert not run.at(0, {1: {}}, pings=pinged(s1={8: (1, 100)})).began
    assert run.at(60, {1: {}}, pings=pinged(s1={7: (None, 100)})).began
    assert not run.at(120, {1: {}}, pings={}).ended  # nothing is known
    assert run.at(180, {1: {}}, pings=pinged(s1={7: (1, 0)})).ended


def test_an_event_about_pings_ends_with_its_monitors() -> None:
    run = Run(rule(Condition("loss", above=20), duration=0), monitors=MONITORS)
    run.at(0, {1: {}}, pings=pinged(s1={7: (None, 100)}))
    assert run.at(60, {1: {}}, pings={}, monitors={}).ended[1].reason == "recovered"


def test_a_monitor_is_down_when_it_fails_from_every_covering_server() -> None:
    run = Run(rule(Condition("down"), duration=0), monitors=MONITORS)
    states: dict[int, dict[str, Any]] = {1: {}, 2: {}}
    assert not run.at(0, states, pings=pinged(s1={7: (None, 100)}, s2={7: (3, 50)})).began
    began = run.at(60, states, pings=pinged(s1={7: (None, 100)}, s2={7: (None, 100), 8: (3, 0)})).began
    assert (set(began), began[7].name) == ({7}, "Tokyo")
    assert not run.at(120, states, pings={}).ended
    assert run.at(180, states, pings=pinged(s1={7: (3, 80)}, s2={7: (None, 100)})).ended.keys() == {7}


def test_a_server_that_is_offline_says_nothing_about_a_monitor() -> None:
    run = Run(rule(Condition("down"), duration=0), monitors=MONITORS)
    pings = pinged(s1={7: (None, 100)}, s2={7: (3, 0)})
    assert run.at(0, {1: {}, 2: {"age": 500}}, pings=pings).began.keys() == {7}
    assert not Run(run.rule, monitors=MONITORS).at(0, {1: {"age": 500}, 2: {"age": 500}}, pings=pings).began


SITES = {id_: Monitor(id_, f"Site {id_}", "http", f"https://{id_}.example/") for id_ in (7, 8)}


def ending(**days: float) -> dict[int, Certificate]:
    """Certificates, by the ids of monitors, which follow a letter, and days left."""
    return {int(id_[1:]): Certificate("Trust", int(NOW + left * DAY)) for id_, left in days.items()}


def test_certificates_end_and_are_renewed() -> None:
    run = Run(rule(Condition("certificate", below=7), duration=0), monitors=SITES)
    event = run.at(0, {}, certificates=ending(m7=6, m8=8)).began[7]
    assert (event.values, event.name, event.issuer, event.of_monitors) == ((6.0,), "Site 7", "Trust", True)
    assert run.at(DAY + 60, {}, certificates=ending(m7=6, m8=8)).began.keys() == {8}
    ended = run.at(DAY + 120, {}, certificates=ending(m7=90, m8=8)).ended
    assert {id_: one.reason for id_, one in ended.items()} == {7: "recovered"}
    only = Run(rule(Condition("certificate", below=7, monitors=frozenset({8})), duration=0), monitors=SITES)
    assert only.at(0, {}, certificates=ending(m7=-3, m8=-1)).began.keys() == {8}


def test_a_certificate_that_is_not_known_begins_and_ends_nothing() -> None:
    run = Run(rule(Condition("certificate", below=7), duration=0), monitors=SITES)
    assert not run.at(0, {}).began
    assert run.at(60, {}, certificates=ending(m7=1)).began
    assert not run.at(120, {}, certificates={}).ended, "its target is another one, whose certificate nobody saw yet"
    plain = {**SITES, 7: Monitor(7, "Site 7", "http", "http://7.example/")}
    assert run.at(180, {}, monitors=plain).ended.keys() == {7}, "a target without TLS"
    assert run.at(240, {}, certificates=ending(m8=1)).began
    assert run.at(300, {}, monitors={7: SITES[7]}).ended[8].reason == "deleted"


def test_plans_end() -> None:
    run = Run(rule(Condition("expiry", below=7), duration=0), servers={1: server(1), 2: server(2)})
    assert run.at(0, {}, expiries={1: NOW - DAY}).began[1].values == (-1.0,)
    assert run.at(60, {}, expiries={}).ended


class Moved:
    def __init__(self, bytes_: Any) -> None:
        self.bytes = bytes_

    def moved(self, server_id: Any, start: Any) -> Any:
        return self.bytes.get((server_id, start))


def test_traffic_of_a_cycle() -> None:
    cycle = Cycle("2027-01-01T00:00", 1, "month")
    start = 1_798_761_600  # 2027-01-01T00:00Z; NOW is on the 15th
    run = Run(rule(Condition("cycle_out", above=100, cycle=cycle), duration=0))
    traffic = Moved({(1, start): (500, 101), (2, start): (500, 99)})
    assert run.at(0, {1: {}, 2: {}, 3: {}}, traffic=traffic).began.keys() == {1}
    assert not run.at(60, {1: {}, 2: {}, 3: {}}).ended  # nothing is known
    assert run.at(120, {1: {}, 2: {}, 3: {}}, traffic=Moved({(1, start): (0, 0)})).ended


def test_traffic_of_the_cycle_of_a_plan() -> None:
    run = Run(rule(Condition("cycle_all", above=100), duration=0))
    traffic = Moved({(1, 1_799_539_200): (60, 60), (2, 1_799_539_200): (60, 60)})
    plans = {1: monthly(10)}
    assert run.at(0, {1: {}, 2: {}}, traffic=traffic, plan_cycles=plans).began.keys() == {1}
    assert run.at(60, {1: {}, 2: {}}, traffic=traffic).ended.keys() == {1}  # it has no plan any more


# What is told.


def test_the_begin_and_the_end_are_told() -> None:
    run = Run(rule(duration=0))
    outcome = run.at(0, HIGH)
    assert (outcome.told, outcome.told_ended, outcome.reminded) == ({1}, set(), set())
    assert run.at(60, LOW).told_ended == {1}


def test_the_end_is_not_told_without_recovery() -> None:
    run = Run(rule(duration=0, recovery=False))
    run.at(0, HIGH)
    outcome = run.at(60, LOW)
    assert (set(outcome.ended), outcome.told_ended) == ({1}, set())


def test_reminders() -> None:
    run = Run(rule(duration=0, remind=600))
    reminded = [at for at in range(0, 2400, 60) if run.at(at, HIGH).reminded]
    assert reminded == [600, 1200, 1800]


def test_no_reminders_in_quiet_hours() -> None:
    run = Run(rule(duration=0, remind=600))
    run.at(0, HIGH)
    assert not run.at(600, HIGH, quiet_until=NOW + 900).reminded
    assert run.at(900, HIGH).reminded


def test_nothing_is_told_of_a_muted_server_until_it_is_over() -> None:
    servers = {1: server(1, muted_until=NOW + 100)}
    run = Run(rule(duration=0, remind=60), servers=servers)
    outcome = run.at(0, HIGH)
    assert (set(outcome.began), outcome.told) == ({1}, set())
    assert not has_news(run.at(60, HIGH))
    outcome = run.at(120, HIGH)
    assert (outcome.began, outcome.told, outcome.reminded) == ({}, {1}, set())


def test_what_began_and_ended_while_muted_is_never_told() -> None:
    run = Run(rule(duration=0, muted_until=NOW + 100))
    run.at(0, HIGH)
    outcome = run.at(60, LOW)
    assert (set(outcome.ended), outcome.told_ended) == ({1}, set())
    assert not has_news(run.at(120, LOW))


def test_the_end_is_not_told_while_muted() -> None:
    run = Run(rule(duration=0))
    run.at(0, HIGH)
    assert not run.at(60, LOW, servers={1: server(1, muted_until=NOW + 100)}).told_ended


# Changes.


def test_a_deleted_server_ends_its_events() -> None:
    run = Run(rule(duration=0))
    run.at(0, HIGH)
    outcome = run.at(60, {}, servers={})
    assert (outcome.ended[1].reason, outcome.told_ended) == ("deleted", {1})


def test_a_server_that_the_rule_no_longer_covers_ends_its_events() -> None:
    run = Run(rule(duration=0, tags=frozenset({"test"})))
    run.at(0, HIGH)
    assert run.at(60, HIGH, servers={1: server(1, tag="test")}).ended[1].reason == "rule_changed"


def test_an_edited_rule_goes_on_with_the_events_for_which_it_still_holds() -> None:
    run = Run(rule(duration=0))
    run.at(0, {1: {"CPU": 95}, 2: {"CPU": 99}})
    run.rule, run.standing = rule(replace(CPU, above=97), duration=0), edited(run.standing)
    outcome = run.at(60, {1: {"CPU": 95}, 2: {"CPU": 99}})
    assert (outcome.began, outcome.told, {id_: end.reason for id_, end in outcome.ended.items()}) == (
        {},
        set(),
        {1: "rule_changed"},
    )
    assert run.at(120, {2: {"CPU": 1}}).ended[2].reason == "recovered"


def test_an_event_of_an_edited_rule_ends_where_nobody_can_tell_whether_it_holds() -> None:
    """Its server is offline, maybe for good: the event would stay open, and nobody would be told any more."""
    run = Run(rule(duration=0))
    run.at(0, {1: {"CPU": 95}, 2: {"CPU": 99}})
    outcome = run.at(400, {1: {"CPU": 95}, 2: {"CPU": 99, "age": 400}})
    assert not outcome.ended, "an event of a rule that nobody changed waits"
    run.rule, run.standing = rule(Condition("memory", above=50), duration=0), edited(run.standing)
    outcome = run.at(460, {1: {"MemUsed": 8 * GIB}, 2: {"MemUsed": 8 * GIB, "age": 460}})
    assert {id_: end.reason for id_, end in outcome.ended.items()} == {2: "rule_changed"}
    assert outcome.told_ended == {2}
    assert outcome.standing.open.keys() == {1}


def test_an_edited_rule_on_silence_keeps_its_event_while_evaluation_resumes() -> None:
    run = Run(rule(Condition("offline"), duration=60))
    assert run.at(600, {1: {"age": 600}}).began
    run.rule, run.standing = rule(Condition("offline"), duration=120), edited(run.standing)
    outcome = run.at(720, {1: {"age": 720}}, resumed=NOW + 700)
    assert not outcome.ended
    assert outcome.standing.open.keys() == {1}


def test_a_disabled_rule_ends_its_events() -> None:
    run = Run(rule(duration=0))
    run.at(0, HIGH)
    run.rule = replace(run.rule, enabled=False)
    outcome = run.at(60, HIGH)
    assert (outcome.ended[1].reason, outcome.told_ended) == ("rule_changed", {1})
    assert run.at(120, HIGH).standing is run.at(180, HIGH).standing


def test_a_deleted_rule_ends_its_events() -> None:
    run = Run(rule(duration=0))
    run.at(0, HIGH)
    outcome = end_all(run.rule, run.standing, NOW + 60, "deleted")
    assert (outcome.ended[1].reason, outcome.told_ended, outcome.standing) == ("deleted", {1}, Standing())


def test_the_end_of_a_silent_event_is_not_told() -> None:
    run = Run(rule(duration=0))
    run.at(0, HIGH)
    run.standing = replace(run.standing, open={1: replace(run.standing.open[1], silent=True)})
    outcome = run.at(60, LOW)
    assert (set(outcome.ended), outcome.told_ended) == ({1}, set())
