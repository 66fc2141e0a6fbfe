"""`/install-relay.sh`, which `/install.sh` goes on with: a relay on a machine, whatever goes wrong there."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.api import install
from tests.agent.relay.simulated_agent import SimulatedAgent
from tests.agent.relay.test_relay_tls import make
from tests.api.install_script import Machine
from tests.local.running import ended, wait_until
from tests.support.dashboard import Dashboard

NO_PACKAGES = '[ "$3" = --version ] || { for to; do :; done; mkdir -p "$to"; }'
"""The interpreter of the tests has what the relay needs."""

BEHIND_PROXY = {"NEZHA_RELAY_LISTEN": "127.0.0.1:0", "NEZHA_RELAY_METRICS": "off"}
CONNECTS = "-p SECRET --tls --disable-command-execute --disable-nat"


@pytest.fixture
def machine(dashboard: Dashboard, tmp_path: Path) -> Iterator[Machine]:
    dashboard.clock.now = time.time()
    made = Machine(dashboard, tmp_path, {"NEZHA_RELAY_NAME": "relay.example.com"}, "relay")
    made.python_with(pip=NO_PACKAGES)
    yield made
    made.stop_all()


def test_scripts_stay_small() -> None:
    """Lambda answers 6 MB at most, and machines that only report should not load a relay."""
    assert len(install.script("reporter")) < 300_000
    assert len(install.script("relay")) < 1_000_000
    assert "grpc" not in install.script("reporter")


def test_agent_connects_to_a_relay_that_install_sh_made(machine: Machine, tmp_path: Path) -> None:
    """Through the script for reporters, as documented, and with a certificate of its own making."""
    machine.program = "reporter"
    machine.variables |= {"NEZHA_RELAY": "1", "NEZHA_RELAY_NAME": "127.0.0.1"}
    ran = machine.install("", "--no-service")
    assert ran.status == 0, ran.err
    connect, command = ran.out.splitlines()
    assert connect == f"SSL_CERT_FILE=cert.pem nezha-agent -s 127.0.0.1:5555 {CONNECTS}"
    assert command == f"{machine.prefix}/current/run"
    certificate = machine.prefix / "current/tls/cert.pem"
    assert f"copy {certificate} to" in ran.err
    assert (certificate.with_name("key.pem")).stat().st_mode & 0o777 == 0o600
    server, secret = machine.dashboard.server()
    options = ("--listen", "127.0.0.1:0", "--metrics", "off", "--drain", "0")
    with subprocess.Popen([command, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as relay:
        assert relay.stdout is not None
        try:
            asyncio.run(report(relay.stdout.readline().strip(), secret, certificate.read_bytes()))
            wait_until(lambda: machine.dashboard.details(server.id)["last_active"] > 0)
        finally:
            relay.terminate()
    machine.uninstall()
    assert machine.left == set()


async def report(address: str, secret: str, root: bytes) -> None:
    async with SimulatedAgent(address, secret, root=root).session() as agent:
        await agent.state()


def test_relay_runs_in_the_background_is_upgraded_and_removed(machine: Machine) -> None:
    """An upgrade that names no settings keeps them."""
    machine.variables |= BEHIND_PROXY
    ran = machine.install()
    assert ran.status == 0, ran.err
    assert ran.out == f"nezha-agent -s relay.example.com:5555 {CONNECTS}\n"
    assert "the relay listens on 127.0.0.1:0; process" in ran.err
    before = machine.running()
    machine.variables.clear()
    again = machine.install()
    assert again.status == 0, again.err
    assert again.out == ran.out
    after = machine.running()
    assert before.pid != after.pid
    assert ended(before)
    wait_until(lambda: '"ready"' in (machine.prefix / "log").read_text())
    machine.uninstall()
    assert ended(after)
    assert machine.left == set()
    assert "no relay" in machine.install("", "--uninstall").said


def test_systemd_runs_it_hardened_with_a_certificate_that_upgrades_keep(machine: Machine) -> None:
    machine.has_systemd()
    ran = machine.install()
    assert ran.status == 0, ran.err
    unit = machine.etc / "etc/systemd/system/nezha-relay.service"
    tls = machine.prefix / "current/tls"
    lines = unit.read_text().splitlines()
    for line in (
        f"ExecStart={machine.prefix}/current/run",
        f"LoadCredential=cert:{tls}/cert.pem",
        f"LoadCredential=key:{tls}/key.pem",
        *("DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet="),
    ):
        assert line in lines
    if shutil.which("systemd-analyze"):
        verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
        assert "nezha-relay" not in verified.stderr
    certificate = (tls / "cert.pem").read_bytes()
    assert machine.install().status == 0
    assert (tls / "cert.pem").read_bytes() == certificate
    (machine.etc / "failing").touch()
    machine.variables["NEZHA_RELAY_NAME"] = "198.51.100.7"
    failed = machine.install()
    assert failed.status == 1
    assert failed.said.endswith("see: journalctl -u nezha-relay; the previous version was restored")
    assert (tls / "cert.pem").read_bytes() == certificate
    (machine.etc / "failing").unlink()
    machine.uninstall()
    assert [path for path in machine.etc.rglob("*") if "nezha" in path.name] == []
    assert machine.left == set()


def test_given_certificate_is_used_where_it_is(machine: Machine, tmp_path: Path) -> None:
    machine.has_systemd()
    folder = tmp_path / "tmp"
    folder.mkdir()
    make(folder / "cert.pem", folder / "key.pem")
    machine.variables |= {
        "NEZHA_RELAY_TLS_CERT": str(folder / "cert.pem"),
        "NEZHA_RELAY_TLS_KEY": str(folder / "key.pem"),
        "NEZHA_RELAY_LISTEN": "0.0.0.0:443",
    }
    ran = machine.install()
    assert ran.status == 0, ran.err
    assert ran.out == f"nezha-agent -s relay.example.com:443 {CONNECTS}\n"
    unit = (machine.etc / "etc/systemd/system/nezha-relay.service").read_text()
    assert f"\nLoadCredential=key:{folder}/key.pem\n" in unit
    assert "\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n" in unit
    assert not (machine.prefix / "current/tls").exists()


def test_openrc_runs_it_as_a_user_of_its_own(machine: Machine) -> None:
    """It uses copies of the certificate and its key, because only root may read the originals."""
    machine.has_openrc()
    machine.variables |= {"NEZHA_RELAY_LISTEN": "0.0.0.0:0", "NEZHA_RELAY_METRICS": "off"}
    ran = machine.install()
    assert ran.status == 0, ran.err
    assert "as nezha-relay:nezha-relay with ^cap_net_bind_service" in machine.calls()
    copies = machine.etc / "run/nezha-relay"
    assert (copies / "key").read_bytes() == (machine.prefix / "current/tls/key.pem").read_bytes()
    assert machine.supervised().environ()["CREDENTIALS_DIRECTORY"] == str(copies)
    wait_until(lambda: '"ready"' in (machine.prefix / "log").read_text())
    machine.uninstall()
    assert not (machine.etc / "etc/init.d/nezha-relay").exists()
    assert not copies.exists()
    assert machine.users() == ["root", "root"]
    assert machine.left == set()


@pytest.mark.parametrize("way", ["installed command", "script for reporters"])
def test_it_is_removed_while_the_dashboard_is_away(machine: Machine, way: str) -> None:
    machine.variables |= BEHIND_PROXY
    assert machine.install().status == 0
    running = machine.running()
    if way == "installed command":
        removed = subprocess.run([machine.prefix / "current/uninstall"], capture_output=True, text=True)
        assert (removed.returncode, removed.stderr) == (0, "uninstall: removed\n")
    else:
        script = Machine(machine.dashboard, machine.folder / "tmp").script()
        given = {"NEZHA_RELAY": "1", "NEZHA_URL": "http://127.0.0.1:1"}
        environment = machine.environment() | given
        removed = subprocess.run(["sh", script, "--uninstall"], env=environment, capture_output=True, text=True)
        assert (removed.returncode, removed.stderr) == (0, "install.sh: removed\n")
    assert ended(running)
    assert machine.left == set()


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"NEZHA_RELAY_LISTEN": "5555x"}, "NEZHA_RELAY_LISTEN must be HOST:PORT, for example 0.0.0.0:5555"),
        ({"NEZHA_RELAY_TLS_CERT": "/cert"}, "NEZHA_RELAY_TLS_CERT and NEZHA_RELAY_TLS_KEY must both be set"),
        ({"NEZHA_RELAY_TLS_CERT": "/none/c", "NEZHA_RELAY_TLS_KEY": "/none/k"}, "/none/c cannot be read"),
        ({"NEZHA_RELAY_NAME": "a b"}, "NEZHA_RELAY_NAME contains invalid characters"),
        ({"NEZHA_URL": "http://127.0.0.1:1"}, "no dashboard responds at http://127.0.0.1:1"),
        ({"NEZHA_RELAY_LISTEN": "127.0.0.1:0", "NEZHA_RELAY_METRICS": "x"}, ""),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    machine: Machine, variables: dict[str, str], said: str
) -> None:
    machine.variables |= variables
    ran = machine.install()
    assert ran.status == 1
    assert said in ran.said
    assert machine.left == set()


def test_certificate_that_does_not_belong_to_its_key_is_one_line(machine: Machine, tmp_path: Path) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    make(folder / "cert.pem", folder / "other.pem")
    make(folder / "other-cert.pem", folder / "key.pem")
    machine.variables |= {"NEZHA_RELAY_TLS_CERT": f"{folder}/cert.pem", "NEZHA_RELAY_TLS_KEY": f"{folder}/key.pem"}
    ran = machine.install()
    assert ran.status == 1
    assert "the relay did not start" in ran.said
    assert machine.left == set()


def test_dashboard_that_is_away_is_one_line_in_the_script_for_reporters_too(machine: Machine) -> None:
    machine.program = "reporter"
    machine.variables |= {"NEZHA_RELAY": "1", "NEZHA_URL": "http://127.0.0.1:1"}
    ran = machine.install()
    assert (ran.status, machine.left) == (1, set())
    assert ran.said == (
        "install.sh: the relay's script could not be loaded from http://127.0.0.1:1; nothing was installed"
    )
