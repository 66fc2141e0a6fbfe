"""From a monitor in an answer to points at the dashboard, over its failures and the reporter's own end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.core.certificates import Certificate
from agent.core.client import Client
from agent.core.clock import Clock
from agent.core.points import Point, records
from agent.core.records import Which
from agent.core.spool import Spool
from agent.reporter.certificates import Certificates, TargetCertificate
from agent.reporter.host import read_host
from agent.reporter.loop import Description, Reporter, source_of
from agent.reporter.prober import Prober
from agent.reporter.state import Meter
from tests.agent.reporter.test_reporter_command import ROOT, start, stopped
from tests.agent.scripted_dashboard import SECRET, ScriptedDashboard, status, taken
from tests.agent.tls import DAY, OK, certificate, server_side, serving

NOON = 1_722_142_800
SOURCE = source_of(SECRET)


class Machine:
    """Reporter, prober and spool of one host; `live` moves its clock second by second. Probes are real."""

    def __init__(self, client: Client, directory: Any) -> None:
        self.client, self.directory = client, directory
        self.passed = 0.0
        self.start()

    def start(self) -> None:
        self.clock = Clock(lambda: NOON + self.passed, lambda: self.passed)
        self.spool = Spool(self.directory, 10**8, self.clock)
        certificates = Certificates(self.clock.monotonic)
        self.prober = Prober(
            self.spool,
            SOURCE,
            self.clock,
            spawn=lambda work: work(),
            jitter=lambda _most: 0.0,
            part=lambda _source, _monitor: 0.0,
            certificates=certificates,
        )
        self.reporter = Reporter(
            self.client,
            lambda: Description(read_host(), ""),
            Meter(self.clock.monotonic).state,
            self.clock,
            self.spool,
            SOURCE,
            self.prober.take,
            jitter=lambda most: most,
            certificates=certificates,
        )
        self.report_at = self.passed

    def live(self, seconds: Any, step: int = 1) -> None:
        for _ in range(seconds // step):
            self.prober.tick()
            if self.passed >= self.report_at:
                self.report_at = self.passed + self.reporter.report()
            self.passed += step


@pytest.fixture
def machine(client: Client, tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(client, tmp_path / "spool")
    yield machine
    machine.spool.close()


@pytest.fixture
def monitors() -> Iterator[list[Any]]:
    """One of an open port, one of a closed one, one of a name that does not exist."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as closed:
        closed_port = closed.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listener:
        targets = [f"127.0.0.1:{listener.getsockname()[1]}", f"127.0.0.1:{closed_port}", "does-not-exist.invalid:1"]
        yield [
            {"id": number, "type": "tcp", "target": target, "interval": 20, "server_ids": [1]}
            for number, target in enumerate(targets, start=1)
        ]


def received(scripted: ScriptedDashboard, accepted: Any) -> dict[tuple[int, int], Any]:
    """Points by key from the reports with these numbers; a key that comes twice must be the same point."""
    points: dict[tuple[int, int], Any] = {}
    for number in accepted:
        for point in scripted.reports[number]["pings"]:
            key = (point["monitor_id"], point["at"])
            assert points.setdefault(key, point) == point
    return points


def test_no_point_is_lost_or_counted_twice_over_failures_and_a_restart(
    machine: Any, scripted: ScriptedDashboard, monitors: Any
) -> None:
    good = taken(10, monitors, flush=60)
    away, busy = status(503), taken(error="throttled", message="busy", retry=True)
    scripted.answers(*[good] * 15, *[away, busy] * 4, good)
    machine.live(241)
    machine.spool.close()
    machine.start()
    machine.live(120)
    assert len(scripted.requests) > 30
    accepted = [number for number in range(len(scripted.requests)) if number < 15 or number >= 23]
    points = received(scripted, accepted)
    minutes = range(NOON, NOON + 300, 60)
    assert set(points) == {(monitor, at) for monitor in (1, 2, 3) for at in minutes}
    # What a restart cuts off is at most the minute that was running.
    assert [points[1, at]["up"] for at in minutes] == [3, 3, 3, 3, 2]
    assert all(0 < points[1, at]["delay"] < 1000 and points[1, at]["down"] == 0 for at in minutes)
    for monitor in (2, 3):
        assert [(points[monitor, at]["delay"], points[monitor, at]["up"]) for at in minutes] == [(0, 0)] * 5
        assert [points[monitor, at]["down"] for at in minutes] == [3, 3, 3, 3, 2]
    assert received(scripted, range(len(scripted.requests))) == points


