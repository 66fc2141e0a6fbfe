"""The promises hold when dashboard, database, reporter and relay are killed with -9 at random moments, many times."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

import grpc
import psutil

from agent.core.clock import Clock
from agent.core.points import Point, records
from agent.core.records import Which
from agent.core.spool import Spool
from agent.reporter.loop import source_of
from tests.agent.relay import running_relay
from tests.agent.relay.simulated_agent import SimulatedAgent
from tests.local.running import Running, kill, started, wait_until

PROJECT = Path(__file__).parents[2]
SEED = 20261125
MONITORS = range(1, 7)
MINUTES = 180
POINTS_AT_ONCE = 120
DRAIN_SECONDS = 120
ENDED = (OSError, HTTPException, ValueError)
"""What a client meets when the other side is killed."""


def test_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311
    with fleet(tmp_path, chance) as running:
        for victim in chance.sample(running.victims, len(running.victims)):
            killer = threading.Timer(chance.uniform(0.1, 0.8), victim)
            killer.start()
            while killer.is_alive():
                running.told.add(running.system)
            killer.join()
            running.start_what_is_dead()
        running.assert_agent_is_shown()
        wait_until(lambda: not running.missing(), DRAIN_SECONDS)
        running.assert_spools_become_empty()
        running.kill_dashboard()
        running.start_dashboard()
        assert running.missing() == []
        running.told.assert_all_there(running.system)


@dataclass
class Told:
    """What a client was told is stored must be there, whatever happens. session: headers of a person's browser."""

    secrets: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    monitors: list[int] = field(default_factory=list)
    session: dict[str, str] = field(default_factory=dict)
    sender: str = ""
    points: list[Point] = field(default_factory=list)
    first: int = 0

    def add(self, system: Running) -> None:
        """One thing of each kind at most: what the kill interrupts was not told."""
        try:
            self._add_point(system)
            self._add_servers_and_more(system)
        except ENDED:
            time.sleep(0.05)

    def _add_point(self, system: Running) -> None:
        """The next point, or again the one that was not confirmed."""
        point = Point(1, self.first + len(self.points) * 60, 7.5, 2, 1)
        body = {"reports": [{"secret": self.sender, "pings": [point._asdict()]}]}
        answer = system.http.post("/api/v1/agent/report", None, body)
        if answer.status == 200 and "error" not in answer.result["reports"][0]:
            self.points.append(point)

    def _add_servers_and_more(self, system: Running) -> None:
        registered = system.http.post("/api/v1/server/register?simple=true", system.token, {"Name": "told"})
        if registered.status == 200:
            self.secrets.append(registered.body.decode())
        created = system.http.request("POST", "/api/token", self.session, b"{}")
        if created.status == 200:
            self.tokens.append(created.result["token"])
        if len(self.monitors) < 10:
            monitor = {"name": "told", "type": "icmp", "target": "127.0.0.1", "interval": 3600}
            added = system.http.request("POST", "/api/monitor", self.session, json.dumps(monitor).encode())
            if added.status == 200:
                self.monitors.append(added.result["id"])

    def assert_all_there(self, system: Running) -> None:
        assert self.secrets
        assert self.tokens
        assert self.monitors
        assert self.points
        reports = [{"secret": secret} for secret in self.secrets]
        found = [one for start in range(0, len(reports), 100) for one in system.http.report(*reports[start:][:100])]
        ids = {one["server_id"] for one in found}
        assert len(ids) == len(self.secrets)
        assert ids <= {server["id"] for server in system.servers()}
        assert {system.http.get("/api/v1/server/list?id=0", token).status for token in self.tokens} == {200}
        kept = {one["id"] for one in system.manage("GET", "/api/monitor", self.session)}
        assert kept >= set(self.monitors)


