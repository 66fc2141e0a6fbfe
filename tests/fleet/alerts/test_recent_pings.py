"""What rules know of monitors: read when something asks, once for each time that points arrive."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.glance import Pinged
from chalicelib.fleet.alerts.ledger import Ledger
from chalicelib.fleet.alerts.recent_pings import RecentPings
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.settings import Settings
from tests.fleet.alerts.fleets import server
from tests.fleet.memory_store import MemoryStore

FIRST = 1_800_000_000
"""A multiple of 600."""
LOSS = Rule(1, "Loss", (Condition("loss", above=5),))
DOWN = Rule(2, "Down", (Condition("down"),))
BUSY = Rule(3, "Busy", (Condition("cpu", above=90),))


@dataclass
class Asked(MemoryStore):
    asked: list[list[int]] = field(default_factory=list)

    def pinged(self, server_ids: Any, since: int, until: int) -> Any:
        self.asked.append([*server_ids, since, until])
        return super().pinged(server_ids, since, until)


def store(**settings: Any) -> Asked:
    monitors = {7: Monitor(7, "DNS", "icmp", "1.1.1.1", cover="only", servers=frozenset((1, 3)))}
    return Asked(
        {id_: server(id_) for id_ in (1, 2, 3)},
        monitors,
        all_pinged={1: {7: Pinged(5.0, 0.0)}},
        settings=Settings(**settings),
    )


def ledgers(*rules: Rule) -> dict[int, Ledger]:
    return {rule.id: Ledger(rule) for rule in rules}


@pytest.mark.parametrize("rules", [(), (BUSY,), (replace(LOSS, enabled=False),)])
def test_nothing_is_read_where_no_rule_asks(rules: Any) -> None:
    at = store()
    assert RecentPings(at, 300).at(at, ledgers(*rules), FIRST) == {}
    assert at.asked == []


@pytest.mark.parametrize("rule", [LOSS, DOWN])
def test_each_span_is_read_once_when_its_points_have_arrived(rule: Rule) -> None:
    at = store()
    recent = RecentPings(at, 300)
    for after in range(0, 900, 60):
        assert recent.at(at, ledgers(rule, BUSY), FIRST + after) == {1: {7: Pinged(5.0, 0.0)}}
    assert at.asked == [
        [1, 3, FIRST - 600, FIRST - 300],
        [1, 3, FIRST - 300, FIRST],
        [1, 3, FIRST, FIRST + 300],
        [1, 3, FIRST + 300, FIRST + 600],
    ]


@pytest.mark.parametrize(("flush", "since", "until"), [(60, 240, 540), (600, -600, 0), (300, 0, 300)])
def test_the_span_is_that_in_which_points_are_sent(flush: int, since: int, until: int) -> None:
    for at, usual in ((store(), flush), (store(flush=flush), 300)):
        if flush == 60 and usual == 300:
            continue  # no setting
        RecentPings(at, usual).at(at, ledgers(LOSS), FIRST + 599)
        assert at.asked == [[1, 3, FIRST + since, FIRST + until]]


def test_no_span_comes_again_when_the_month_reaches_its_ceiling() -> None:
    """An event that is over would begin again by what was before it."""
    at = store()
    recent = RecentPings(at, 300)
    recent.at(at, ledgers(LOSS), FIRST + 500)
    at.slow_until = FIRST + 3600
    for after in range(560, 1460, 60):
        recent.at(at, ledgers(LOSS), FIRST + after)
    assert at.asked == [[1, 3, FIRST, FIRST + 300], [1, 3, FIRST, FIRST + 600], [1, 3, FIRST + 600, FIRST + 1200]]


def test_clock_that_was_set_back_is_believed() -> None:
    at = store()
    recent = RecentPings(at, 300)
    recent.at(at, ledgers(LOSS), FIRST + 7200)
    recent.at(at, ledgers(LOSS), FIRST)
    assert [until for *_, until in at.asked] == [FIRST + 6900, FIRST - 300]
