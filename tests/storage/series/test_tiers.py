"""Ranges show every minute once, wherever the rollup is."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks.watched_store import Parameters, Send, WatchedStore
from chalicelib.fleet.history import COLUMNS
from chalicelib.fleet.rollup import DAYS, HOURS, PERIOD, TEN_MINUTES, WAIT, Delays, Figures, Tier
from chalicelib.storage.calls import Database
from chalicelib.storage.series import tiers
from chalicelib.storage.series.measures import DELAYS, FIGURES
from chalicelib.storage.series.rollup_job import RollupJob
from tests.storage.series.histories import MIDNIGHT, NOON, Model, counts_of, recorded, since_of, sums_of
from tests.storage.series.test_rollup_job import done_up_to
from tests.support.dynamodb import empty

SERVERS = (1, 150)
"""In slices of their own."""

HOUR = 3600

TIERS = (TEN_MINUTES, HOURS, DAYS)


class Killed(Exception):
    """What ends a run in the middle."""


def killed_at(call: int) -> Callable[[Send, str, Parameters], Parameters]:
    """Fails at the call with this number, before or after it was carried out, and at all later ones."""
    made = 0

    def handle(send: Send, operation: str, parameters: Parameters) -> Parameters:
        nonlocal made
        made += 1
        if made == call and call % 2:
            send(operation, parameters)
        if made >= call:
            raise Killed
        return send(operation, parameters)

    return handle


def check(store: WatchedStore, model: Model, now: int, servers: Iterable[int]) -> None:
    for server_id in servers:
        for tier in TIERS:
            since = since_of(now, tier)
            figures = tiers.read(store.database, FIGURES, server_id, since, now, tier)
            assert sums_of(figures) == model.sums(server_id, since, tier.step)
            delays = tiers.read(store.database, DELAYS, server_id, since, now, tier)
            assert counts_of(delays) == model.counts(server_id, since, tier.step)


@pytest.mark.parametrize("tier", TIERS)
def test_a_range_begins_with_its_oldest_whole_step(store: WatchedStore, tier: Tier) -> None:
    now = NOON + 5 * HOUR
    since = since_of(now, tier)
    times = [since - tier.step, since, since + tier.step]
    counts = [1, 1, 1]
    figures = Figures(times, counts, [counts] * len(COLUMNS))
    store.backfill.put_tier(tier, 1, figures, {7: Delays(times, counts, counts, counts, counts, counts)})
    assert tiers.read(store.database, FIGURES, 1, since, now, tier).times == times[1:]
    assert tiers.read(store.database, DELAYS, 1, since, now, tier)[7].times == times[1:]


def test_a_reader_whose_clock_is_behind_that_of_the_rollup_shows_every_minute_once(store: WatchedStore) -> None:
    done_up_to(store, MIDNIGHT // PERIOD - 1)
    model = Model()
    for number, at in enumerate((MIDNIGHT, NOON - 60, NOON, NOON + 600)):
        model.add(1, recorded(at, 1000 + number))
        assert not store.write_history({1: recorded(at, 1000 + number)}, at + 60)
    run(store, NOON + WAIT, "whole run")
    for now in (NOON + WAIT, NOON + WAIT - 1):
        check(store, model, now, [1])


minute = st.tuples(st.just("minute"), st.sampled_from(SERVERS), st.integers(0, 24 * 60), st.integers(0, 3000))
"""A server's minute, so many minutes late."""

steps = st.lists(
    st.tuples(
        st.sampled_from([300, 1800, 5 * 3600, 11 * 3600]),
        st.lists(minute, max_size=6),
        st.sampled_from(["no run", "whole run"]) | st.integers(1, 24),
    ),
    max_size=7,
)
"""How much time passes, what arrives then, and what becomes of the next run: which of its calls kills it."""


def run(store: WatchedStore, now: float, fate: str | int) -> None:
    if fate == "no run":
        return
    job = RollupJob(Database(store.prefix, store.calls, store.clock), lambda: SERVERS, store.clock, now, 600)
    with suppress(Killed), store.calls.around(killed_at(fate) if isinstance(fate, int) else whole):
        job.run()


def whole(send: Send, operation: str, parameters: Parameters) -> Parameters:
    return send(operation, parameters)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
@example(
    [
        (11 * HOUR, [("minute", 1, 30, 1), ("minute", 150, 600, 2)], "whole run"),
        (5 * HOUR, [("minute", 1, 10, 5), ("minute", 1, 14 * 60, 7), ("minute", 150, 9 * 60, 8)], "no run"),
        (11 * HOUR, [("minute", 1, 12 * 60, 11), ("minute", 150, 1, 13)], 7),
        (1800, [("minute", 150, 20 * 60, 14)], "whole run"),
        (11 * HOUR, [("minute", 1, 24 * 60, 17), ("minute", 1, 0, 19)], 12),
    ]
)
def test_every_minute_is_shown_once(store: WatchedStore, some: Any) -> None:
    empty(store.database)
    done_up_to(store, MIDNIGHT // PERIOD - 3)
    now, model = MIDNIGHT + PERIOD - 700, Model()
    for place, (passed, arrived, fate) in enumerate(some):
        now += passed
        for _, server_id, late, number in arrived:
            new = recorded(now // 60 * 60 - 60 * late, number)
            model.add(server_id, new)
            assert not store.write_history({server_id: new}, now)
        run(store, now, fate)
        check(store, model, now, SERVERS[place % 2 :][:1])
    check(store, model, now, SERVERS)
