"""Tools that access the data of a running local system, with the key from its data folder."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import psutil
import pytest

from chalicelib.api.host_names import FOREIGN
from tests.local.running import PROJECT, Running, clean_environment, started, wait_until

OTHER_ACCOUNT = {
    "AWS_PROFILE": "none-such",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "session",
    "AWS_REGION": "eu-west-1",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with data of its own."""
    folder = tmp_path_factory.mktemp("project")
    for name in (".chalice", "app.py", "chalicelib", "ops", "agent", "requirements.txt"):
        (folder / name).symlink_to(PROJECT / name)
    return folder


@pytest.fixture(scope="module")
def system(project: Path) -> Iterator[Any]:
    with started("--data", str(project / ".local")) as running:
        running.register(Name="listed")
        yield running


@pytest.mark.parametrize("environment", [{}, OTHER_ACCOUNT], ids=["alone", "beside another account"])
def test_ops_finds_the_key_in_the_data_folder(system: Running, project: Path, environment: dict[str, str]) -> None:
    done = _ops(project, "server", "list", "--json", **environment)
    assert done.returncode == 0, done.stderr
    assert [server["name"] for server in json.loads(done.stdout)] == [socket.gethostname(), "listed"]


def test_ops_takes_the_key_from_the_environment(system: Running, tmp_path: Path) -> None:
    environment = {
        "AWS_ENDPOINT_URL_DYNAMODB": system.said["dynamodb"],
        "AWS_ACCESS_KEY_ID": system.said["dynamodb_key"],
        "AWS_SECRET_ACCESS_KEY": system.said["dynamodb_key"],
    }
    assert _ops(tmp_path, "server", "list", **environment).returncode == 0


def test_ops_with_another_key_is_refused(system: Running, tmp_path: Path) -> None:
    done = _ops(tmp_path, "server", "list", AWS_ENDPOINT_URL_DYNAMODB=system.said["dynamodb"])
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


def test_ops_says_when_the_local_system_does_not_run(tmp_path: Path) -> None:
    done = _ops(tmp_path, "server", "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "ops: the local system is not running (.local/aws-config is missing); start it: make run\n"


def test_chalice_local_serves_the_same_data(system: Running, project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (documented,) = re.findall(r"\.venv/bin/(chalice local .*)", (PROJECT / "docs/local.md").read_text())
    _, *options = documented.split()
    process = subprocess.Popen(
        [Path(sys.executable).parent / "chalice", "--project-dir", project, *options, "--port", str(port)],
        env=clean_environment() | OTHER_ACCOUNT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            found = wait_until(lambda: _summary(port) or process.poll() is not None)
            refused = wait_until(lambda: _summary_of_another_host(port) or process.poll() is not None)
            # If it watched files, it would have a child, and start another one whenever the system stores something.
            assert psutil.Process(process.pid).children() == []
        finally:
            process.terminate()
            assert process.stdout
            said = process.stdout.read()
    assert isinstance(found, dict), said
    assert socket.gethostname() in [server["name"] for server in found["result"]["servers"]]
    assert refused == (403, {"code": 403, "message": FOREIGN})


def test_any_aws_sdk_can_use_the_file(system: Running, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_DYNAMODB"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(project / ".local" / "aws-config"))
    client = boto3.Session(profile_name="nezha-local").client("dynamodb")
    try:
        assert "nezha-local-servers" in client.list_tables()["TableNames"]
    finally:
        client.close()


def test_only_the_dashboard_and_dynamodb_know_the_key(system: Running) -> None:
    key = system.said["dynamodb_key"]
    parent, *children = system.family()
    assert not any(key in part for process in (parent, *children) for part in process.cmdline())
    knowing = [_module(child) for child in children if key in child.environ().values()]
    assert knowing == ["local.dynamodb"]
    assert {_module(child) for child in children} == {"local.dynamodb", "agent.reporter", "agent.relay"}


def _ops(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ops", "--stage", "local", *arguments],
        cwd=folder,
        env=clean_environment() | {"PYTHONPATH": str(PROJECT)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _summary(port: int) -> Any:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/api/summary", timeout=30) as answer:
        return json.load(answer)
    return None


def _summary_of_another_host(port: int) -> tuple[int, Any] | None:
    """None if Chalice's server dropped the connection, which happens occasionally."""
    with suppress(OSError), closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", "/api/summary", headers={"Host": "evil.example"})
        answer = connection.getresponse()
        return answer.status, json.load(answer)
    return None


def _module(process: psutil.Process) -> str:
    command = process.cmdline()
    return command[command.index("local.child") + 1]
