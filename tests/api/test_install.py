"""`/install.sh`: what it says, and what it does on a machine, whatever goes wrong there."""

import itertools
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from chalicelib.api import install
from chalicelib.api.call import Call
from chalicelib.api.viewer import Viewer
from infra.package import SOURCES
from tests.agent.interpreters import interpreter
from tests.api.install_script import COPY_PACKAGES, Machine, packages, quick_machine
from tests.local.running import ended, wait_until
from tests.stack.emulator import cached_packages
from tests.support.dashboard import Dashboard
from tests.support.documented import PROJECT

REQUIREMENTS = PROJECT / "agent/requirements.txt"
WRONG = "0" * 18


@pytest.fixture
def machine(dashboard: Dashboard, tmp_path: Path) -> Iterator[Machine]:
    with quick_machine(dashboard, tmp_path) as made:
        yield made


def get(dashboard: Dashboard, **headers: str) -> Any:
    return dashboard.request("GET", "/install.sh", {name.replace("_", "-"): value for name, value in headers.items()})


# --- What is served ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1:8008", "http://127.0.0.1:8008"),
        ("localhost", "http://localhost"),
        ("[::1]:8008", "http://[::1]:8008"),
        ("nezha.example.com", "https://nezha.example.com"),
        ("nezha.example.com:8443", "https://nezha.example.com:8443"),
    ],
)
def test_script_names_the_dashboard_as_its_caller_does(dashboard: Dashboard, host: str, url: str) -> None:
    answer = get(dashboard, Host=host)
    assert answer.headers["content-type"] == "text/x-shellscript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    text = answer.body.decode()
    assert f"url=${{NEZHA_URL:-{url}}}\n" in text
    assert f"curl -fsSL {url}/install.sh | sudo NEZHA_SECRET=" in text
    assert "@URL@" not in text
    assert text.endswith('\nmain "$@"\n')


@pytest.mark.parametrize("host", ["$(id)", "a;b", "a'b", "a b", "@URL@", "[::1", ""])
def test_host_that_could_be_a_command_gets_no_script(dashboard: Dashboard, host: str) -> None:
    assert get(dashboard, Host=host).error == (400, 400)


@pytest.mark.parametrize(
    ("viewer", "path", "url"),
    [
        (Viewer("", "abc.execute-api.eu-west-1.amazonaws.com"), "/api/install.sh", "https://{}/api"),
        (Viewer("", "nezha.example.com"), "/base/install.sh/", "https://{}/base"),
        (Viewer("", "nezha.example.com", through_edge=True), "/api/install.sh", "https://{}"),
    ],
)
def test_stage_and_base_path_count_except_behind_the_edge(viewer: Viewer, path: str, url: str) -> None:
    request: Any = type("Request", (), {"context": {"path": path}})
    route = install.ROUTES[0]
    nothing: Any = None
    call = Call(route, request, nothing, nothing, viewer, 0, 60, 300, "", 0, nothing, nothing, local=False)
    assert f"NEZHA_URL:-{url.format(viewer.host)}}}" in install.installer(call).body


def test_deployments_ship_the_sources_that_it_carries() -> None:
    """Chalice packs what is in `vendor` as if it were beside app.py."""
    assert (PROJECT / "vendor/agent").resolve() == PROJECT / "agent"
    assert "agent" in SOURCES


