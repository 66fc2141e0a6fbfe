"""What a host may lack, refuse or report strangely: the figure is 0, and everything else is reported."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent.core.figures import HOST, STATE
from agent.reporter.address import address
from agent.reporter.disk import read_disk
from agent.reporter.host import read_host
from agent.reporter.loop import Description
from agent.reporter.readings import Latest
from agent.reporter.state import Meter, read_counters
from agent.reporter.virtualization import virtualization
from tests.agent.scripted_dashboard import SECRET, ScriptedDashboard

ROOT = Path(__file__).parents[3]
ERRORS = [PermissionError(13, "Permission denied"), IndexError(), KeyError("x"), TypeError(), psutil.AccessDenied(1)]
READ = (
    "cpu_count",
    "cpu_times",
    "disk_partitions",
    "disk_usage",
    "getloadavg",
    "net_if_addrs",
    "net_io_counters",
    "pids",
    "sensors_temperatures",
    "swap_memory",
    "virtual_memory",
    "boot_time",
)


def refuse(monkeypatch: pytest.MonkeyPatch, names: Any, error: Any) -> None:
    def refused(*_args: Any, **_kwargs: Any) -> None:
        raise error

    for name in names:
        monkeypatch.setattr(psutil, name, refused, raising=False)


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("name", [*READ, "all"])
def test_a_reading_that_fails_leaves_the_others(monkeypatch: pytest.MonkeyPatch, error: Any, name: Any) -> None:
    refuse(monkeypatch, READ if name == "all" else [name], error)
    meter = Meter(time.monotonic)
    state, host = meter.state(time.time()), Description.of_this_host("127.0.0.1", 80).host
    assert {figure.name for figure in STATE} | {"Temperatures"} == set(state)
    assert {figure.name for figure in HOST} == set(host)
    json.dumps([state, host], allow_nan=False)
    # Read without psutil.
    assert state["MemUsed"] > 0
    assert state["Uptime"] > 0
    assert host["Platform"]
    assert (state["ProcessCount"] > 0) is (name not in ("pids", "all"))


def test_files_that_may_not_be_looked_at_count_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.stat

    def stat(path: Any, *args: Any, **kwargs: Any) -> Any:
        if str(path).startswith(("/proc/net/", "/.dockerenv", "/run/", "/proc/vz")):
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", stat)
    assert Meter(time.monotonic).state(time.time())["TcpConnCount"] >= 0
    assert isinstance(virtualization(), str)
    assert read_disk().total > 0


def test_counters_that_cannot_be_read_stay_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_counters(0.0)
    refuse(monkeypatch, ["net_io_counters"], ERRORS[0])
    after = read_counters(1.0, before)
    assert (after.received, after.sent) == (before.received, before.sent)


def test_sensors_without_a_number_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    sensor = namedtuple("sensor", "label current")
    found = {"chip": [sensor(None, 40.5), sensor("none", None), sensor("text", "hot")]}
    monkeypatch.setattr(psutil, "sensors_temperatures", lambda: found, raising=False)
    assert Meter(time.monotonic).state(time.time())["Temperatures"] == [{"Name": "chip", "Temperature": 40.5}]


def test_an_address_is_one_or_none_when_interfaces_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, ["net_if_addrs"], ERRORS[0])
    assert address("127.0.0.1", 80) == ""


STAT = """cpu  1 2
cpu0 1 2
btime 1722142800
"""


@pytest.mark.parametrize(
    ("paths", "content", "figure", "expected"),
    [
        (["/proc/meminfo"], "MemTotal: 1000 kB\nMemAvailable: 400 kB\n" + "\0" * 3000, "state['MemUsed']", 600 * 1024),
        (["/proc/meminfo"], "", "state['MemUsed']", 0),
        (
            ["/proc/meminfo"],
            "SwapTotal: 0 kB\nSwapFree: 18446744073709551488 kB\nMemTotal: 9 kB",
            "state['SwapUsed']",
            0,
        ),
        (["/proc/stat"], STAT, "state['CPU']", 0),
        (["/proc/stat"], "", "state['CPU']", 0),
        (["/proc/uptime"], "1234.56 99.00\n", "state['Uptime']", 1234),
        (["/proc/uptime"], "1234.56 99.00\n", "abs(time.time() - 1234 - host['BootTime']) < 30", True),
        (["/proc/uptime"], "nan nan\n", "state['Uptime'] > 10", True),
        (["/proc/uptime"], "", "state['Uptime'] > 10", True),
        (["/proc/loadavg"], "0.25 0.50 1.00 1/200 1234\n", "state['Load1']", 0.25),
        (["/proc/loadavg"], "", "state['Load1'] >= 0", True),
        (["/proc/loadavg"], "nan inf -1\n", "[state['Load1'], state['Load5'], state['Load15']]", [0, 0, 0]),
        (["/proc/cpuinfo"], "", "host['CPU'][0].startswith(host['Arch'])", True),
        (["/etc/os-release"], "ID='never closed\n", "host['Platform'] in ('linux', 'debian')", True),
        (["/proc/$$/mounts"], "", "host['DiskTotal'] > 0", True),
        (["/proc/filesystems"], "", "host['DiskTotal'] > 0", True),
        (["/proc/vmstat"], "", "state['SwapUsed'] >= 0", True),
    ],
)
def test_a_strange_file_of_the_system_does_no_harm(
    tmp_path: Path, paths: list[str], content: str, figure: str, expected: Any
) -> None:
    assert in_a_namespace(tmp_path, paths, content, figure) == expected


SCRIPT = """
import json, time
from agent.reporter.host import read_host
from agent.reporter.state import Meter
meter = Meter(time.monotonic)
time.sleep(0.05)
state, host = meter.state(time.time()), read_host()
print(json.dumps({figure}, allow_nan=False))
"""


def in_a_namespace(folder: Path, paths: list[str], content: str, figure: str) -> Any:
    """What an expression is where these files of the system have another content."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("only root, with unshare, can replace files of the system for a process")
    (folder / "content").write_text(content)
    mounts = "".join(f"mount --bind {folder}/content {path} && " for path in paths)
    script = SCRIPT.replace("{figure}", figure)
    command = [
        "unshare",
        "-m",
        "sh",
        "-c",
        f'{mounts} exec "$@"',
        "sh",
        sys.executable,
        "-B",
        "-W",
        "ignore",
        "-c",
        script,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if "mount: " in done.stderr:
        pytest.skip(f"files of the system cannot be replaced here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_reading_that_hangs_holds_up_nothing() -> None:
    release = threading.Event()
    results = iter([1, 2, 3])

    def read() -> Any:
        number = next(results)
        if number == 2:
            release.wait(30)
        return number

    latest = Latest(read)
    assert latest.get() == 1
    began = time.monotonic()
    assert [latest.get(), latest.get()] == [1, 1]
    assert time.monotonic() - began < 5
    release.set()
    for _ in range(500):
        if latest.get() == 3:
            break
        time.sleep(0.01)
    assert latest.get() == 3


def test_a_reading_that_fails_leaves_the_last_result() -> None:
    results = iter([7])
    latest = Latest(lambda: next(results))
    assert [latest.get(), latest.get()] == [7, 7]


def test_a_file_system_that_hangs_does_not_hold_up_a_state(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(psutil, "disk_partitions", lambda: release.wait(30))
    began = time.monotonic()
    assert Meter(time.monotonic).state(time.time())["DiskUsed"] == 0
    assert time.monotonic() - began < 5
    release.set()


def test_the_command_reports_from_a_system_that_shows_next_to_nothing(
    scripted: ScriptedDashboard, tmp_path: Path
) -> None:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("only root, with unshare, can hide files of the system from a process")
    (tmp_path / "nothing").touch()
    hidden = ("meminfo", "stat", "uptime", "loadavg", "cpuinfo", "filesystems", "vmstat", "diskstats")
    mounts = "".join(f"mount --bind {tmp_path}/nothing /proc/{name} && " for name in hidden)
    run = f'{mounts} exec "$@"'
    command = [sys.executable, "-B", "-m", "agent.reporter", "--url", scripted.url, "--spool", str(tmp_path / "spool")]
    with subprocess.Popen(
        ["unshare", "-m", "sh", "-c", run, "sh", *command],
        cwd=ROOT,
        env={**os.environ, "NEZHA_SECRET": SECRET},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        arrived = scripted.arrived.wait(60)
        process.terminate()
        _, said = process.communicate(timeout=60)
    if "mount: " in said:
        pytest.skip("files of the system cannot be hidden here")
    assert arrived, said
    assert "Traceback" not in said
    assert scripted.reports[0]["state"]["MemUsed"] == 0
    assert scripted.reports[0]["host"]["Arch"]


def test_host_and_state_are_read_as_ever() -> None:
    assert read_host()["MemTotal"] > 0
