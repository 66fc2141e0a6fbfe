"""`/install.sh` on a machine that has the reporter already: upgrades, and what they leave of the version before."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.core import minutes
from agent.core.clock import Clock
from agent.core.spool import Spool
from agent.reporter.loop import source_of
from tests.api.install_script import Machine, quick_machine
from tests.local.running import ended, wait_until
from tests.support.dashboard import Dashboard
from tests.support.documented import PROJECT

WRONG = "0" * 18
SLEEP = shutil.which("sleep")

ENDING = """
import os, signal, sys
from pathlib import Path
from agent.core.spool_file import SpoolFile

folder = Path(sys.argv[1])
spool = SpoolFile(folder / "spool", 10**6)
for number in range(3, 20):
    try:
        os.set_inheritable(number, True)
    except OSError:
        pass
ending = ["sh", "-c", 'while [ ! -e free ]; do sleep 0.05; done; touch ended']
os.chdir(folder.parent / "bin")
signal.signal(signal.SIGTERM, lambda *_: os.execv("/bin/sh", ending))
print("ready", flush=True)
while True:
    signal.pause()
"""
"""A process that uses the spool. When it is told to end, it loses its command line first, as ending processes do. It
keeps the spool until the file `free` exists.
"""

WAITS = """
echo >>{bin}/waits
if [ $(wc -l <{bin}/waits) = 6 ]; then
    touch {bin}/free
    while [ ! -e {bin}/ended ]; do {sleep} 0.05; done
