"""Samples of this host, the minutes made from them, and what remains after the process ends."""

from __future__ import annotations

import signal
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.core.clock import Clock
from agent.core.journal import Journal
from agent.core.monitor_types.probing import Probed
from agent.core.monitors import Monitor
from agent.core.records import Which
from agent.core.spool import Spool
from agent.reporter.loop import source_of
from agent.reporter.prober import Prober
from agent.reporter.recorder import Recorder
from agent.reporter.state import Meter
from tests.agent.reporter.test_reporter_command import start, stopped
from tests.agent.scripted_dashboard import SECRET, ScriptedDashboard, taken

NOON = 1_722_142_800
SOURCE = 7


class Host:
    """A recorder and a prober over one directory; `live` moves both clocks by half seconds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seconds = 0.0
        self.spool = Spool(folder, 10**8, Clock(lambda: NOON + self.seconds, lambda: self.seconds))
        self.start()

    def start(self, source: int = SOURCE) -> None:
        clock = Clock(lambda: NOON + self.seconds, lambda: self.seconds)
        self.prober = Prober(
            self.spool,
            source,
            clock,
            lambda _: Probed(2.5),
            spawn=lambda work: work(),
            jitter=lambda _most: 0.0,
            part=lambda _source, _monitor: 0.0,
        )
        self.recorder = Recorder(
            Meter(clock.monotonic), clock, self.spool, source, self.prober, Journal(self.folder / "j", clock.monotonic)
        )

    def live(self, seconds: float, report_every: float = 0) -> None:
        end = self.seconds + seconds
        while self.seconds < end:
            self.prober.tick()
            self.recorder.tick()
            if report_every and self.seconds % report_every == 0:
                self.recorder.state(NOON + self.seconds)
            self.seconds += 0.5

    def kept(self, kind: str) -> list[Any]:
        waiting = self.spool.pending(10_000, Which(sources=(SOURCE,)))
        return [entry for one in waiting for entry in one.content.get(kind, ())]


@pytest.fixture
def host(tmp_path: Path) -> Any:
    host = Host(tmp_path)
    yield host
    host.spool.close()


@pytest.mark.parametrize("interval", [3.0, 10.0, 60.0, 300.0])
def test_a_minute_has_twelve_samples_or_more_however_rare_reports_are(host: Any, interval: float) -> None:
    host.live(181, report_every=interval)
    minutes = host.kept("minutes")
    assert [minute["at"] - NOON for minute in minutes] == [0, 60, 120]
    assert all(12 <= minute["samples"] <= 60 for minute in minutes)
    assert all(minute["MemUsed"] > 0 and minute["ProcessCount"] > 0 for minute in minutes)
    assert all(minute["NetIn"] >= 0 for minute in minutes)


def test_states_of_one_moment_are_one_sample(host: Any) -> None:
    states = [host.recorder.state(NOON + host.seconds) for _ in range(3)]
    assert states[0] == states[1] == states[2]
    host.seconds = 60.0
    host.recorder.tick()
    assert [minute["samples"] for minute in host.kept("minutes")] == [1]


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_new_process_goes_on_with_the_running_minute(host: Any, end: str) -> None:
    """It probes as before, though the dashboard has not told it what."""
    host.prober.take([Monitor(1, "tcp", "127.0.0.1:1", 10)])
    host.live(32)
    if end == "stop":
        host.recorder.keep_the_rest()
        assert len(host.kept("minutes")) == len(host.kept("pings")) == 1
    host.start()
    host.live(30)
    (minute,), (point,) = host.kept("minutes"), host.kept("pings")
    # A kill takes the samples and probes of the last 5 seconds at most.
    assert minute["samples"] >= 15
    assert point["up"] >= 5
    assert (minute["at"], point["at"]) == (NOON, NOON)
    assert minute["NetIn"] >= 0


def test_every_minute_has_its_point_whatever_process_probed(host: Any) -> None:
    host.prober.take([Monitor(1, "tcp", "127.0.0.1:1", 30), Monitor(2, "icmp", "127.0.0.1", 20)])
    for _ in range(4):
        host.live(95)
        host.start()
    host.live(95)
    points = [(point["monitor_id"], point["at"] - NOON) for point in host.kept("pings")]
    assert points == [(id_, at) for at in range(0, 420, 60) for id_ in (1, 2)]


@pytest.mark.parametrize("away", [0.5, 20])
def test_a_probe_a_minute_stays_one_in_each_minute_over_kills_at_any_moment(host: Any, away: float) -> None:
    """Also when the process was away at the minute's moment, which is 2 seconds after its begin."""
    host.prober.take([Monitor(1, "tcp", "127.0.0.1:1", 60)])
    for _ in range(8):
        host.live(51.5 - away)
        host.seconds += away
        host.start()
    host.live(70)
    points = [point["at"] - NOON for point in host.kept("pings")]
    assert points == list(range(0, 480, 60))