@pytest.mark.parametrize("script", ["reporter", "relay"])
@pytest.mark.parametrize("shell", ["dash", "bash --posix", "busybox sh", "sh"])
def test_shell_understands_it(shell: str, script: str, tmp_path: Path) -> None:
    program, *options = shell.split()
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    file = tmp_path / "install.sh"
    file.write_text(install.script(script))
    checked = subprocess.run([program, *options, "-n", file], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


# --- From nothing to online, and back ---------------------------------------------------------------------------------


def test_printed_command_reports(dashboard: Dashboard, tmp_path: Path) -> None:
    """With the real pip, and the reporter's files as they are here."""
    dashboard.clock.now = time.time()
    machine = Machine(dashboard, tmp_path, {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(cached_packages(REQUIREMENTS))})
    server, secret = dashboard.server()
    ran = machine.install(secret, "--no-service")
    assert (ran.status, ran.out) == (0, f"{machine.prefix}/current/run\n"), ran.err
    assert secret not in ran.out + ran.err
    assert machine.left == {"reporter"}
    current = machine.prefix / "current"
    for path in [*(PROJECT / "agent/core").rglob("*.py"), *(PROJECT / "agent/reporter").rglob("*.py"), REQUIREMENTS]:
        assert (current / path.relative_to(PROJECT)).read_bytes() == path.read_bytes()
    assert (current / "secret").stat().st_mode & 0o777 == 0o600
    first = dashboard.details(server.id)
    assert first["host"]["MemTotal"] > 0
    dashboard.clock.now += 100
    with subprocess.Popen([ran.out.strip()], stderr=subprocess.PIPE, text=True) as reporter:
        try:
            wait_until(lambda: dashboard.details(server.id)["last_active"] > first["last_active"])
            assert secret not in " ".join(psutil.Process(reporter.pid).cmdline())
        finally:
            reporter.terminate()
        assert reporter.wait(30) == 0
    assert [path.name for path in current.rglob("*.pyc") if path.parts[-3] == "reporter"] != []
    machine.uninstall()
    assert machine.left == set()


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_oldest_and_newest_python_will_do(dashboard: Dashboard, tmp_path: Path, version: str) -> None:
    if (found := interpreter(version)) is None:
        pytest.skip(f"Python {version} is not installed")
    dashboard.clock.now = time.time()
    machine = Machine(dashboard, tmp_path, {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(cached_packages(REQUIREMENTS))})
    machine.python(found[0])
    _, secret = dashboard.server()
    ran = machine.install(secret, "--no-service")
    assert (ran.status, ran.out) == (0, f"{machine.prefix}/current/run\n"), ran.err
    # Warnings of a newer or older Python would be lines of their own.
    assert ran.err.splitlines()[1:] == ["install.sh: installed; this command starts it:"]


def test_it_is_removed_without_the_dashboard(machine: Machine) -> None:
    _, secret = machine.dashboard.server()
    assert machine.install(secret).status == 0
    running = machine.running()
    removed = subprocess.run([machine.prefix / "current/uninstall"], capture_output=True, text=True)
    assert (removed.returncode, removed.stdout) == (0, "")
    assert removed.stderr == "uninstall: removed; delete the server on the dashboard, too, if the machine is gone\n"
    assert ended(running)
    assert machine.left == set()


def test_image_is_built_without_a_secret(machine: Machine) -> None:
    ran = machine.install("", "--no-service")
    assert (ran.status, ran.out) == (0, f"{machine.prefix}/current/run\n")
    started = subprocess.run([ran.out.strip()], capture_output=True, text=True, env=machine.environment())
    assert (started.returncode, "no secret" in started.stderr) == (2, True)


# --- Services ---------------------------------------------------------------------------------------------------------


def test_systemd_runs_it_hardened(machine: Machine) -> None:
    machine.has_systemd()
    _, secret = machine.dashboard.server()
    ran = machine.install(secret)
    assert ran.status == 0, ran.err
    unit = machine.etc / "etc/systemd/system/nezha-reporter.service"
    text = unit.read_text()
    assert f"\nExecStart={machine.prefix}/current/run\n" in text
    assert f"\nEnvironmentFile={machine.prefix}/current/secret\n" in text
    for line in ("DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=CAP_NET_RAW"):
        assert f"\n{line}\n" in text
    assert secret not in text
    assert machine.calls() == [
        *("daemon-reload", "enable --quiet nezha-reporter.service", "restart nezha-reporter.service"),
        *["is-active --quiet nezha-reporter.service"] * 3,
    ]
    if shutil.which("systemd-analyze"):
        verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
        assert "nezha-reporter" not in verified.stderr
    (machine.etc / "var/lib/private/nezha-reporter").mkdir(parents=True)
    machine.uninstall()
    assert [path for path in machine.etc.rglob("*") if "nezha" in path.name] == []
    assert machine.left == set()


def test_service_that_does_not_stay_up_is_taken_back(machine: Machine) -> None:
    machine.has_systemd()
    _, secret = machine.dashboard.server()
    (machine.etc / "failing").touch()
    ran = machine.install(secret)
    assert ran.status == 1
    assert ran.said == (
        "install.sh: nezha-reporter.service does not stay up; see: journalctl -u nezha-reporter; nothing was installed"
    )
    assert machine.left == set()
    assert not (machine.etc / "etc/systemd/system/nezha-reporter.service").exists()


def test_openrc_runs_it_as_a_user_of_its_own(machine: Machine) -> None:
    machine.has_openrc()
    server, secret = machine.dashboard.server()
    ran = machine.install(secret)
    assert ran.status == 0, ran.err
    script = machine.etc / "etc/init.d/nezha-reporter"
    assert f"\ncommand={machine.prefix}/current/run\n" in script.read_text()
    assert script.stat().st_mode & 0o111
    assert secret not in script.read_text()
    assert machine.calls() == [
        "useradd --system --user-group --no-create-home --home-dir / --shell /sbin/nologin nezha-reporter",
        *("-q add nezha-reporter default", "-q nezha-reporter restart"),
        "as nezha-reporter:nezha-reporter with ^cap_net_raw",
        *["-q nezha-reporter status"] * 3,
    ]
    # Root gives it the secret, as only root may read the file.
    assert machine.supervised().environ()["NEZHA_SECRET"] == secret
    wait_until(lambda: "reports are accepted" in (machine.prefix / "log").read_text())
    assert machine.dashboard.details(server.id)["host"]["MemTotal"] > 0
    running = machine.supervised()
    assert machine.install().status == 0
    assert ended(running)
    assert [one for one in machine.calls() if one.startswith("useradd")] == machine.calls()[:1]
    running = machine.supervised()
    machine.uninstall()
    assert ended(running)
    assert not script.exists()
    assert machine.users() == ["root", "root"]
    assert machine.left == set()


def test_openrc_without_capabilities_runs_it_all_the_same(machine: Machine) -> None:
    machine.has_openrc(grants=False)
    _, secret = machine.dashboard.server()
    assert machine.install(secret).status == 0
    assert "as nezha-reporter:nezha-reporter with nothing" in machine.calls()


def test_user_that_was_there_stays(machine: Machine) -> None:
    machine.has_openrc()
    for name in ("passwd", "group"):
        with (machine.etc / "etc" / name).open("a") as file:
            file.write("nezha-reporter:x:7:7\n")
    _, secret = machine.dashboard.server()
    assert machine.install(secret).status == 0
    machine.uninstall()
    assert machine.users() == ["root", "nezha-reporter"] * 2
    assert machine.left == set()


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("no-users", "the user nezha-reporter cannot be created"),
        ("failing", "the service nezha-reporter does not stay up: "),
        ("crashing", "the service nezha-reporter does not stay up: no luck"),
    ],
)
def test_service_of_openrc_that_cannot_run_is_one_line_and_leaves_nothing(
    machine: Machine, trouble: str, said: str
) -> None:
    machine.has_openrc()
    path = machine.etc / trouble
    path.write_text("#!/bin/sh\necho no luck\n")
    path.chmod(0o755)
    _, secret = machine.dashboard.server()
    ran = machine.install(secret)
    assert (ran.status, ran.out) == (1, "")
    assert ran.said.startswith(f"install.sh: {said}")
    assert ran.said.endswith("; nothing was installed")
    assert not (machine.etc / "etc/init.d/nezha-reporter").exists()
    assert machine.users() == ["root", "root"]
    assert machine.left == set()