fi
exec {sleep} 0.2
"""
"""A `sleep` that lets the old process end when it is called for the sixth time: more often than for a new process."""


@pytest.fixture
def machine(dashboard: Dashboard, tmp_path: Path) -> Iterator[Machine]:
    with quick_machine(dashboard, tmp_path) as made:
        yield made


def test_reporter_runs_in_the_background_is_upgraded_and_removed(machine: Machine) -> None:
    _, secret = machine.dashboard.server()
    ran = machine.install(secret)
    assert ran.status == 0, ran.err
    assert "accepted this machine's first report; process" in ran.said
    before = machine.running()
    (machine.prefix / "current/agent/reporter/extra.py").touch()
    again = machine.install()
    assert again.status == 0, again.err
    after = machine.running()
    assert before.pid != after.pid
    assert ended(before)
    assert not (machine.prefix / "current/agent/reporter/extra.py").exists()
    assert {path.name for path in machine.prefix.iterdir()} == {
        *("current", "log", "nezha-reporter.kind", "nezha-reporter.made", "pid", "spool"),
    }
    wait_until(lambda: "reports are accepted" in (machine.prefix / "log").read_text())
    machine.uninstall()
    assert ended(after)
    assert machine.left == set()
    assert "no reporter" in machine.install("", "--uninstall").said


def test_reporter_in_the_background_goes_on_when_the_terminal_is_closed(machine: Machine) -> None:
    server, secret = machine.dashboard.server()
    machine.command("nohup", "exit 127")
    assert machine.install(secret).status == 0
    wait_until(lambda: "reports are accepted" in (machine.prefix / "log").read_text())
    machine.running().send_signal(signal.SIGHUP)
    machine.dashboard.clock.now += 10
    before = machine.dashboard.clock.now - 5
    wait_until(lambda: machine.dashboard.details(server.id)["last_active"] > before)


def test_upgrade_that_does_not_stay_up_brings_the_version_before_back(machine: Machine) -> None:
    machine.has_systemd()
    _, secret = machine.dashboard.server()
    assert machine.install(secret).status == 0
    mark = machine.prefix / "current/before"
    mark.touch()
    (machine.etc / "failing").touch()
    ran = machine.install()
    assert ran.status == 1
    assert ran.said.endswith("see: journalctl -u nezha-reporter; the previous version was restored")
    assert mark.exists()
    assert (machine.etc / "etc/systemd/system/nezha-reporter.service").exists()
    assert {path.name for path in machine.prefix.iterdir()} == {"current", "nezha-reporter.kind", "nezha-reporter.made"}


def test_wrong_secret_leaves_what_runs_alone(machine: Machine) -> None:
    _, secret = machine.dashboard.server()
    assert machine.install(secret).status == 0
    running = machine.running()
    ran = machine.install(WRONG)
    assert ran.status == 1
    assert "does not know this secret" in ran.said
    assert machine.running() == running
    assert secret in (machine.prefix / "current/secret").read_text()
    assert not (machine.prefix / "new").exists()


def test_new_version_starts_when_the_old_one_has_released_the_spool(machine: Machine) -> None:
    _, secret = machine.dashboard.server()
    assert machine.install(secret, "--no-service").status == 0
    command: list[str | Path] = [sys.executable, "-c", ENDING, machine.prefix, machine.prefix / "current/run"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as old:
        try:
            assert old.stdout
            assert old.stdout.readline() == "ready\n"
            (machine.prefix / "pid").write_text(f"{old.pid}\n")
            machine.command("sleep", WAITS.format(bin=machine.bin, sleep=SLEEP))
            ran = machine.install()
            assert (machine.bin / "ended").exists()
        finally:
            old.kill()
    assert ran.status == 0, ran.err
    wait_until(lambda: "reports are accepted" in (machine.prefix / "log").read_text())


def test_old_version_that_hangs_is_killed_and_its_unsent_data_stays(machine: Machine) -> None:
    _, secret = machine.dashboard.server()
    assert machine.install(secret, "--no-service").status == 0
    unsent = minutes.records(source_of(secret), [{"at": int(time.time()) // 300 * 300 + 300, "samples": 15, "CPU": 1}])
    spool = Spool(machine.prefix / "spool", 10**6, Clock())
    spool.add(unsent, {source_of(secret): ""})
    spool.close()
    assert machine.install().status == 0
    old = machine.running()
    wait_until(lambda: "reports are accepted" in (machine.prefix / "log").read_text())
    old.suspend()
    machine.command("sleep", f"exec {SLEEP} 0.2")
    ran = machine.install()
    assert ran.status == 0, ran.err
    assert ended(old)
    new = machine.running()
    wait_until(lambda: "reports are accepted" in (machine.prefix / "log").read_text())
    new.terminate()
    wait_until(lambda: ended(new))
    spool = Spool(machine.prefix / "spool", 10**6, Clock())
    waiting = [record.key for one in spool.pending(1000) for record in one.records]
    spool.close()
    assert {record.key for record in unsent} <= set(waiting)


def test_upgrade_that_is_interrupted_brings_the_version_before_back(machine: Machine) -> None:
    _, secret = machine.dashboard.server()
    assert machine.install(secret).status == 0
    mark = machine.prefix / "current/before"
    mark.touch()
    # The script first sleeps when it has switched over: until the old process has ended, or while the new one starts.
    told = machine.folder / "bin/told"
    machine.command("sleep", f"[ -e {told} ] || {{ touch {told}; kill -TERM $PPID; }}; exec {SLEEP} 0.2")
    ran = machine.install()
    assert told.exists()
    assert (ran.status, ran.said) == (1, "install.sh: interrupted; the previous version was restored")
    assert mark.exists()
    assert not (machine.prefix / "old").exists()
    wait_until(lambda: "reports are accepted" in (machine.prefix / "log").read_text())
    assert not ended(machine.running())


def test_busybox_has_every_command_that_it_uses(machine: Machine) -> None:
    """As on Alpine: BusyBox's shell and commands, and nothing else but Python."""
    busybox = shutil.which("busybox")
    if busybox is None:
        pytest.skip("busybox is not installed")
    for applet in subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split():
        if not (machine.bin / applet).exists():
            (machine.bin / applet).symlink_to(busybox)
    machine.variables["PATH"] = str(machine.bin)
    _, secret = machine.dashboard.server()
    assert machine.install(secret).status == 0
    wait_until(lambda: "reports are accepted" in (machine.prefix / "log").read_text())
    assert machine.install().status == 0
    running = machine.running()
    machine.uninstall()
    assert ended(running)
    assert machine.left == set()