def test_monitors_that_were_taken_away_are_not_probed_by_the_next_process(host: Any) -> None:
    host.prober.take([Monitor(1, "tcp", "127.0.0.1:1", 10)])
    host.live(61)
    host.prober.take([])
    host.live(5)
    host.start()
    host.live(120)
    assert [point["at"] - NOON for point in host.kept("pings")] == [0, 60]


def test_a_monitor_that_this_version_cannot_probe_is_left_out(host: Any) -> None:
    host.prober.take([Monitor(1, "of a newer version", "x", 10), Monitor(2, "tcp", "127.0.0.1:1", 10)])
    host.recorder.keep_the_rest()
    host.start()
    host.live(61)
    assert [point["monitor_id"] for point in host.kept("pings")] == [2]


def test_a_minute_that_ended_while_nothing_ran_is_kept(host: Any) -> None:
    host.live(31)
    host.seconds = 4000.0
    host.start()
    host.live(1)
    (minute,) = host.kept("minutes")
    assert (minute["at"], minute["samples"] >= 7) == (NOON, True)


def test_the_journal_of_another_server_is_left_alone(host: Any) -> None:
    host.prober.take([Monitor(1, "tcp", "127.0.0.1:1", 10)])
    host.live(31)
    host.start(source=8)
    host.live(30)
    assert host.kept("minutes") == host.kept("pings") == []
    host.live(60)
    assert host.spool.sources() == [8]
    assert all("pings" not in one.content for one in host.spool.pending(10_000))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_ends_leaves_its_running_minute(
    scripted: ScriptedDashboard, tmp_path: Path, number: signal.Signals
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        target = f"127.0.0.1:{listener.getsockname()[1]}"
        monitor = {"id": 1, "type": "tcp", "target": target, "interval": 10, "server_ids": [1]}
        scripted.answers(taken(1, [monitor], flush=300))
        command = ("--url", scripted.url, "--secret", SECRET, "--spool", str(tmp_path))
        process = start(*command)
        deadline = time.monotonic() + 40
        while not _journaled(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.1)
        stopped(process, number)
        before = _journaled(tmp_path)
        assert before
        process = start(*command)
        while _journaled(tmp_path) <= before and time.monotonic() < deadline:
            time.sleep(0.1)
        stopped(process, signal.SIGTERM)
    with closing(Spool(tmp_path, 10**8, Clock())) as spool:
        waiting = spool.pending(100, Which(sources=(source_of(SECRET),)))
        reports = [*scripted.reports, *(one.content for one in waiting)]
    minutes = [minute for report in reports for minute in report.get("minutes", ())]
    assert max(minute["samples"] for minute in minutes) >= min(before, 12)


def _journaled(folder: Path) -> int:
    """Samples in the journal, of all minutes that are open, once a probe is in it too."""

    def samples(entries: Any) -> int:
        (content,) = entries
        return sum(one[1] for one in content["minutes"]["minutes"]) if content["points"] else 0

    return Journal(folder / "running.json", time.monotonic).read(samples, 0)