def test_points_are_sent_once_when_all_is_well(machine: Any, scripted: ScriptedDashboard, monitors: Any) -> None:
    scripted.answers(taken(10, monitors, flush=60))
    machine.live(220)
    sent = [(point["monitor_id"], point["at"]) for report in scripted.reports for point in report["pings"]]
    assert len(sent) == len(set(sent)) == 9


def test_dashboard_that_is_away_does_not_stop_probes(machine: Any, scripted: ScriptedDashboard, monitors: Any) -> None:
    scripted.answers(taken(10, monitors), status(503))
    machine.live(200)
    assert machine.spool.count == 9


SHOP = "https://shop.example/"


def certificates_in(scripted: ScriptedDashboard, target: str) -> list[tuple[int, str, int]]:
    """The certificates in all reports so far, which are then forgotten. target: the one that all of them must name."""
    points = [point for report in scripted.reports for point in report["pings"] if "certificate" in point]
    scripted.requests.clear()
    found = [(point["monitor_id"], point["certificate"]) for point in points]
    assert {one["target"] for _, one in found} <= {target}
    return [(id_, one["issuer"], one["not_after"]) for id_, one in found]


def test_certificates_are_told_once_when_they_change_and_after_a_restart(
    machine: Any, scripted: ScriptedDashboard, tmp_path: Path
) -> None:
    first, second = NOON + 5 * DAY, NOON + 90 * DAY
    context = server_side(certificate(tmp_path, ends=first))
    with serving(OK, context) as (port, _), serving(OK) as (plain, _):
        targets = [f"https://127.0.0.1:{port}/", f"http://127.0.0.1:{plain}/"]
        monitors = [
            {"id": number, "type": "http", "target": target, "interval": 3600, "server_ids": [1]}
            for number, target in enumerate(targets, start=1)
        ]

        def told_now() -> list[tuple[int, str, int]]:
            return certificates_in(scripted, str(monitors[0]["target"]))

        scripted.answers(taken(600, monitors, flush=60))
        machine.live(2 * 3600, 600)
        assert told_now() == [(1, "127.0.0.1", first)], "of a probe that failed, as nobody trusts it"
        context.load_cert_chain(certificate(tmp_path, ends=second))
        scripted.answers(status(503), taken(600, monitors, flush=60, server_id=1, not_kept=["certificate"]))
        machine.live(2 * 3600, 600)
        told = told_now()
        assert told, "what was not kept is told again"
        assert set(told[1:]) == {(1, "127.0.0.1", second)}
        scripted.answers(taken(600, monitors, flush=60))
        machine.live(2 * 3600, 600)
        assert told_now() == [(1, "127.0.0.1", second)]
        machine.spool.close()
        machine.start()
        machine.live(2 * 3600, 600)
        assert told_now() == [(1, "127.0.0.1", second)]
        monitors[0]["target"] = f"https://127.0.0.1:{port}/other"
        scripted.answers(taken(600, monitors, flush=60))
        machine.live(2 * 3600, 600)
        assert told_now() == [(1, "127.0.0.1", second)], "as it may belong to another target"


def test_certificates_wait_where_there_are_many_and_the_one_that_ends_first_counts() -> None:
    now = [0.0]
    certificates = Certificates(lambda: now[0])
    for id_ in range(1, 121):
        certificates.saw(id_, SHOP, Certificate("Late", 2000 + id_))
        certificates.saw(id_, SHOP, Certificate("Soon", 1000 + id_))
        certificates.saw(id_, SHOP, Certificate("Late", 2000 + id_))
    told: list[int] = []
    for _ in range(3):
        due = certificates.due(range(1, 121))
        assert all(one == TargetCertificate("Soon", 1000 + id_, SHOP) for id_, one in due.items())
        certificates.sent(range(1, 121), due)
        told += due
    assert told == list(range(1, 121))
    assert certificates.due(range(1, 121)) == {}
    certificates.saw(1, SHOP, Certificate("Late", 2001))
    assert certificates.due((1, 2)) == {1: TargetCertificate("Late", 2001, SHOP)}
    certificates.forget([1])
    assert certificates.due((1, 2)) == {}


def test_a_certificate_is_told_again_after_a_day() -> None:
    now = [0.0]
    certificates, shown = Certificates(lambda: now[0]), TargetCertificate("Trust", 1000, SHOP)
    certificates.saw(1, SHOP, Certificate("Trust", 1000))
    certificates.sent([1], {1: shown})
    for passed, due in ((DAY - 1, {}), (DAY, {1: shown})):
        now[0] = passed
        certificates.saw(1, SHOP, Certificate("Trust", 1000))
        assert certificates.due([1]) == due


