"""`/install.sh` on a machine that has the reporter already: upgrades, and what they leave of the version before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.install_script import Machine, quick_machine
from tests.local.running import ended, wait_until
from tests.support.dashboard import Dashboard

WRONG = "0" * 18


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
