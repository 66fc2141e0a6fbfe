"""Whatever DynamoDB refuses, and on whatever table: no minute and no point is lost.

The relay's own senders and spool, and the dashboard's application over moto, in a time that is simulated.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chalice.app import Chalice
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent.core.answers import Answer, NotTaken, Outcome, parse_answer
from agent.core.client import Report
from benchmarks import events
from benchmarks.relays_in_time import SimulatedRelay, SimulatedTime, run
from benchmarks.watched_store import Parameters, Send, WatchedStore
from chalicelib.fleet import monitors, servers
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.ranges import Window
from chalicelib.fleet.servers import Server
from chalicelib.storage.failures import CallRefused
from tests.support.dashboard import Clock, application

START = 1_795_443_600
"""The start of ten minutes."""

MEASURED, SENT = 600, 400
"""Seconds of which there are minutes, and within which all of them are sent."""

TABLES = ("servers", "states", "tokens", "monitors", "series", "settings", "alerts")


class Throttling:
    """DynamoDB, of which some tables refuse calls: by turns so many in a row, and answer so many, until turns end."""

    def __init__(self, tables: frozenset[str], turns: Sequence[int]) -> None:
        self.tables = tables
        self.refused = 0
        self._turns = [number % 2 == 0 for number, calls in enumerate(turns) for _ in range(calls)]

    def __call__(self, send: Send, operation: str, parameters: Parameters) -> Parameters:
        named = parameters.get("TableName") or next(iter(parameters.get("RequestItems", {"": 0})))
        if named.rpartition("-")[2] in self.tables and self._turns and self._turns.pop(0):
            self.refused += 1
            raise CallRefused("ProvisionedThroughputExceededException", 400, {})
        return send(operation, parameters)


class Api:
    """The dashboard's application. outcomes: all that it told."""

    def __init__(self, store: WatchedStore, secrets: dict[str, str]) -> None:
        self.outcomes: list[Outcome] = []
        self._store = store
        self._clock = Clock(START + MEASURED)
        self._secrets = secrets
        self._app: Chalice = application(store, self._clock)

    def answer(self, now: float, reports: Sequence[Report]) -> Answer:
        self._store.clock.skip(now - self._clock.now)
        self._clock.now = now
        sent: list[Any] = [{**one, "secret": self._secrets[one["secret"]]} for one in reports]
        answer = self._app(events.report(sent), None)
        if answer["statusCode"] != 200:
            assert answer["statusCode"] in (429, 503), answer["body"]
            assert json.loads(answer["body"])["code"] == answer["statusCode"]
            raise NotTaken("busy", "simulated", status=answer["statusCode"])
        parsed = parse_answer(answer["body"].encode(), len(reports))
        self.outcomes += parsed.outcomes
        return parsed


@given(
    st.frozensets(st.sampled_from(TABLES), min_size=1),
    st.lists(st.integers(1, 12), min_size=4, max_size=30),
)
@example(frozenset({"series"}), [12, 1, 9, 2, 30, 1, 5])
@example(frozenset(TABLES), [4, 3, 12, 5, 4, 8, 30, 2, 7, 9, 40])
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_throttling_of_any_table_loses_no_minute_and_no_point(
    store: WatchedStore, tables: frozenset[str], turns: list[int]
) -> None:
    store = store.another(clock=type(store.clock)(runs=False))
    made = [servers.create(store, Server(0, "one"), START) for _ in range(3)]
    monitor = monitors.create(store, Monitor(0, "DNS", "icmp", "192.0.2.1"))
    ids = [server.id for server, _ in made]
    api = Api(store, {str(server.id): secret for server, secret in made})
    throttling = Throttling(tables, turns)
    time = SimulatedTime(START + MEASURED)
    with TemporaryDirectory() as folder, store.calls.around(throttling):
        relay = SimulatedRelay(time, Path(folder), ids, api.answer, monitor=monitor, measured_until=START + MEASURED)
        measured = tuple(range(START, START + MEASURED, 60))
        for at in measured:
            relay.measure(at)
        run(time, [relay], SENT)
    window = Window(START, START + MEASURED - 1, 60)
    for id_ in ids:
        assert tuple(store.history(id_, window).times) == measured
        assert tuple(store.series(id_, window)[monitor].minutes) == measured
    for outcome in api.outcomes:
        # What is told to be wrong is only what was not stored, and always worth sending again.
        assert outcome.error in ("", "throttled")
        assert outcome.retry == bool(outcome.error)
        assert (outcome.refused, outcome.refused_minutes) == ((), ())
        assert set(outcome.not_kept) <= ({"state"} if "states" in tables else set())


def test_throttled_states_are_named_and_nothing_else(store: WatchedStore) -> None:
    server, secret = servers.create(store, Server(0, "one"), START)
    api = Api(store, {"1": secret})
    report: Report = {"secret": "1", "state": {"CPU": 1}, "minutes": [{"at": START - 600, "samples": 60, "CPU": 1}]}
    with store.calls.around(Throttling(frozenset({"states"}), [1000])):
        answer = api.answer(START + MEASURED, [report])
    assert answer.outcomes == (Outcome(server.id, not_kept=("state",)),)
    assert server.id not in store.states([server.id])
    assert list(store.history(server.id, Window(START - 600, START, 60)).times) == [START - 600]