def test_command_sends_what_the_one_before_left(scripted: ScriptedDashboard, state_home: Path) -> None:
    minute = int(time.time()) // 60 * 60 - 3600
    left = [Point(1, minute + 60 * number, 1.25, 2, 0) for number in range(3)]
    with closing(Spool(state_home / "nezha-reporter", 10**8, Clock())) as spool:
        spool.add(records(SOURCE, left))
        spool.add(records(source_of("another"), left))
    scripted.answers(taken(1), status(503), taken(1))
    process = start("--url", scripted.url, "--secret", SECRET)
    for _ in range(500):
        if len(scripted.requests) >= 5:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    stopped(process)
    sent = [report["pings"] for report in scripted.reports]
    assert sent[:4] == [[], *[[point._asdict() for point in left]] * 2, []]


def test_a_stop_keeps_the_running_minute(scripted: ScriptedDashboard, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listener:
        target = f"127.0.0.1:{listener.getsockname()[1]}"
        monitor = {"id": 1, "type": "tcp", "target": target, "interval": 10, "server_ids": [1]}
        scripted.answers(taken(1, [monitor]))
        process = start("--url", scripted.url, "--secret", SECRET, "--spool", str(tmp_path / "own"))
        listener.settimeout(30)
        listener.accept()[0].close()
        time.sleep(0.5)
        assert stopped(process, signal.SIGTERM)[0] == 0
    with closing(Spool(tmp_path / "own", 10**8, Clock())) as spool:
        (waiting,) = spool.pending(10, Which(sources=(SOURCE,)))
    (point,) = waiting.content["pings"]
    assert (point["monitor_id"], point["up"], point["at"] % 60) == (1, 1, 0)


SILENT_NAME_SERVER = """
ip link set lo up && ip link add d0 type veth peer name d1 && ip link set d0 up && ip link set d1 up &&
ip addr add 192.0.2.1/24 dev d0 && ip neigh add 192.0.2.53 lladdr 02:00:00:00:00:01 dev d0 &&
echo "nameserver 192.0.2.53" > "$0" && mount --bind "$0" /etc/resolv.conf && exec "$@"
"""


def test_a_stop_does_not_wait_for_a_silent_name_server(tmp_path: Path) -> None:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("only root, with unshare and ip, can make a network with a silent name server")
    command = [sys.executable, "-B", "-m", "agent.reporter", "--url", "http://silent.test", "--secret", SECRET]
    command += ["--spool", str(tmp_path / "own")]
    with subprocess.Popen(
        ["unshare", "-n", "-m", "sh", "-c", SILENT_NAME_SERVER, str(tmp_path / "resolv"), *command],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        first = process.stderr.readline()
        if not first.startswith("reporting to"):
            process.kill()
            pytest.skip(f"no network of its own for the test: {first}")
        # By then it waits for the name server.
        time.sleep(4)
        began = time.monotonic()
        process.terminate()
        assert process.wait(30) == 0
        assert time.monotonic() - began < 10


def test_second_command_with_the_same_spool_ends_with_status_2(scripted: ScriptedDashboard, tmp_path: Path) -> None:
    first = start("--url", scripted.url, "--secret", SECRET, "--spool", str(tmp_path / "own"))
    assert scripted.arrived.wait(60)
    code, out, err = stopped(start("--url", scripted.url, "--secret", "Another", NEZHA_SPOOL=str(tmp_path / "own")))
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == (
        f"the spool {tmp_path / 'own'} is in use by another process: stop it, or choose another with --spool"
    )
    assert "Traceback" not in err
    assert stopped(first, signal.SIGTERM)[0] == 0


def test_signal_ends_it_at_once_while_probes_run(scripted: ScriptedDashboard) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{listener.getsockname()[1]}"
        monitor = {"id": 1, "type": "tcp", "target": target, "interval": 10, "server_ids": [1]}
        scripted.answers(taken(1, [monitor]))
        process = start("--url", scripted.url, "--secret", SECRET)
        for _ in range(500):
            if len(scripted.requests) >= 3:
                break
            time.sleep(0.02)
        began = time.monotonic()
        code, out, err = stopped(process, signal.SIGTERM)
    assert (code, out) == (0, "")
    assert time.monotonic() - began < 2
    assert "Traceback" not in err