def test_another_folders_service_is_left_alone(machine: Machine) -> None:
    machine.has_systemd()
    _, secret = machine.dashboard.server()
    unit = machine.etc / "etc/systemd/system/nezha-reporter.service"
    unit.write_text("ExecStart=/elsewhere/current/run\n")
    ran = machine.install(secret)
    assert (ran.status, machine.calls()) == (1, [])
    assert "another reporter is installed" in ran.said
    assert unit.read_text() == "ExecStart=/elsewhere/current/run\n"
    assert machine.left == set()


# --- What goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--no-service",)])
def test_wrong_secret_is_one_line_and_leaves_nothing(machine: Machine, options: tuple[str, ...]) -> None:
    ran = machine.install(WRONG, *options)
    assert (ran.status, ran.out) == (1, "")
    assert ran.said == (
        "install.sh: the dashboard does not know this secret: copy it again, or give the server a new one; "
        "nothing was installed"
    )
    assert WRONG not in ran.err
    assert machine.left == set()


@pytest.mark.parametrize(
    ("variables", "options", "said"),
    [
        ({"NEZHA_SECRET": ""}, (), "set NEZHA_SECRET to this server's secret"),
        ({"NEZHA_SECRET": "a'b"}, (), "NEZHA_SECRET contains invalid characters"),
        ({"NEZHA_SECRET": "$(id)"}, (), "NEZHA_SECRET contains invalid characters"),
        ({"NEZHA_URL": "nezha.example.com"}, (), "NEZHA_URL must start with"),
        ({"NEZHA_URL": "https://a/`id`"}, (), "NEZHA_URL is not a URL"),
        ({"NEZHA_PREFIX": "/a b"}, (), "NEZHA_PREFIX must be a path of letters"),
        ({"NEZHA_PREFIX": "/a/../b"}, (), "NEZHA_PREFIX must be a path of letters"),
        ({"NEZHA_PREFIX": "reporter"}, (), "NEZHA_PREFIX must be an absolute path"),
        ({"NEZHA_PREFIX": "/dev/null/reporter"}, (), "cannot be created; run this as root"),
        ({"NEZHA_PREFIX": str(PROJECT)}, (), "exists but is not a reporter"),
        ({}, ("--serve",), "unknown option --serve"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    machine: Machine, variables: dict[str, str], options: tuple[str, ...], said: str
) -> None:
    machine.variables |= {"NEZHA_SECRET": WRONG, **variables}
    ran = machine.install("", *options)
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1), ran.err
    assert said in ran.err
    assert machine.left == set()


def test_no_python_is_one_line(machine: Machine) -> None:
    for command in ("python3", *(f"python3.{minor}" for minor in range(9, 15))):
        machine.command(command, "exit 1")
    ran = machine.install(WRONG)
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "no Python 3.9 or newer" in ran.err


def test_neither_pip_nor_venv_is_one_line(machine: Machine) -> None:
    machine.python_with(pip="exit 1")
    ran = machine.install(WRONG)
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "this Python has neither pip nor venv" in ran.said
    assert machine.left == set()


def test_venv_will_do_without_pip(machine: Machine) -> None:
    copied = f'for to; do :; done; {COPY_PACKAGES} {packages()} "$to"'
    given = f"printf '#!/bin/sh\\n%s\\n' '{copied}' >\"$3/bin/python\"; chmod 755 \"$3/bin/python\""
    machine.python_with(pip="exit 1", venv=f'mkdir -p "$3/bin"; {given}')
    _, secret = machine.dashboard.server()
    ran = machine.install(secret, "--no-service")
    assert ran.status == 0, ran.err
    assert not (machine.prefix / "current/venv").exists()


def test_index_that_cannot_be_reached_is_one_line(dashboard: Dashboard, tmp_path: Path) -> None:
    machine = Machine(dashboard, tmp_path, {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_FIND_LINKS": ""})
    ran = machine.install(WRONG)
    assert (ran.status, ran.err.count("\n")) == (1, 2)
    assert ran.said == (
        "install.sh: pip could not install psutil and icmplib: the package index cannot be reached (Connection refused)"
        "; check the network, or set PIP_INDEX_URL to a mirror; nothing was installed"
    )
    assert machine.left == set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_interruption_leaves_nothing_half_made(machine: Machine, number: signal.Signals) -> None:
    waiting = machine.folder / "bin/waiting"
    machine.python_with(pip=f'[ "$3" = --version ] || {{ echo $$ >{waiting}; exec sleep 60; }}')
    # Where tests run in the background, the system may ignore the signal, and a shell cannot change that.
    told = signal.signal(number, signal.SIG_DFL) if number in (signal.SIGINT, signal.SIGHUP) else None
    with subprocess.Popen(
        machine.command_line(), env=machine.environment(WRONG), stderr=subprocess.PIPE, text=True
    ) as run:
        if told is not None:
            signal.signal(number, told)
        pip = psutil.Process(int(wait_until(lambda: waiting.exists() and waiting.read_text())))
        run.send_signal(number)
        assert run.stderr
        if number == signal.SIGKILL:
            pip.kill()
        said = run.stderr.read()
    if number == signal.SIGKILL:
        # Nobody could clean up: the next run does.
        assert (machine.prefix / "new").exists()
        machine.python_with(pip="exit 1")
        assert machine.install(WRONG).status == 1
        assert not (machine.prefix / "new").exists()
        machine.uninstall()
    else:
        assert run.returncode == 1
        assert said.splitlines()[1:] == ["install.sh: interrupted; nothing was installed"]
    assert machine.left == set()


def test_part_of_the_script_does_nothing(machine: Machine) -> None:
    whole = machine.script().read_text()
    cuts = [*itertools.islice(range(500, len(whole), len(whole) // 12), 12), whole.rindex("main")]
    for cut in cuts:
        run = subprocess.run(
            ["sh"], input=whole[:cut], env=machine.environment(WRONG), capture_output=True, text=True, timeout=60
        )
        assert "installing" not in run.stderr
        assert machine.left == set()


def test_package_that_the_index_lacks_is_one_line(dashboard: Dashboard, tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    machine = Machine(dashboard, tmp_path, {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels")})
    ran = machine.install(WRONG)
    assert (ran.status, ran.err.count("\n")) == (1, 2)
    assert re.search("psutil and icmplib: ERROR: No matching distribution .*; nothing was installed$", ran.said)


def test_folders_that_it_made_go_and_others_stay(machine: Machine) -> None:
    _, secret = machine.dashboard.server()
    for there, prefix in (("there", "there/a/b"), ("there/empty", "there/empty")):
        (machine.folder / there).mkdir()
        machine.variables["NEZHA_PREFIX"] = str(machine.folder / prefix)
        assert machine.install(secret, "--no-service").status == 0
        assert machine.install(secret, "--no-service").status == 0
        machine.uninstall()
        assert [*(machine.folder / there).iterdir()] == []


def test_folder_that_was_there_stays(machine: Machine) -> None:
    machine.prefix.mkdir()
    assert machine.install(WRONG).status == 1
    assert [*machine.prefix.iterdir()] == []


def test_dashboard_that_does_not_answer_is_one_line(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    machine.variables["NEZHA_URL"] = f"http://127.0.0.1:{port}"
    ran = machine.install(WRONG)
    assert ran.status == 1
    assert ran.said == ("install.sh: no connection to the dashboard: Connection refused; nothing was installed")
    assert machine.left == set()