@dataclass
class Fleet:
    """The parts as they run now. waiting: the points of each server that a sender has or had in its spool."""

    folder: Path
    port: int
    chance: random.Random
    stack: ExitStack
    told: Told = field(default_factory=Told)
    secrets: dict[int, str] = field(default_factory=dict)
    waiting: dict[int, dict[tuple[int, int], Point]] = field(default_factory=lambda: {1: {}, 2: {}})
    acknowledged: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    now: int = field(default_factory=lambda: int(time.time()) // 60 * 60)

    def start(self) -> None:
        self.start_dashboard()
        self.told.session = {**self.system.sign_in(), "Content-Type": "application/json"}
        for number in MONITORS:
            monitor = {"name": str(number), "type": "icmp", "target": "127.0.0.1", "interval": 3600}
            self.system.manage("POST", "/api/monitor", self.told.session, monitor)
        for number in (1, 2):
            self.secrets[number] = self.system.register(Name=f"sender {number}")
        self.told.sender = self.system.register(Name="told")
        self.told.first = self.now - 20 * 3600
        self.start_reporter()
        self.start_relay()
        threading.Thread(target=asyncio.run, args=(self._agent(),), daemon=True).start()

    def start_dashboard(self) -> None:
        options = ("--data", str(self.folder / "data"), "--no-report", "--no-relay", "--port", str(self.port))
        self.system = self.stack.enter_context(started(*options, NEZHA_REPORT_INTERVAL="1"))

    def start_reporter(self, *, more: bool = True) -> None:
        """With more points in its spool, as a spool has that waited for an outage to end."""
        if more:
            with closing(self.spool("reporter")) as spool:
                spool.add(records(source_of(self.secrets[1]), self._new_points(1)))
        variables = {"NEZHA_URL": self.system.said["url"], "NEZHA_SECRET": self.secrets[1]}
        self.reporter = subprocess.Popen(
            [sys.executable, "-m", "agent.reporter", "--spool", str(self.folder / "reporter")],
            cwd=PROJECT,
            env={**os.environ, **variables},
            stderr=subprocess.DEVNULL,
        )
        self.stack.callback(_end, self.reporter)

    def start_relay(self, *, more: bool = True) -> None:
        if more:
            with closing(self.spool("relay")) as spool:
                spool.add(records(2, self._new_points(2)), {2: self.secrets[2]})
        options = ("--interval", "1")
        relay = running_relay.started(self.system.said["url"], self.folder / "relay", *options)
        self.relay, self.ready = self.stack.enter_context(relay)

    def spool(self, whose: str) -> Spool:
        return Spool(self.folder / whose, 10**9, Clock())

    @property
    def victims(self) -> list[Callable[[], None]]:
        return [self.kill_dashboard, self.kill_database] * 2 + [self.kill_reporter, self.kill_relay] * 3

    def kill_dashboard(self) -> None:
        kill(self.system.family())
        self.system.process.wait()

    def kill_database(self) -> None:
        """The system notices the death of a part, and stops."""
        kill(psutil.Process(self.system.process.pid).children())
        self.system.process.wait(60)

    def kill_reporter(self) -> None:
        _end(self.reporter)

    def kill_relay(self) -> None:
        _end(self.relay)

    def start_what_is_dead(self) -> None:
        if self.system.process.poll() is not None:
            self.start_dashboard()
        if self.reporter.poll() is not None:
            self.start_reporter()
        if self.relay.poll() is not None:
            self.start_relay()

    def missing(self) -> list[str]:
        """What differs between the points that were measured or confirmed, and those that the dashboard shows."""
        expected = {number: set(points.values()) for number, points in self.waiting.items()}
        expected[3] = set(self.told.points)
        return [
            f"server {number}: {len(points - shown)} are missing, {len(shown - points)} are others"
            for number, points in expected.items()
            if points - (shown := self._shown(number)) or (number != 3 and shown - points)
        ]

    def assert_agent_is_shown(self) -> None:
        """The agent of v0 came back to the relay, and its states arrive."""
        before = self.acknowledged
        wait_until(lambda: self.acknowledged > before + 1)
        began = time.time()
        wait_until(
            lambda: [one for one in self.system.servers() if one["id"] == 2 and one["last_active"] >= began], pause=0.5
        )

    def assert_spools_become_empty(self) -> None:
        """Of all that was in them at the start, also by the order of a kill: what was taken is forgotten within another
        life at most. The minutes that are measured meanwhile come and go.
        """
        wait_until(self._reporter_is_drained, DRAIN_SECONDS)
        wait_until(self._relay_is_drained, DRAIN_SECONDS)

    def _reporter_is_drained(self) -> bool:
        self.kill_reporter()
        if self._is_drained("reporter"):
            return True
        self.start_reporter(more=False)
        time.sleep(3)
        return False

    def _relay_is_drained(self) -> bool:
        self.kill_relay()
        is_drained = self._is_drained("relay")
        self.start_relay(more=False)
        if not is_drained:
            time.sleep(3)
        return is_drained

    def _is_drained(self, whose: str) -> bool:
        with closing(self.spool(whose)) as spool:
            return not spool.pending(1, Which(before=self.now - 3600))

    def _shown(self, number: int) -> set[Point]:
        series = self.system.manage("GET", f"/api/ping/{number}", self.told.session)
        points = [
            Point(one["monitor_id"], minute * 60, delay, up, down)
            for one in series
            for minute, delay, up, down in zip(one["minutes"], one["delays"], one["up"], one["down"], strict=True)
        ]
        assert len({(point.monitor_id, point.at) for point in points}) == len(points), "a minute is there twice"
        # The minutes that end while this runs were really measured.
        return {point for point in points if point.at < self.now - 60}

    def _new_points(self, number: int) -> list[Point]:
        known = self.waiting[number]
        minutes = range(self.now - 3600 - MINUTES * 60, self.now - 3600, 60)
        free = [(id_, at) for id_ in MONITORS for at in minutes if (id_, at) not in known]
        chosen = self.chance.sample(free, min(POINTS_AT_ONCE, len(free)))
        points = [Point(id_, at, id_ + at // 60 % 100 / 4, 2, at // 60 % 2) for id_, at in chosen]
        known |= {(point.monitor_id, point.at): point for point in points}
        return points

    async def _agent(self) -> None:
        """An agent of v0 that comes back whenever its relay does."""
        while not self.over.is_set():
            with suppress(grpc.aio.AioRpcError, asyncio.TimeoutError):
                async with SimulatedAgent(self.ready["listen"], self.secrets[2]).session() as agent:
                    while not self.over.is_set():
                        await agent.state()
                        self.acknowledged += 1
                        await asyncio.sleep(0.3)
            await asyncio.sleep(0.3)


@contextmanager
def fleet(folder: Path, chance: random.Random) -> Iterator[Fleet]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with ExitStack() as stack:
        running = Fleet(folder, port, chance, stack)
        running.start()
        try:
            yield running
        finally:
            running.over.set()


def _end(process: subprocess.Popen[Any]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
