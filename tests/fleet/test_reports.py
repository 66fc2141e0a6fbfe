"""Reports: who sent each, what of it is stored, and what its sender is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from chalicelib.fleet import limits
from chalicelib.fleet.errors import FleetError, InvalidInput, Throttled, Unavailable
from chalicelib.fleet.figures import V0_FIGURES
from chalicelib.fleet.history import Minute, Recorded, minute
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.pings import Ping
from chalicelib.fleet.reports import NOT_LOOKED_UP, UNKNOWN_SECRET, Measurement, Outcome, Report, Sent, Taken, take
from chalicelib.fleet.servers import NO_FACTS, Facts, Server
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.states import State
from chalicelib.fleet.tokens import hash_of, new_token
from tests.fleet.memory_store import MemoryStore

NOW = 1_795_444_683.5
AT = int(NOW)
INTERVAL = 10
DNS = Monitor(5, "DNS", "icmp", "192.0.2.1", 30)
FIGURES_OF_ONE, FIGURES_OF_OTHER = (",".join([str(number)] * len(V0_FIGURES)) for number in (1, 2))


@dataclass
class ReportStore(MemoryStore):
    """known_monitors: what is remembered of the monitors; None for all. looked: how often all were looked up at once.

    failed: what cannot be stored of server 1, and why.
    """

    known_monitors: Mapping[int, Monitor] | None = None
    looked: int = 0
    failed: Mapping[str, FleetError] = field(default_factory=dict)

    def recent_monitors(self, *, at_once: bool = False) -> Mapping[int, Monitor]:
        self.looked += at_once
        return self.monitors if at_once or self.known_monitors is None else self.known_monitors

    def write_facts(self, facts: Mapping[int, Facts], now: float) -> Mapping[int, FleetError]:
        return {1: self.failed["facts"]} if "facts" in self.failed and 1 in facts else super().write_facts(facts, now)

    def write_states(self, states: Mapping[int, State]) -> Mapping[int, FleetError]:
        return {1: self.failed["states"]} if "states" in self.failed and 1 in states else super().write_states(states)

    def write_history(self, recorded: Mapping[int, Recorded], now: float) -> Mapping[int, FleetError]:
        fails = "history" in self.failed and 1 in recorded
        return {1: self.failed["history"]} if fails else super().write_history(recorded, now)


@pytest.fixture
def store() -> ReportStore:
    """Servers 1 and 2, whose secrets are "one" and "two", and a monitor of both."""
    made = ReportStore(all_monitors={DNS.id: DNS})
    for id_, secret in ((1, "one"), (2, "two")):
        token = new_token(secret, "agent", NOW, subject=id_)
        made.create_server(Server(id_, secret, secret_hash=token.hash), token)
    return made


def state(at: int | None = None, figures: str = FIGURES_OF_ONE) -> Measurement:
    return Measurement(at, figures)


def ping(at: int = AT, monitor_id: int = DNS.id, up: int = 2) -> Ping:
    return Ping(monitor_id, at, 12.5, up, 0)


def sent(
    secret: str,
    facts: Facts = NO_FACTS,
    *,
    state: Measurement | None = None,
    pings: tuple[Ping, ...] = (),
    minutes: tuple[Minute, ...] = (),
    age: float = 0,
) -> Sent:
    return Sent(secret, lambda: Report(facts, state, pings, minutes, age))


def unread(secret: str) -> Sent:
    """A report that must not be read beyond its secret."""
    return Sent(secret, lambda: pytest.fail(f"the report of {secret} was read"))


def outcomes(store: ReportStore, *reports: Sent | InvalidInput) -> Sequence[Outcome]:
    return take(store, reports, NOW, INTERVAL).outcomes


def test_no_reports_are_no_work(store: ReportStore) -> None:
    assert take(store, [], NOW, INTERVAL) == Taken([], [], Settings(), INTERVAL)


def test_each_report_is_its_sender_s(store: ReportStore) -> None:
    found = outcomes(store, sent("two", state=state(figures=FIGURES_OF_OTHER)), sent("one", state=state()))
    assert found == [Outcome(2), Outcome(1)]
    assert {id_: one.figures for id_, one in store.all_states.items()} == {1: FIGURES_OF_ONE, 2: FIGURES_OF_OTHER}


@pytest.mark.parametrize("secret", ["", "three", "x" * (limits.CREDENTIAL_LENGTH + 1)])
def test_an_unknown_secret_spoils_only_its_own_report(store: ReportStore, secret: str) -> None:
    assert outcomes(store, sent("one", state=state()), sent(secret, state=state())) == [Outcome(1), UNKNOWN_SECRET]
    assert store.all_states.keys() == {1}


def test_the_secret_of_an_api_token_is_no_agent_s(store: ReportStore) -> None:
    store.create_token(new_token("program", "api", NOW))
    assert outcomes(store, sent("program", state=state())) == [UNKNOWN_SECRET]


def test_a_report_that_could_not_be_read_is_told_so(store: ReportStore) -> None:
    wrong = InvalidInput('"CPU" must be a number.', error="not_a_number", field="CPU")
    bad, good = outcomes(store, wrong, sent("one"))
    assert (bad.error, bad.message, bad.retry) == ("bad_report", wrong.message, False)
    assert good == Outcome(1)


@pytest.mark.parametrize(("at", "kept"), [(None, AT), (AT - 5, AT - 5), (AT, AT), (AT + 3600, AT)])
def test_a_state_from_the_future_counts_as_now(store: ReportStore, at: int | None, kept: int) -> None:
    outcomes(store, sent("one", state=state(at)))
    assert store.all_states[1] == State(kept, AT, FIGURES_OF_ONE, others="10")


def test_of_several_states_of_one_server_the_newest_is_stored(store: ReportStore) -> None:
    newer, older = state(AT - 1, FIGURES_OF_OTHER), state(AT - 9)
    for order in ((newer, older), (older, newer)):
        store.all_states.clear()
        outcomes(store, *(sent("one", state=one) for one in order))
        assert store.all_states[1].figures == FIGURES_OF_OTHER


@pytest.mark.parametrize(("age", "heard"), [(0, 0), (55.9, 55), (3600, 3600), (10**9, 24 * 3600)])
def test_an_agent_was_heard_when_its_sender_says(store: ReportStore, age: float, heard: int) -> None:
    outcomes(store, sent("one", state=state(), age=age))
    assert store.all_states[1].last_active == AT - heard


@pytest.mark.parametrize(
    ("sent_with", "kept"),
    [("", "10"), ("60", "60"), ("2.5", "2.5"), ("0", "1"), ("-5", "1"), ("1e9", "3600"), (",20,0.5", "10,20,0.5")],
)
def test_a_state_keeps_the_interval_of_its_sender_or_the_one_that_it_is_told(
    store: ReportStore, sent_with: str, kept: str
) -> None:
    outcomes(store, sent("one", state=replace(state(), others=sent_with)))
    assert store.all_states[1].others == kept
    assert store.all_states[1].interval(usual=99) == float(kept.partition(",")[0])


def test_of_several_hosts_the_last_is_stored_and_an_absent_one_changes_nothing(store: ReportStore) -> None:
    outcomes(
        store,
        sent("one", Facts(ip="192.0.2.1", host="[1]")),
        sent("one", Facts(host="[2]")),
        sent("one", state=state()),
    )
    assert (store.all_servers[1].ip, store.all_servers[1].host) == ("192.0.2.1", "[2]")


def test_points_are_stored_for_their_minute(store: ReportStore) -> None:
    assert outcomes(store, sent("one", pings=(ping(AT), ping(AT - 60)))) == [Outcome(1)]
    assert [one.at for one in store.points[1]] == [AT - AT % 60, AT - AT % 60 - 60]


def test_a_refused_point_spoils_neither_the_others_nor_the_state(store: ReportStore) -> None:
    report = sent("one", state=state(), pings=(ping(), ping(AT - 2 * 24 * 3600), ping(monitor_id=9), ping(up=0)))
    (found,) = outcomes(store, report)
    assert (found.server_id, found.error) == (1, "")
    assert [one.error for one in found.refused] == ["too_old", "not_assigned", "bad_counts"]
    assert len(store.points[1]) == 1
    assert store.all_states.keys() == {1}


def test_a_point_of_a_monitor_that_was_just_made_is_not_refused(store: ReportStore) -> None:
    store.known_monitors = {}
    assert outcomes(store, sent("one", pings=(ping(),))) == [Outcome(1)]
    assert store.looked == 1


def test_monitors_are_looked_up_at_once_only_for_points_that_surprise(store: ReportStore) -> None:
    outcomes(store, sent("one", state=state(), pings=(ping(),)))
    outcomes(store, sent("one", state=state()))
    assert store.looked == 0


def test_minutes_are_stored_and_refused_one_by_one(store: ReportStore) -> None:
    good, old, early, empty = (
        minute(at, {"samples": samples, "CPU": 5})
        for at, samples in ((AT - 60, 60), (AT - 88_300, 60), (AT + 70, 60), (AT, 0))
    )
    (found,) = outcomes(store, sent("one", state=state(), minutes=(good, old, early, empty)))
    assert (found.server_id, found.error) == (1, "")
    assert [(one.at, one.error) for one in found.refused_minutes] == [
        (AT - 88_300, "too_old"),
        (AT + 70, "in_the_future"),
        (AT, "bad_counts"),
    ]
    assert store.minutes[1] == [good._replace(at=(AT - 60) // 60 * 60)]


def test_a_server_whose_minutes_are_lost_is_to_send_them_again(store: ReportStore) -> None:
    store.failed = {"history": Throttled()}
    (found,) = outcomes(store, sent("one", state=state(), minutes=(minute(AT, {"samples": 1}),)))
    assert (found.error, found.retry) == ("throttled", True)
    assert outcomes(store, sent("one", state=state())) == [Outcome(1)]


@pytest.mark.parametrize(
    ("failure", "error"), [(Throttled(), "throttled"), (Unavailable(), "unavailable")], ids=["throttled", "unavailable"]
)
def test_a_server_whose_points_are_lost_is_to_send_again_and_others_are_not(
    store: ReportStore, failure: Throttled | Unavailable, error: str
) -> None:
    store.failed = {"history": failure}
    report = sent("one", state=state(), pings=(ping(),))
    failed, good = outcomes(store, report, sent("two", state=state(), pings=(ping(),)))
    assert (failed.server_id, failed.error, failed.retry) == (0, error, True)
    assert failed.message == failure.message
    assert good == Outcome(2)
    assert store.all_states.keys() == {1, 2}


@pytest.mark.parametrize("failure", [Throttled(), Unavailable()], ids=["throttled", "unavailable"])
def test_a_lost_state_or_host_is_named_and_no_error(store: ReportStore, failure: Throttled | Unavailable) -> None:
    store.failed = {"facts": failure, "states": failure}
    facts = Facts(host="[1]")
    reports = [sent("one", facts, state=state()), sent("one", state=state()), sent("one"), sent("two", facts)]
    assert outcomes(store, *reports) == [
        Outcome(1, not_kept=("host", "state")),
        Outcome(1, not_kept=("state",)),
        Outcome(1),
        Outcome(2),
    ]


def test_a_second_host_within_a_minute_is_not_kept_and_the_next_one_is(store: ReportStore) -> None:
    def not_kept(host: str, now: float) -> tuple[str, ...]:
        (outcome,) = take(store, [sent("one", Facts(host=host), state=state())], now, INTERVAL).outcomes
        assert (outcome.server_id, outcome.error) == (1, "")
        return outcome.not_kept

    assert [not_kept("[1]", NOW), not_kept("[2]", NOW + 1), not_kept("[3]", NOW + 59)] == [(), ("host",), ("host",)]
    assert not_kept("[1]", NOW + 59) == ()
    assert not_kept("[3]", NOW + 60) == ()
    assert store.all_servers[1].host == "[3]"
    assert store.all_states[1].last_active == AT + 60


def test_a_stranger_s_secrets_cost_one_lookup_and_none_of_the_reports_is_read(store: ReportStore) -> None:
    found = outcomes(store, *(unread(f"wrong {number}") for number in range(limits.REPORTS)))
    assert found == [UNKNOWN_SECRET, *[NOT_LOOKED_UP] * (limits.REPORTS - 1)]
    assert store.lookups == [[hash_of("wrong 0")]]
    assert (NOT_LOOKED_UP.error, NOT_LOOKED_UP.retry) == ("unavailable", True)


def test_all_reports_with_the_unknown_secret_are_told_so(store: ReportStore) -> None:
    assert outcomes(store, *map(unread, ("a", "b", "a"))) == [UNKNOWN_SECRET, NOT_LOOKED_UP, UNKNOWN_SECRET]


def test_the_rest_is_looked_up_together_once_the_first_secret_is_known(store: ReportStore) -> None:
    found = outcomes(store, sent("one"), unread("wrong"), sent("two"), sent("one"))
    assert found == [Outcome(1), UNKNOWN_SECRET, Outcome(2), Outcome(1)]
    assert store.lookups == [[hash_of("one")], [hash_of("wrong"), hash_of("two")]]


def test_an_unknown_secret_does_not_touch_agents_that_are_remembered(store: ReportStore) -> None:
    store.remembered = {hash_of("one"): 1}
    found = outcomes(store, unread("wrong"), sent("one", state=state()), unread("two"))
    assert found == [UNKNOWN_SECRET, Outcome(1), NOT_LOOKED_UP]
    assert store.all_states.keys() == {1}


def test_a_secret_that_is_remembered_as_unknown_is_not_looked_up(store: ReportStore) -> None:
    store.remembered = {hash_of("wrong"): 0}
    assert outcomes(store, unread("wrong"), sent("one")) == [UNKNOWN_SECRET, Outcome(1)]
    assert store.lookups == [[hash_of("one")]]


@pytest.mark.parametrize("secret", ["", "x" * (limits.CREDENTIAL_LENGTH + 1)])
def test_an_impossible_secret_is_not_looked_up(store: ReportStore, secret: str) -> None:
    assert outcomes(store, unread(secret)) == [UNKNOWN_SECRET]
    assert store.lookups == []


def test_a_report_that_makes_no_sense_is_refused_alone(store: ReportStore) -> None:
    def refuse() -> Report:
        raise InvalidInput("wrong", error="not_a_number", field="CPU")

    bad, good = outcomes(store, Sent("two", refuse), sent("one"))
    assert (bad.error, bad.message, bad.retry) == ("bad_report", "wrong", False)
    assert good == Outcome(1)


def test_senders_are_told_what_to_probe(store: ReportStore) -> None:
    only_two = replace(DNS, id=6, cover="only", servers=frozenset((2,)))
    store.all_monitors[6] = only_two
    assert take(store, [sent("one"), sent("two")], NOW, INTERVAL).assignments == [(DNS, [1, 2]), (only_two, [2])]
    assert take(store, [sent("one")], NOW, INTERVAL).assignments == [(DNS, [1])]
    assert take(store, [sent("three")], NOW, INTERVAL).assignments == []
