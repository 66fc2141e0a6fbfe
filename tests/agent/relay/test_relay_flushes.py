"""When a relay sends what: a real flusher over a real spool, in a time that runs as fast as the work is done, against a
dashboard whose table takes so many writes a second.
"""

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from agent.core import minutes
from agent.core.answers import Answer, NotTaken, Outcome
from agent.core.client import Report
from agent.core.limits import KEPT_SECONDS
from agent.core.points import Point, records
from agent.core.records import Record
from agent.core.spool import Spool
from agent.relay.answers import Answers
from agent.relay.clock import RelayClock
from agent.relay.dispatch import Dispatcher
from agent.relay.flusher import SERVERS_A_FLUSH, Flusher
from agent.relay.recorder import Recorder
from agent.relay.upstream import Upstream
from tests.agent.relay.running_relay import run

START = 1_722_142_800
"""The start of a cell, and of ten minutes."""

REQUEST_SECONDS = 0.1


class Over(Exception):
    """Raised when the time that is simulated has passed."""


class Table:
    """The dashboard's: an item is one server's ten minutes, and writing it takes a unit.

    rate: units a second. Like DynamoDB, it saves up what was not used in 5 minutes, and has none of that at first.
    """

    def __init__(self, world: "World", rate: float) -> None:
        self.world = world
        self.rate = rate
        self.units, self.at = 0.0, world.now
        self.flush: int | None = 300
        self.is_known = False
        self.is_away = False
        self.interval = 60
        self.written: Counter[int] = Counter()
        self.throttled = 0
        self.kept: dict[tuple[str, int], int] = {}
        self.order: list[tuple[int, str]] = []
        self.requests = 0

    async def send(self, reports: Sequence[Report]) -> Answer:
        self.world.pass_(REQUEST_SECONDS)
        if self.is_away:
            self.world.paused_until = self.world.now + 10
            raise NotTaken("away", "as simulated")
        self.is_known = True
        self.requests += bool(reports)
        return Answer(60, tuple(self._write(report) for report in reports), flush=self.flush)

    def _write(self, report: Report) -> Outcome:
        ats = [one["at"] for key in ("minutes", "pings") for one in report.get(key, ())]
        for item, some in itertools.groupby(sorted(set(ats)), lambda at: at // 600):
            found = list(some)
            self.units = min(self.rate * 300, self.units + (self.world.now - self.at) * self.rate)
            self.at = self.world.now
            if self.units < 1:
                self.throttled += 1
                return Outcome(error="throttled", message="as simulated", retry=True)
            self.units -= 1
            self.written[int(self.world.now)] += 1
            self.order.append((item, report["secret"]))
            for at in found:
                self.kept.setdefault((report["secret"], at), int(self.world.now))
        return Outcome(int(report["secret"]))


class World:
    """The time, a spool, and a flusher: everything else is the test's."""

    def __init__(self, folder: Path, rate: float, flush: float | None = None) -> None:
        self.now = float(START)
        self.end = self.now
        self.paused_until = 0.0
        self.minute = START
        self.servers: list[int] = []
        self.clock = RelayClock(lambda: self.now, lambda: self.now, self.sleep)
        self.spool = Spool(folder, 10**9, self.clock)
        self.table = Table(self, rate)
        self.dispatcher = Dispatcher(self.clock, lambda _server_id, _task: None)
        self.urgent: list[list[int]] = []
        chance = random.Random(5)  # noqa: S311
        self.flusher = Flusher(
            cast("Answers", self.table),
            cast("Recorder", self),
            self.dispatcher,
            self.spool,
            cast("Upstream", self),
            self.clock,
            flush,
            lambda most: chance.random() * most,
        )

    @property
    def paused(self) -> float:
        return max(0.0, self.paused_until - self.now)

    async def keep_running(self, server_ids: list[int]) -> None:
        self.urgent.append(list(server_ids))

    async def sleep(self, seconds: float) -> None:
        self.pass_(seconds)
        if self.now > self.end:
            raise Over

    def pass_(self, seconds: float) -> None:
        self.now += seconds
        while self.minute + 60 <= self.now and self.servers:
            self.spool.add([record for one in self.servers for record in made(one, self.minute)], secrets(self.servers))
            self.minute += 60

    def live(self, seconds: float) -> None:
        self.end = self.now + seconds

        async def test() -> None:
            with pytest.raises(Over):
                await self.flusher.run()

        run(test)


def made(server_id: int, at: int) -> list[Record]:
    return [
        *minutes.records(server_id, [{"at": at, "samples": 60, "CPU": 1.5}]),
        *records(server_id, [Point(1, at, 12.5, 2, 0)]),
    ]


def secrets(servers: Sequence[int]) -> dict[int, str]:
    return {one: str(one) for one in servers}


def test_a_thousand_servers_stay_within_the_table_and_cells_are_never_cut(tmp_path: Path) -> None:
    world = World(tmp_path, rate=12)
    world.servers = list(range(1, 1001))
    world.live(800)
    table = world.table
    # 2 cells of 1,000 servers are over, and were sent within 3 minutes, each in one write.
    assert Counter(item for item, _ in table.order) == {START // 600: 2000}
    assert table.throttled == 0
    assert max(table.written.values()) <= SERVERS_A_FLUSH
    for (_, at), sent in table.kept.items():
        assert 60 <= sent - (at // 300 + 1) * 300 <= 60 + 120
        assert sent % 2 == 0  # states go in odd seconds
    # Fifty groups a cell.
    assert table.requests == 100


def test_few_servers_go_in_few_requests_and_relays_take_different_turns(tmp_path: Path) -> None:
    world = World(tmp_path, rate=12)
    world.servers = [*range(700, 730)]
    world.live(650)
    assert world.table.requests == 2
    first = min(sent for (_, at), sent in world.table.kept.items() if at < START + 300)
    assert first == START + 360 + 24


def test_both_cells_of_ten_minutes_go_in_one_write(tmp_path: Path) -> None:
    world = World(tmp_path, rate=12)
    world.table.flush = 600
    world.servers = list(range(1, 101))
    world.live(1500)
    assert Counter(item for item, _ in world.table.order) == {START // 600: 100, START // 600 + 1: 100}


def test_single_minutes_go_where_the_dashboard_asks_so(tmp_path: Path) -> None:
    world = World(tmp_path, rate=100)
    world.table.flush = 60
    world.servers = [1, 2, 3]
    world.live(300)
    assert len(world.table.kept) == 3 * 4
    assert all(15 <= sent - at - 60 <= 32 for (_, at), sent in world.table.kept.items())


def test_after_an_outage_of_a_day_everything_arrives_oldest_first(tmp_path: Path) -> None:
    servers = list(range(1, 5))
    # What 12 units a second are for 1,000 servers.
    world = World(tmp_path, rate=12 * len(servers) / 1000)
    world.now = float(START + 24 * 3600)
    world.minute = START + 24 * 3600
    waiting = [record for at in range(START, world.minute, 60) for one in servers for record in made(one, at)[:1]]
    world.spool.add(waiting, secrets(servers))
    world.servers = servers
    world.live(5 * 3600)
    table = world.table
    expected = {(str(one), at) for one in servers for at in range(START, world.minute - 700, 60)}
    assert table.kept.keys() >= expected
    assert world.spool.dropped == 0
    # Ten minutes of a server in one write each, and none much later than a younger one.
    outage = range(START // 600, START // 600 + 144)
    assert Counter(item for item, _ in table.order if item in outage) == dict.fromkeys(outage, len(servers))
    youngest = 0
    for item, _ in table.order:
        youngest = max(youngest, item)
        assert youngest - item <= 1
    assert all(sent - at < KEPT_SECONDS for (_, at), sent in table.kept.items())
    # While the table refuses, the relay does not press it.
    assert table.requests < 5 * 3600 / 2


def test_a_dashboard_that_is_away_is_left_alone_and_everything_arrives(tmp_path: Path) -> None:
    world = World(tmp_path, rate=100)
    world.servers = list(range(1, 11))
    world.table.is_away = True
    world.live(1200)
    assert not world.table.kept
    world.table.is_away = False
    world.live(400)
    ats = {at for _, at in world.table.kept}
    assert ats >= set(range(START, START + 1200, 60))


def test_what_can_never_be_had_holds_up_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, rate=100)
    world.servers = [1, 2]
    real = world.table._write
    refused = Outcome(error="unavailable", message="as simulated", retry=True)
    world.table._write = lambda report: refused if report["secret"] == "1" else real(report)  # type: ignore[method-assign]
    world.live(3600)
    assert {at for secret, at in world.table.kept if secret == "2"} >= set(range(START, START + 3000, 60))


def test_servers_whose_probes_changed_go_at_once(tmp_path: Path) -> None:
    world = World(tmp_path, rate=100)
    world.servers = list(range(1, 51))
    world.live(125)
    for server_id in (*range(1, 31), 5):
        world.dispatcher.changes.saw(server_id, 1, works=True)
        world.dispatcher.changes.saw(server_id, 1, works=False)
    world.live(5)
    assert world.urgent == [list(range(1, 31))]
    assert {secret for secret, _ in world.table.kept} == {str(one) for one in range(1, 31)}
    assert {at for _, at in world.table.kept} == {START, START + 60}
