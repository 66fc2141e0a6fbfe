"""`python -m agent.relay` as a process: options, logs, metrics, and how it stops."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest
import urllib3

from agent.core.clock import Clock
from agent.core.points import Point, records
from agent.core.spool import Spool
from agent.relay.options import Endpoint, parse_options
from tests.agent.relay.running_relay import PROJECT, run, started, until
from tests.agent.relay.scripted_api import ScriptedApi, monitor
from tests.agent.relay.simulated_agent import SimulatedAgent

NO_ENVIRONMENT: dict[str, str] = {"HOME": "/home/relay"}


def ended(child: subprocess.Popen[str], number: int = signal.SIGTERM) -> list[dict[str, Any]]:
    """The lines of a relay that is asked to end."""
    child.send_signal(number)
    _, said = child.communicate(timeout=60)
    return [json.loads(line) for line in said.splitlines()]


def get(ready: dict[str, Any], path: str) -> urllib3.BaseHTTPResponse:
    return urllib3.request("GET", f"http://{ready['metrics']}{path}", timeout=60, retries=False)


def test_command_relays_and_drains_on_sigterm(api: ScriptedApi, tmp_path: Path) -> None:
    async def test() -> None:
        async with SimulatedAgent(ready["listen"], "s1").session() as agent:
            await agent.state()
            await until(lambda: api.reports_of(1, "host"))
            await agent.state()
            lines = await asyncio.get_running_loop().run_in_executor(None, ended, child)
            await agent.stream_ended.wait()
            assert [line["message"] for line in lines] == ["draining", "stopped"]

    with started(api.url, tmp_path) as (child, ready):
        assert (ready["message"], ready["level"], ready["tls"]) == ("ready", "info", False)
        run(test)
    assert child.returncode == 0
    assert len(api.reports_of(1, "state")) == 2


@pytest.mark.parametrize("away", ["silent", "failing", "failing for long"])
def test_a_stop_takes_ten_seconds_at_most_whatever_the_dashboard_does(
    api: ScriptedApi, tmp_path: Path, away: str
) -> None:
    api.monitors = [monitor(1, [1])]

    async def test() -> None:
        async with SimulatedAgent(ready["listen"], "s1").session() as agent:
            await agent.state()
            await until(lambda: api.reports_of(1, "state"))
            await until(lambda: agent.acknowledged, 30)
            api.is_silent, api.status = away == "silent", 503
            await agent.state()
            if away == "failing for long":
                await until(lambda: get(ready, "/healthz").json()["dashboard_away_seconds"] >= 1, 30)
            began = time.monotonic()
            await asyncio.get_running_loop().run_in_executor(None, ended, child)
            assert time.monotonic() - began < 10

    with started(api.url, tmp_path, "--drain", "5") as (child, ready):
        run(test)
    assert child.returncode == 0
    # Its minute was not over, or had begun while it ran.
    with closing(Spool(tmp_path, 10**8, Clock())) as spool:
        (waiting,) = spool.pending(10)
        assert {len(waiting.content["pings"]), len(waiting.content["minutes"])} <= {1, 2}
        assert len({one["at"] for one in waiting.content["minutes"]}) == len(waiting.content["minutes"])


def test_points_survive_kill_9(api: ScriptedApi, tmp_path: Path) -> None:
    at = int(time.time()) // 60 * 60 - 3600
    with closing(Spool(tmp_path, 10**8, Clock())) as spool:
        spool.add(records(1, [Point(1, at, 12.5, 2, 0)]), {1: "s1"})
    api.status = 503
    with started(api.url, tmp_path) as (child, ready):
        assert ready["points_waiting"] == 1
        child.kill()
        child.wait(60)
    api.status = 200
    with started(api.url, tmp_path, "--flush", "1") as (child, ready):
        assert ready["points_waiting"] == 1
        run(lambda: until(lambda: api.reports_of(1, "pings")))
    (report,) = api.reports_of(1, "pings")
    assert report["pings"] == [{"monitor_id": 1, "at": at, "delay": 12.5, "up": 2, "down": 0}]


def test_logs_hold_no_secret(api: ScriptedApi, tmp_path: Path) -> None:
    api.secrets["Secret0ThatIsGood1"] = 1
    api.monitors = [monitor(1, [1])]

    async def test() -> None:
        async with SimulatedAgent(ready["listen"], "Secret0ThatIsGood1").session() as agent:
            async with SimulatedAgent(ready["listen"], "Secret0ThatIsGood1").session():
                await agent.state()
                await until(lambda: api.reports_of(1, "state"))
            api.status = 500
            for rpc, message in {"ReportSystemState": b"\xff", "ReportTask": b"\xff", "Unknown": b""}.items():
                with pytest.raises(grpc.aio.AioRpcError):
                    await agent.call(rpc, message)
            with pytest.raises(grpc.aio.AioRpcError):
                await agent.call("ReportSystemInfo", b"", "Secret0ThatIsBad22")

    with started(api.url, tmp_path) as (child, ready):
        run(test)
        lines = ended(child)
    text = json.dumps([ready, *lines])
    assert "two agents are connected with one secret" in text
    assert "Secret0" not in text


def test_a_dashboard_that_is_none_is_said_at_once_and_when_it_is_back(api: ScriptedApi, tmp_path: Path) -> None:
    api.status = 404

    async def come() -> None:
        async with SimulatedAgent(ready["listen"], "s1").session():
            pass

    with started(api.url, tmp_path) as (child, ready):
        assert child.stderr is not None
        away = json.loads(child.stderr.readline())
        assert away["level"] == "warning"
        assert "HTTP 404" in away["reason"]
        api.status = 200
        run(come)
        lines = ended(child)
    assert lines[0]["message"] == "the dashboard accepts reports again"


def test_metrics_and_health(api: ScriptedApi, tmp_path: Path) -> None:
    async def test() -> None:
        async with SimulatedAgent(ready["listen"], "s1").session() as agent:
            await agent.state()
            await until(lambda: api.reports_of(1, "state"))
            metrics = get(ready, "/metrics").data.decode()
            assert "nezha_relay_agents 1.0" in metrics
            assert 'nezha_relay_received_total{call="state"} 1.0' in metrics
            assert 'nezha_relay_batches_total{outcome="taken"}' in metrics
            assert "nezha_relay_dispatch_lag_seconds_bucket" in metrics
            assert get(ready, "/healthz").json()["status"] == "ok"
            assert get(ready, "/").status == 404

    with started(api.url, tmp_path) as (child, ready):
        run(test)
        ended(child)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no dashboard: set --api"),
        (["--api", "ftp://x"], "must start with https://"),
        (["--api", "http://x", "--listen", "5555"], "--listen must be HOST:PORT"),
        (["--api", "https://x"], "agents would send their secrets unencrypted to 0.0.0.0:5555: set --tls-cert"),
        (["--api", "https://x", "--listen", "[::]:5555"], "or accept the risk with --plaintext"),
        (["--api", "https://x", "--listen", "relay.example.com:5555"], "or accept the risk with --plaintext"),
        (["--api", "http://x", "--tls-cert", "f"], "must be given together"),
        (["--api", "http://x", "--metrics", "0.0.0.0:1"], "must be on loopback"),
        (["--api", "http://x", "--interval", "nan"], "--interval must be a number"),
        (["--api", "http://x", "--spool-mb", "0"], "--spool-mb must be a number"),
        (["--api", "http://x", "--drain", "7"], "--drain must be a number from 0 to 6"),
        (["--api", "http://x", "--trusted-proxy", "10.0.0.1/8"], "--trusted-proxy"),
        (["--api", "http://x", "--nonsense"], "unrecognized arguments"),
    ],
)
def test_options_that_make_no_sense_end_it(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(arguments, NO_ENVIRONMENT)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.parametrize(
    ("arguments", "warnings"),
    [
        (["--api", "https://x", "--listen", "127.0.0.1:1"], []),
        (["--api", "http://127.0.0.1:1", "--listen", "[::1]:1"], []),
        (["--api", "http://x", "--listen", "0.0.0.0:1", "--tls-cert", "c", "--tls-key", "k"], ["to the dashboard"]),
        (["--api", "https://x", "--listen", "0.0.0.0:1", "--plaintext"], ["--disable-command-execute --disable-nat"]),
        (["--api", "https://x", "--listen", "localhost:1"], []),
    ],
)
def test_secrets_that_travel_unencrypted_are_warned_of(arguments: list[str], warnings: list[str]) -> None:
    said = parse_options(arguments, NO_ENVIRONMENT).warnings
    assert len(said) == len(warnings)
    assert all(part in text for part, text in zip(warnings, said, strict=True))


def test_plaintext_can_be_accepted_by_a_variable(capsys: pytest.CaptureFixture[str]) -> None:
    for value, is_accepted in {"1": True, "0": False, "": False, "yes": False}.items():
        environment = {**NO_ENVIRONMENT, "NEZHA_RELAY_API": "https://x", "NEZHA_RELAY_PLAINTEXT": value}
        try:
            options = parse_options([], environment)
        except SystemExit:
            options = None
        assert (options is not None) is is_accepted, value
    assert "NEZHA_RELAY_PLAINTEXT must be 0 or 1" in capsys.readouterr().err


def test_an_option_wins_over_its_variable() -> None:
    environment = {**NO_ENVIRONMENT, "NEZHA_RELAY_API": "http://one", "NEZHA_RELAY_LISTEN": "[::1]:5555"}
    options = parse_options(["--api", "http://two", "--metrics", "off"], environment)
    assert str(options.api) == "http://two"
    assert (options.listen, options.metrics) == (Endpoint("::1", 5555), None)
    assert options.spool == Path("/home/relay/.local/state/nezha-relay")


def test_what_cannot_be_had_ends_it_with_2(api: ScriptedApi, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no such thing")
    file = str(tmp_path / "file")
    command = [sys.executable, "-m", "agent.relay", "--api", api.url, "--listen", "127.0.0.1:0"]
    command += ["--metrics", "off", "--spool", str(tmp_path / "two")]
    with started(api.url, tmp_path / "one") as (child, ready):
        for options in (
            ["--listen", ready["listen"]],
            ["--metrics", ready["metrics"]],
            ["--spool", str(tmp_path / "one")],
            ["--tls-cert", file, "--tls-key", file],
            ["--geoip", file],
        ):
            refused = subprocess.run(
                [*command, *options], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
            )
            assert refused.returncode == 2, options
            (line,) = refused.stderr.splitlines()
            assert line.startswith("python -m agent.relay: "), options
        ended(child)
