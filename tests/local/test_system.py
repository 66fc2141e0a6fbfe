"""`python -m local`: the whole system on this machine."""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest

from tests.agent.relay.simulated_agent import SimulatedAgent
from tests.local.running import FREE_PORTS, Running, ended, is_free, kill, launched, port_of, started, wait_until
from tests.support.dynamodb import KEY

LOST_SECONDS_MOST = 30
FLUSHED_SECONDS = 11
SECRET = re.compile("[0-9A-Za-z]{18}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("system") / "data"


@pytest.fixture(scope="module")
def system(folder: Path) -> Iterator[Running]:
    """One that runs during the whole file; tests only look at it, or add to it."""
    with started("--data", str(folder)) as running:
        yield running


def test_json_says_where_it_is_and_how_to_get_in(system: Running) -> None:
    assert system.said.keys() == {"url", "token", "password", "dynamodb", "dynamodb_key", "relay"}
    assert system.said["url"].startswith("http://127.0.0.1:")
    assert system.said["dynamodb"].startswith("http://127.0.0.1:")
    assert system.http.get("/api/v1/server/list", system.token).result
    assert system.sign_in()


def test_this_machine_is_a_live_server(system: Running) -> None:
    server = wait_until(lambda: _live(system))
    assert (server["id"], server["name"], server["tag"]) == (1, socket.gethostname(), "local")
    assert server["host"]["MemTotal"] == psutil.virtual_memory().total
    assert server["status"]["Uptime"] > 0
    (listed,) = (one for one in system.http.get("/api/v1/server/list", system.token).result if one["id"] == 1)
    assert abs(time.time() - listed["last_active"]) < 30


def test_this_machine_is_visible_to_guests(system: Running) -> None:
    assert system.http.get("/api/v1/monitor/1").status == 200


def test_two_monitors_are_assigned_to_this_machine(system: Running, folder: Path) -> None:
    secret = json.loads((folder / "credentials.json").read_text())["secret"]
    said = system.http.post("/api/v1/agent/report", secret, {"reports": [{}]}).result
    monitors = {(one["type"], one["target"]): one["server_ids"] for one in said["monitors"]}
    port = port_of(system.said["url"])
    assert monitors == {("icmp", "127.0.0.1"): [1], ("tcp", f"127.0.0.1:{port}"): [1]}


def test_everything_listens_on_loopback_only(system: Running) -> None:
    connections = [one for process in system.family() for one in process.net_connections("inet")]
    listening = [one.laddr for one in connections if one.status == psutil.CONN_LISTEN]
    assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
    assert set(system.ports) <= {address.port for address in listening}


def test_the_folder_and_its_files_are_for_this_user_only(system: Running, folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {one.relative_to(folder): stat.S_IMODE(one.stat().st_mode) for one in folder.rglob("*")}
    assert {"credentials.json", "dynamodb.sqlite", "aws-config", "relay.log"} <= {str(name) for name in modes}
    assert [(name, oct(mode)) for name, mode in modes.items() if mode & 0o077] == []


def test_the_install_scripts_registration_gets_the_bare_secret(system: Running) -> None:
    answer = system.http.request(
        "POST",
        "/api/v1/server/register?simple=true",
        {"Authorization": system.token, "Content-Type": "application/json"},
        b'{"Name": "installed by a script"}',
    )
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, "text/plain")
    assert SECRET.fullmatch(answer.body.decode())


def test_a_v0_agent_connects_to_the_relay_with_its_secret_alone(system: Running) -> None:
    secret = system.register(Name="an agent of v0")

    async def report() -> None:
        async with SimulatedAgent(system.said["relay"], secret).session() as agent:
            await agent.state()

    asyncio.run(report())
    reported = wait_until(
        lambda: [one for one in system.servers() if one["name"] == "an agent of v0" and one["status"]["MemUsed"]]
    )
    assert reported[0]["host"]["Platform"] == "debian"


def test_a_relay_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = _failure("--no-report", *FREE_PORTS, "--relay-port", str(port), "--data", str(tmp_path / "other"))
    assert str(port) in said
    assert "--relay-port N" in said
    assert not _processes_with(tmp_path)


def test_a_port_in_use_is_one_clear_line(system: Running, tmp_path: Path) -> None:
    port = port_of(system.said["url"])
    said = _failure("--port", str(port), "--dynamodb-port", "0", "--data", str(tmp_path / "other"))
    assert str(port) in said
    assert "--port N" in said
    assert not _processes_with(tmp_path)


def test_a_dynamodb_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = _failure("--port", "0", "--dynamodb-port", str(port), "--data", str(tmp_path / "other"))
    assert str(port) in said
    assert "--dynamodb-port N" in said
    assert not _processes_with(tmp_path)


def test_a_second_system_on_one_folder_is_one_clear_line(system: Running, folder: Path) -> None:
    before = _processes_with(folder)
    said = _failure(*FREE_PORTS, "--data", str(folder))
    assert "another system uses it" in said
    assert _processes_with(folder) == before
    assert system.servers()


def test_credentials_of_no_use_are_one_clear_line(tmp_path: Path) -> None:
    """Which ones are of none: test_credentials.py."""
    (tmp_path / "credentials.json").write_text("{")
    assert str(tmp_path / "credentials.json") in _failure(*FREE_PORTS, "--data", str(tmp_path))
    assert (tmp_path / "credentials.json").read_text() == "{"


def test_a_variable_that_makes_no_sense_is_one_clear_line() -> None:
    assert "NEZHA_REPORT_INTERVAL" in _failure(*FREE_PORTS, "--data", "memory", NEZHA_REPORT_INTERVAL="x")


def test_no_report_starts_empty_whatever_the_environment_names_and_sigterm_ends_everything(tmp_path: Path) -> None:
    """Each start has a key of its own, that ends with it."""
    other_account, keys = {"AWS_REGION": "eu-west-1", "AWS_PROFILE": "none-such"}, set()
    for relays, more, variables in ((1, (), other_account), (0, ("--no-relay",), {})):
        with started("--data", str(tmp_path), "--no-report", *more, **variables) as running:
            family = running.family()
            assert len(family) == 2 + relays
            assert ["agent.relay" in process.cmdline() for process in family].count(True) == relays
            assert ("relay" in running.said) == bool(relays)
            if variables:
                assert running.servers() == []
                assert running.manage("GET", "/api/monitor", running.sign_in()) == []
                running.register(Name="kept")
            assert [server["name"] for server in running.servers()] == ["kept"]
            keys.add(running.said["dynamodb_key"])
            file = tmp_path / "aws-config"
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert running.said["dynamodb_key"] in file.read_text()
            assert running.end(signal.SIGTERM) == (0, "", "")
            assert all(map(ended, family))
            assert all(map(is_free, running.ports))
        assert not file.exists()
    assert len(keys) == 2
    assert all(len(key) == 32 and key.isalnum() for key in keys)
    assert not any(key.encode() in file.read_bytes() for key in keys for file in tmp_path.iterdir() if file.is_file())


@pytest.mark.parametrize("arguments", [("--port", "65536"), ("--port", "-1"), ("--dynamodb-port", "x")])
def test_a_wrong_port_is_a_wrong_command_line(arguments: tuple[str, str]) -> None:
    with launched(*arguments) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "is not a port; use 0 to 65535" in err


def test_the_curl_lines_that_it_shows_work_and_sigint_ends_it(tmp_path: Path) -> None:
    with launched(*FREE_PORTS, "--data", "memory") as process:
        assert process.stdout
        shown = "".join(iter(process.stdout.readline, "Press Ctrl-C to stop.\n"))
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        if shutil.which("curl"):
            _assert_curl_lines_work(shown, tmp_path)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 0
        assert all(map(ended, family))
    if not shutil.which("curl"):
        pytest.skip("there is no curl on this machine")


def test_everything_is_there_after_a_restart_and_kill_9_loses_the_last_seconds_of_the_states_only(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    with started("--data", str(data)) as first:
        session = first.sign_in()
        secret = first.register(Name="kept", Note="of it")
        kept = first.manage("POST", "/api/token", session, {"note": "kept", "scopes": ["read"]})["token"]
        gone = first.manage("POST", "/api/token", session, {"note": "gone"})
        first.manage("DELETE", f"/api/token/{gone['id']}", session)
        first.manage("POST", "/api/monitor", session, {"name": "third", "type": "icmp", "target": "192.0.2.1"})
        wait_until(lambda: _live(first))
        before = _managed(first, session)
        family = first.family()
        status, out, _ = first.end(signal.SIGINT)
        assert (status, out) == (0, "")
        assert all(map(ended, family))
        assert all(map(is_free, first.ports))
    with started("--data", str(data)) as second:
        assert (second.token, second.said["password"]) == (first.token, first.said["password"])
        assert second.http.get("/api/v1/server/list", kept).status == 200
        assert second.http.get("/api/v1/server/list", gone["token"]).status == 403
        assert second.http.report({"secret": secret}) == [{"server_id": 2}]
        assert [server["id"] for server in second.servers()] == [1, 2]
        after = _managed(second, session)
        follows = f"127.0.0.1:{port_of(second.said['url'])}"
        assert after["monitors"] == [
            {**one, "target": follows if one["name"] == "Dashboard" else one["target"]} for one in before["monitors"]
        ]
        assert (after["servers"], after["tokens"]) == (before["servers"], before["tokens"])
        assert _live(second)["last_active"] >= before["last_active"]
        time.sleep(FLUSHED_SECONDS)
        last_active = _live(second)["last_active"]
        kill(second.family())
    with started("--data", str(data), "--no-report", "--no-relay") as third:
        server, _ = third.servers()
        assert last_active - LOST_SECONDS_MOST <= server["last_active"] <= last_active + 5
        assert server["host"]["MemTotal"]
        assert server["status"]["MemUsed"]


def test_another_dynamodb_is_used_where_the_environment_names_one(dynamodb_url: str, tmp_path: Path) -> None:
    variables = {
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
    }
    with started("--data", str(tmp_path), "--no-report", **variables) as running:
        assert running.said["dynamodb"] == dynamodb_url
        assert "dynamodb_key" not in running.said
        running.register(Name="kept elsewhere")
        assert len(running.family()) == 2
    assert os.listdir(tmp_path) == ["credentials.json"]  # noqa: PTH208
    assert {f"nezha-local-{name}" for name in ("servers", "states", "tokens")} <= _tables(dynamodb_url)


def test_children_end_by_themselves_when_the_parent_is_killed(system: Running) -> None:
    """The last test of the system that the others look at."""
    _, *children = system.family()
    assert len(children) == 3
    system.process.kill()
    wait_until(lambda: all(map(ended, children)))
    system.process.communicate(timeout=60)
    assert all(map(is_free, system.ports))


def _live(system: Running) -> Any:
    """This machine's server, once it has reported."""
    (server,) = (one for one in system.servers() if one["id"] == 1)
    return server if abs(time.time() - server["last_active"]) < 30 else None


def _failure(*arguments: str, **variables: str) -> str:
    """The single line that a system prints if it does not start."""
    with launched(*arguments, "--json", **variables) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith("local: ")
    return line


def _processes_with(folder: Path) -> set[int]:
    """The ids of the processes that name the folder on their command lines."""
    return {
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in part for part in process.info["cmdline"] or [])
    }


def _assert_curl_lines_work(shown: str, folder: Path) -> None:
    lines = re.findall(r"^ +(curl .+)$", shown, re.MULTILINE)
    assert len(lines) >= 5
    for line in lines:
        done = subprocess.run(
            [*shlex.split(line, comments=True), "--silent", "--show-error", "--fail"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (line, done.stderr, done.stdout)
        assert SECRET.fullmatch(done.stdout) or json.loads(done.stdout)["code"] == 0


def _managed(system: Running, session: dict[str, str]) -> dict[str, Any]:
    """What people manage, by kind; last_active of this machine beside it."""
    found = {kind: system.manage("GET", f"/api/{kind[:-1]}", session) for kind in ("servers", "tokens", "monitors")}
    moving = ("last_active", "status", "state", "online")
    found["servers"] = [{name: one[name] for name in one if name not in moving} for one in found["servers"]]
    found["tokens"] = [{name: one[name] for name in one if name != "last_used"} for one in found["tokens"]]
    return {**found, "last_active": _live(system)["last_active"]}


def _tables(url: str) -> set[str]:
    client = boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=KEY,
    )
    try:
        # Other tests have tables there, too, and one answer names a hundred.
        return set(client.get_paginator("list_tables").paginate().search("TableNames"))
    finally:
        client.close()
