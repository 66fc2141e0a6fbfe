"""A further type of monitor is one entry: it is parsed, planned, probed and counted like the others."""

from __future__ import annotations

from typing import Any

import pytest

from agent.core.answers import parse_answer
from agent.core.clock import Clock
from agent.core.monitor_types import TYPES, MonitorType
from agent.core.monitors import Monitor, UnusableMonitor, parse_monitor
from agent.core.open_points import OpenPoints
from agent.core.points import Point
from agent.core.records import Which
from agent.core.spool import Spool
from agent.reporter.prober import Prober

SENT = {"id": 7, "type": "web", "target": "https://a.example/", "interval": 60, "server_ids": [1]}
SOURCE = 3


def host_of(target: Any) -> Any:
    if not target.startswith("https://"):
        raise ValueError("is not an https URL")
    return target[8:].partition("/")[0]


@pytest.fixture(autouse=True)
def web(monkeypatch: pytest.MonkeyPatch) -> None:
    """A type whose probes take long."""
    monkeypatch.setitem(TYPES, "web", MonitorType(host_of, lambda _target: 2500.0, task=1, longest_delay=30_000.0))


def test_it_is_parsed_and_its_target_checked() -> None:
    monitor = Monitor(7, "web", "https://a.example/", 60)
    assert parse_monitor(SENT) == monitor
    with pytest.raises(UnusableMonitor, match="the target of monitor 7 is not an https URL"):
        parse_monitor({**SENT, "target": "ftp://a.example/"})
    content = b'{"result": {"interval": 10, "reports": [], "monitors": [{"id": 7, "type": "web", "interval": 60, '
    content += b'"target": "https://a.example/", "server_ids": [1]}]}}'
    assert parse_answer(content, 0).monitors == ((monitor, (1,)),)


def test_it_is_probed_and_its_delay_is_capped_by_its_own_bound(spool: Spool) -> None:
    now = [1_722_142_802.0]
    clock = Clock(lambda: now[0], lambda: now[0])
    prober = Prober(
        spool, SOURCE, clock, spawn=lambda work: work(), jitter=lambda _most: 0.0, part=lambda _source, _monitor: 0.0
    )
    prober.take([parse_monitor(SENT)])
    prober.tick()
    now[0] += 60
    prober.tick()
    (waiting,) = spool.pending(10, Which(sources=(SOURCE,)))
    assert waiting.content == {"pings": [Point(7, 1_722_142_800, 2500.0, 1, 0)._asdict()]}
    minutes = OpenPoints()
    minutes.end(minutes.begin(parse_monitor(SENT), 0), 40_000.0)
    assert minutes.finished(60) == [Point(7, 0, 30_000.0, 1, 0)]
