"""README's "Connecting agents", the systemd unit and the container file of docs/relay.md, followed word for word.

The agent is simulated; systemd and a container engine are not started.
"""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from chalicelib.fleet import monitors
from chalicelib.fleet.monitors import Monitor
from tests.agent.relay.documented import block, self_signed
from tests.agent.relay.running_relay import run, until
from tests.agent.relay.scripted_api import ScriptedApi
from tests.agent.relay.simulated_agent import SimulatedAgent
from tests.stack.emulator import cached
from tests.support.dashboard import Dashboard
from tests.support.documented import PROJECT, README, commands, program

REQUIREMENTS = PROJECT / "agent/relay-requirements.txt"
INSTALLATION = "python3 -m venv .venv && .venv/bin/pip install -r agent/relay-requirements.txt"
"""What the fixture `host` did already."""


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A folder with the project's `agent/` and, in `.venv`, an environment of nothing but the relay's requirements."""

    def fill(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, capture_output=True)
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--retries", "1", "--python", folder / "bin/python"]
        subprocess.run([*pip, "install", "--no-compile", "-r", REQUIREMENTS], check=True, capture_output=True)

    (tmp_path / ".venv").symlink_to(cached("relay", REQUIREMENTS, fill))
    shutil.copytree(PROJECT / "agent", tmp_path / "agent", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@contextmanager
def started(command: str, folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """A relay's process and its address; asked to end as a service is, and has to end well."""
    small = {"PATH": os.environ["PATH"], "NEZHA_RELAY_METRICS": "127.0.0.1:0", "NEZHA_RELAY_DRAIN": "0"}
    with (folder / "log").open("w+") as log:
        child = subprocess.Popen(
            shlex.split(command),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**small, **environment},
        )
        try:
            assert child.stdout is not None
            listening = child.stdout.readline().strip()
            assert listening, (folder / "log").read_text()
            yield listening
            child.terminate()
            assert child.wait(30) == 0, (folder / "log").read_text()
        finally:
            child.kill()
            child.communicate()


def test_an_agent_is_connected_as_the_readme_says(dashboard: Dashboard, host: Path) -> None:
    monitors.create(dashboard.store, Monitor(0, "web", "tcp", "192.0.2.1:443", 10))
    words = {"TOKEN": dashboard.token(), "URL": dashboard.url, "RELAY": "localhost", "0.0.0.0:5555": "127.0.0.1:0"}
    program("curl")

    def filled_in(command: str) -> str:
        return re.sub("|".join(rf"\b{re.escape(word)}\b" for word in words), lambda word: words[word[0]], command)

    def shell(command: str) -> str:
        told = ["/bin/sh", "-ec", filled_in(command)]
        return subprocess.run(told, cwd=host, check=True, capture_output=True, text=True).stdout

    async def live() -> None:
        port = listening.rpartition(":")[2]
        root = (host / "cert.pem").read_bytes()
        async with SimulatedAgent(f"localhost:{port}", secret, root=root).session() as agent:
            await agent.state()
            await until(lambda: json.loads(shell(details))["result"][0]["status"]["MemUsed"], 30)
            await until(lambda: agent.acknowledged, 30)

    secret = shell(block("curl -H 'Authorization: TOKEN' -d '{\"Name\"", README))
    _, certificate, relaying = commands(block(INSTALLATION, README))
    details, monitor = commands(block("curl -H 'Authorization: TOKEN' 'URL/api/v1/server/details'", README))
    shell(certificate)
    with started(filled_in(relaying), host, {}) as listening:
        run(live)
    (server,) = json.loads(shell(details))["result"]
    assert (server["name"], server["host"]["Platform"]) == ("my-server", "debian")
    words["ID"] = str(server["id"])
    (series,) = json.loads(shell(monitor))["result"]
    assert (series["monitor_name"], set(series["avg_delay"])) == ("web", {12.5})


def test_every_agent_command_that_is_shown_keeps_the_agent_from_running_commands() -> None:
    shown = {path: (PROJECT / path).read_text() for path in ("README.md", "docs/relay.md", "local/__main__.py")}
    shown["the panel"] = (PROJECT / "chalicelib/pages/admin/connect.js").read_text()
    commands = [
        (path, command)
        for path, text in shown.items()
        for command in re.findall(r"(?:nezha-agent -s|install_agent) .*?(?:\n\n|--disable-nat|LIMITS)", text, re.S)
    ]
    assert {path for path, _ in commands} == shown.keys()
    for path, command in commands:
        assert "LIMITS" in command or "--disable-command-execute --disable-nat" in command, path
    assert '= " --disable-command-execute --disable-nat"' in shown["the panel"]


def test_systemd_finds_nothing_wrong_with_the_unit(host: Path) -> None:
    unit = host / "nezha-relay.service"
    unit.write_text(block("[Unit]").replace("/opt/nezha", str(host)))
    verified = subprocess.run(
        [program("systemd-analyze"), "verify", "--man=no", unit], check=False, capture_output=True, text=True
    )
    said = verified.stdout + verified.stderr
    assert verified.returncode == 0, said
    assert unit.name not in said


def test_the_units_command_runs(api: ScriptedApi, host: Path) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.read_string(block("[Unit]"))
    certificate, key = self_signed(host)
    command = unit["Service"]["ExecStart"].replace("https://nezha.example.com", api.url)
    command = command.replace("%d/cert", str(certificate)).replace("%d/key", str(key)).replace("/opt/nezha", str(host))
    state = {"STATE_DIRECTORY": str(host / "state"), "NEZHA_RELAY_LISTEN": "127.0.0.1:0"}
    with started(command, host, state) as listening:
        run(lambda: reports(api, listening, certificate))
    assert (host / "state/spool.db").exists()


def test_the_containers_command_runs(api: ScriptedApi, host: Path) -> None:
    lines = [line.partition(" ") for line in block("FROM python").splitlines()]
    file = [(instruction, rest) for instruction, _, rest in lines]
    assert ("COPY", "agent /opt/nezha/agent") in file  # as `host` did, as well as the next
    assert ("RUN", "pip install --no-cache-dir -r /opt/nezha/agent/relay-requirements.txt") in file
    told = dict(file)
    assert told["WORKDIR"] == "/opt/nezha"
    assert told["ENV"] == f"NEZHA_RELAY_SPOOL={told['VOLUME']}"
    (host / "spool").mkdir(mode=0o700)
    python, *arguments = json.loads(told["ENTRYPOINT"])
    assert python == "python"
    command = shlex.join([str(host / ".venv/bin/python"), *arguments, "--api", api.url, "--listen", "127.0.0.1:0"])
    with started(command, host, {"NEZHA_RELAY_SPOOL": str(host / "spool")}) as listening:
        run(lambda: reports(api, listening))
    assert (host / "spool/spool.db").exists()


async def reports(api: ScriptedApi, listening: str, certificate: Path | None = None) -> None:
    target = f"127.0.0.1:{listening.rpartition(':')[2]}"
    root = certificate.read_bytes() if certificate else None
    async with SimulatedAgent(target, "s1", root=root).session() as agent:
        await agent.state()
        await until(lambda: api.reports_of(1, "state"))
