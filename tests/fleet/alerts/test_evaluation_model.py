"""Evaluation against a plain model that keeps the whole history and looks back, instead of a standing."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.evaluation import EARLY, Standing, evaluate
from chalicelib.fleet.alerts.rules import Rule
from tests.fleet.alerts.fleets import NOW, glance, has_news, server, state

SEEN: dict[str, dict[str, Any]] = {
    "both": {"CPU": 95, "Load1": 9},
    "cpu": {"CPU": 95},
    "load": {"Load1": 9},
    "neither": {},
    "offline": {"CPU": 95, "Load1": 9, "age": 200},
}

steps = st.lists(st.tuples(st.sampled_from(sorted(SEEN)), st.integers(20, 90), st.booleans()), max_size=30)
"""What is seen, how long after the step before, and whether the evaluation was away in between."""


def plain_model(history: Any, durations: dict[str, Any], longest: Any) -> tuple[Any, ...]:
    """Which evaluations begin and end an event. history: (time, seen, resumed) of every evaluation."""
    began, ended, is_open, free_from = [], [], False, 0
    for place, (now, seen, resumed) in enumerate(history):
        holds = {"cpu": seen in ("both", "cpu"), "load": seen in ("both", "load")}
        if is_open:
            if seen != "offline" and not all(holds.values()):
                ended.append(now)
                is_open, free_from = False, now + longest
            continue
        waited = all(_held(history[: place + 1], what, resumed) >= 0 for what in durations)
        long_enough = waited and all(
            not duration or _held(history[: place + 1], what, resumed) >= duration - EARLY * 60
            for what, duration in durations.items()
        )
        if long_enough and now >= free_from:
            began.append(now)
            is_open = True
    return began, ended


def _held(history: Any, what: Any, resumed: Any) -> Any:
    """Seconds for which a condition has held at every evaluation up to the last; -1 when it does not hold."""
    now = history[-1][0]
    since = None
    for at, seen, _ in reversed(history):
        if seen not in ("both", what):
            break
        since = at
    return -1 if since is None else now - max(since, resumed)


@settings(max_examples=150, deadline=None)
@given(steps, st.sampled_from([0, 30, 60, 90, 200]), st.sampled_from([0, 60, 150]))
def test_agrees_with_a_plain_model(seen_after: Any, cpu: Any, load: Any) -> None:
    rule = Rule(
        1,
        "Rule",
        (Condition("cpu", above=90, duration=cpu), Condition("load1", above=4, duration=load)),
        channels=(1,),
    )
    standing, history, began, ended = Standing(), [], [], []
    now = resumed = NOW
    for seen, gap, away in seen_after:
        now += gap
        resumed = now if away else resumed
        history.append((now, seen, resumed))
        outcome = evaluate(rule, standing, glance({1: state(now=now, **SEEN[seen])}, now, resumed=resumed))
        standing = outcome.standing
        began += [now] * len(outcome.began)
        ended += [now] * len(outcome.ended)
    assert (began, ended) == plain_model(history, {"cpu": cpu, "load": load}, rule.longest_duration)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.dictionaries(st.integers(1, 6), st.sampled_from(sorted(SEEN)), max_size=6), max_size=12),
    st.integers(0, 200),
    st.lists(st.integers(0, 11), max_size=12),
)
def test_every_event_begins_and_ends_once_however_often_it_is_evaluated(
    rounds: Any, duration: Any, repeats: Any
) -> None:
    """An evaluation that is repeated on what is stored adds nothing."""
    rule = Rule(1, "Rule", (Condition("cpu", above=90),), duration=duration, channels=(1,), remind=300)
    standing = Standing()
    open_: set[int] = set()
    for number, seen in enumerate(rounds):
        now = NOW + 60 * number
        states = {id_: state(now=now, **SEEN[one]) for id_, one in seen.items()}
        view = glance(states, now, servers={id_: server(id_) for id_ in range(1, 7)})
        outcome = evaluate(rule, standing, view)
        assert not open_ & outcome.began.keys()
        assert outcome.ended.keys() <= open_
        open_ = (open_ | outcome.began.keys()) - outcome.ended.keys()
        assert outcome.standing.open.keys() == open_
        standing = outcome.standing
        for _ in range(repeats.count(number)):
            again = evaluate(rule, standing, view)
            assert not has_news(again)
