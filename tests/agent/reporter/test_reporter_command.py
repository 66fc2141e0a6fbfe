"""The command as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from agent.reporter.options import parse_options
from tests.agent.scripted_dashboard import SECRET, ScriptedDashboard, status, taken

ROOT = Path(__file__).parents[3]


def start(*arguments: Any, **variables: Any) -> Any:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEZHA_")}
    return subprocess.Popen(
        [sys.executable, "-m", "agent.reporter", *arguments],
        cwd=ROOT,
        env={**environment, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stopped(process: Any, by: Any = None) -> tuple[Any, ...]:
    """(status, stdout, stderr) of the process, after the signal if there is one."""
    if by:
        process.send_signal(by)
    try:
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, out, err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--secret", SECRET], "no dashboard"),
        (["--url", "https://nezha.example.com"], "no secret"),
        (["--url", "nezha.example.com", "--secret", SECRET], "https://"),
        (["--url", "ftp://nezha.example.com", "--secret", SECRET], "https://"),
        (["--url", "https://", "--secret", SECRET], "host"),
        (["--url", "https://a:99999", "--secret", SECRET], "url"),
        (["--url", f"https://me:{SECRET}@a", "--secret", SECRET], "must not contain a user name"),
        (["--url", "https://a/?x=1", "--secret", SECRET], "query"),
        (
            ["--url", "https://a", "--secret-file", "/nonexistent/secret"],
            "cannot read the secret file /nonexistent/secret",
        ),
        (["--url", "https://a", "--secret-file", "/"], "cannot read the secret file"),
        (["--url", "https://a", "--secret", f"{SECRET}\nX: y"], "characters"),
        (["--url", "https://a", "--secret", "密"], "characters"),
        (["--url", "https://a", "--secret", SECRET, "--secret-file", "x"], "not allowed with"),
        (["--url", "https://a", f"--secre={SECRET}"], "--help"),
        (["--url", "https://a", "--secrte", SECRET], "--help"),
        (["--url"], "expected one argument"),
        (["--url", "https://a", "--secret", SECRET, "--spool-mb", "0"], "--spool-mb must be a number from 1"),
        (["--url", "https://a", "--secret", SECRET, "--spool-mb", "nan"], "--spool-mb must be a number from 1"),
    ],
)
def test_bad_options_are_one_clear_line(arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(arguments, {})
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert err.count("\n") == 1
    assert word in err
    assert SECRET not in err


@pytest.mark.parametrize(
    ("arguments", "variables", "directory"),
    [
        (["--spool", "/a"], {"NEZHA_SPOOL": "/b"}, "/a"),
        ([], {"NEZHA_SPOOL": "/b", "STATE_DIRECTORY": "/c"}, "/b"),
        ([], {"STATE_DIRECTORY": "/c:/d", "XDG_STATE_HOME": "/e"}, "/c"),
        ([], {"XDG_STATE_HOME": "/e", "HOME": "/f"}, "/e/nezha-reporter"),
        ([], {"XDG_STATE_HOME": "relative", "HOME": "/f"}, "/f/.local/state/nezha-reporter"),
    ],
)
def test_spool_is_where_options_variables_and_systemd_say(
    arguments: list[Any], variables: dict[str, Any], directory: str
) -> None:
    options = parse_options(["--url", "https://a", "--secret", SECRET, *arguments], variables)
    assert options.spool == Path(directory)


def test_spool_size_comes_from_option_or_variable() -> None:
    options = ["--url", "https://a", "--secret", SECRET]
    assert parse_options(options, {}).spool_mb == 500
    assert parse_options(options, {"NEZHA_SPOOL_MB": "20"}).spool_mb == 20
    assert parse_options([*options, "--spool-mb", "30"], {"NEZHA_SPOOL_MB": "20"}).spool_mb == 30


def test_command_without_options_ends_with_status_2() -> None:
    code, out, err = stopped(start())
    assert (code, out) == (2, "")
    assert err.startswith("python -m agent.reporter: no dashboard: set --url or NEZHA_URL")
    assert err.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_at_once(scripted: ScriptedDashboard, number: Any) -> None:
    process = start("--url", scripted.url, "--secret", SECRET)
    assert scripted.arrived.wait(60)
    code, out, err = stopped(process, number)
    assert (code, out) == (0, "")
    assert err.splitlines()[0] == f"reporting to {scripted.url}"
    assert "Traceback" not in err


def test_variables_and_the_secret_file_do_as_well_and_options_win(scripted: ScriptedDashboard, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    process = start("--secret-file", str(file), NEZHA_URL=scripted.url + "/prod", NEZHA_SECRET="another")
    assert scripted.arrived.wait(60)
    stopped(process, signal.SIGTERM)
    assert scripted.requests[0]["headers"]["Authorization"] == SECRET
    assert scripted.requests[0]["path"] == "/prod/api/v1/agent/report"
    assert set(scripted.reports[0]) == {"at", "ip", "host", "state", "pings"}


@pytest.mark.parametrize("answer", [status(403), status(500, b"oops"), status(200, b"oops")])
def test_secret_is_never_in_the_output(scripted: ScriptedDashboard, answer: tuple[int, dict[str, str], bytes]) -> None:
    scripted.answers(answer)
    process = start(NEZHA_URL=scripted.url, NEZHA_SECRET=SECRET)
    assert scripted.arrived.wait(60)
    # The line that follows the first one says what is wrong.
    first, second = process.stderr.readline(), process.stderr.readline()
    code, out, rest = stopped(process, signal.SIGTERM)
    assert code == 0
    assert "dashboard" in second
    assert SECRET not in out + first + second + rest


def test_suspended_reporter_goes_on_when_it_wakes_up_after_an_outage(scripted: ScriptedDashboard) -> None:
    scripted.answers(taken(interval=1))
    process = start(NEZHA_URL=scripted.url, NEZHA_SECRET=SECRET)
    assert scripted.arrived.wait(60)
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)
    before = len(scripted.requests)
    scripted.answers(status(503), taken(interval=1))  # the dashboard is away at the moment of waking up
    time.sleep(1.5)
    process.send_signal(signal.SIGCONT)
    deadline = time.monotonic() + 30
    while len(scripted.requests) < before + 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    code, _, err = stopped(process, signal.SIGTERM)
    assert code == 0
    assert "Traceback" not in err
    assert len(scripted.requests) >= before + 2
    assert all(len(request["body"]["reports"]) == 1 for request in scripted.requests)
