"""The real script of a dashboard, run in a folder of the test's own."""

import os
import py_compile
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from chalicelib.api.install import SHIPPED
from tests.stack.emulator import cached, cached_packages
from tests.support.dashboard import Dashboard
from tests.support.documented import PROJECT

REQUIREMENTS = PROJECT / "agent/requirements.txt"
NO_ROOT = "echo 1000"
"""Tests must not touch the services of the machine that they run on."""

OPENRC_SERVICE = """
echo "$*" >>{etc}/calls
child={etc}/run/openrc/options/$2/child_pid
case $3 in
    restart | stop)
        if [ -e $child ] && kill "$(cat $child)" 2>/dev/null; then
            for _ in $(seq 100); do kill -0 "$(cat $child)" 2>/dev/null && sleep 0.1; done
        fi
        rm -f $child
        ;;
esac
case $3 in
    restart)
        RC_SVCNAME=$2
        . {etc}/etc/init.d/$2
        start_pre
        echo "as $command_user with ${{capabilities:-nothing}}" >>{etc}/calls
        mkdir -p "${{child%/*}}"
        [ ! -e {etc}/crashing ] || command={etc}/crashing
        $command >>"$output_log" 2>&1 &
        echo $! >$child
        ;;
    status) [ ! -e {etc}/failing ] ;;
esac
"""
"""A stand-in for OpenRC that runs services as its caller, or `crashing` instead of them if that file exists."""

CHECKPATH = """
case $1 in -d) mkdir -p "$6" ;; -f) touch "$6" ;; esac
"""

USERADD = """
echo "useradd $*" >>{etc}/calls
[ ! -e {etc}/no-users ] || exit 1
for name; do :; done
echo "$name:x:900:900::/:/sbin/nologin" | tee -a {etc}/etc/group >>{etc}/etc/passwd
"""

USERDEL = """
echo "userdel $*" >>{etc}/calls
sed -i "/^$1:/d" {etc}/etc/passwd
"""

GROUPDEL = 'sed -i "/^$1:/d" {etc}/etc/group'

STAND_IN = """
case "$1 $2" in
    "-c import sys"*) echo "$0" ;;
    "-m compileall") cp -R {compiled}/agent/. "$4" ;;
    "-m pip") {pip} ;;
    "-m venv") {venv} ;;
    *) exec {python} "$@" ;;
esac
"""
"""A Python whose pip is replaced. It reports its own path, so that the script continues with it.

It skips the check of its version and copies compiled files, because both give the same result in every test.
"""


@dataclass
class Ran:
    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """The last line on stderr."""
        return self.err.splitlines()[-1]


@dataclass
class Machine:
    """A machine to connect. bin: comes first in its PATH. etc: replaces the system's folders.

    program: what is installed by its own script.
    """

    dashboard: Dashboard
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    program: str = "reporter"

    def __post_init__(self) -> None:
        self.bin.mkdir(parents=True)
        self.command("id", NO_ROOT)
        self.python(sys.executable)

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def etc(self) -> Path:
        return self.folder / "etc"

    @property
    def prefix(self) -> Path:
        return self.folder / self.program

    @property
    def left(self) -> set[str]:
        """The contents of the folder, except for what the test put there."""
        return {path.name for path in self.folder.iterdir()} - {"bin", "etc", "install.sh", "wheels", "tmp"}

    def command(self, name: str, script: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def python(self, path: Path | str) -> None:
        self.command("python3", f'exec {path} "$@"')

    def python_with(self, *, pip: str, venv: str = "exit 1") -> None:
        self.command(
            "python3", STAND_IN.format(python=sys.executable, compiled=compiled(self.program).name, pip=pip, venv=venv)
        )

    def script(self) -> Path:
        """The script that the dashboard serves, with the system's folders inside `etc`."""
        name = "/install.sh" if self.program == "reporter" else f"/install-{self.program}.sh"
        served = self.dashboard.request("GET", name, {"Host": f"127.0.0.1:{self.dashboard.port}"}).body.decode()
        functions, mark, sources = served.partition(f"# --- The {self.program}, file by file")
        assert mark
        path = self.folder / "install.sh"
        path.write_text(re.sub(r"(?<=[=\s\"])(?=/(etc|run|var/lib)/)", str(self.etc), functions) + mark + sources)
        return path

    def has_systemd(self) -> None:
        """A stand-in that records its calls. Its services fail while a file of that name exists."""
        self._has("run/systemd/system", "etc/systemd/system")
        self.command("systemctl", self._noting("is-active"))

    def has_openrc(self, *, grants: bool = True) -> None:
        """Adds a stand-in that records its calls. grants: whether it can grant capabilities to services."""
        self._has("run/openrc/softlevel", "etc/init.d")
        for name in ("passwd", "group"):
            (self.etc / "etc" / name).write_text("root:x:0:0\n")
        self.command("rc-update", self._noting("status"))
        self.command("supervise-daemon", f"exit {int(not grants)}")
        self.command("chown", "exit 0")
        self.command("install", 'for to; do from=$before before=$to; done; cp "$from" "$to"')
        self.command("checkpath", CHECKPATH)
        for name, script in {
            "rc-service": OPENRC_SERVICE,
            "useradd": USERADD,
            "userdel": USERDEL,
            "groupdel": GROUPDEL,
        }.items():
            self.command(name, script.format(etc=self.etc))

    def users(self) -> list[str]:
        """The users and groups of the system."""
        lines = [line for name in ("passwd", "group") for line in (self.etc / "etc" / name).read_text().splitlines()]
        return [line.partition(":")[0] for line in lines]

    def supervised(self) -> psutil.Process:
        """What OpenRC runs."""
        return psutil.Process(int((self.etc / f"run/openrc/options/nezha-{self.program}/child_pid").read_text()))

    def _has(self, *folders: str) -> None:
        self.command("id", "echo 0")
        for folder in folders:
            (self.etc / folder).mkdir(parents=True)

    def _noting(self, question: str) -> str:
        failing = f'case "$*" in *{question}*) [ ! -e {self.etc}/failing ] ;; esac'
        return f'echo "$*" >>{self.etc}/calls; {failing}'

    def calls(self) -> list[str]:
        path = self.etc / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def running(self) -> psutil.Process:
        """The reporter in the background."""
        return psutil.Process(int((self.prefix / "pid").read_text()))

    def stop_all(self) -> None:
        for found in (self.running, self.supervised):
            with suppress(psutil.NoSuchProcess, FileNotFoundError):
                found().kill()

    def environment(self, secret: str = "") -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NEZHA_")}
        given = {"NEZHA_SECRET": secret} if secret else {}
        path = f"{self.bin}:{os.environ['PATH']}"
        return {**kept, "PATH": path, "NEZHA_PREFIX": str(self.prefix), **given, **self.variables}

    def command_line(self, *options: str) -> Sequence[str]:
        return ["sh", str(self.script()), *options]

    def install(self, secret: str = "", *options: str) -> Ran:
        """Runs it from a pipe, as people do. Asserts that only the script itself writes to standard error."""
        with self.script().open("rb") as piped:
            ran = subprocess.run(
                ["sh", "-s", "--", *options],
                stdin=piped,
                env=self.environment(secret),
                capture_output=True,
                text=True,
                timeout=120,
            )
        assert [line for line in ran.stderr.splitlines() if not line.startswith("install.sh: ")] == []
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def uninstall(self) -> None:
        ran = self.install("", "--uninstall")
        assert (ran.status, ran.out, ran.err.count("\n")) == (0, "", 1), ran.err


@contextmanager
def quick_machine(dashboard: Dashboard, folder: Path) -> Iterator[Machine]:
    """One whose pip finds the packages without any index."""
    dashboard.clock.now = time.time()
    made = Machine(dashboard, folder)
    made.python_with(pip=f'[ "$3" = --version ] || {{ for to; do :; done; {COPY_PACKAGES} {packages()} "$to"; }}')
    try:
        yield made
    finally:
        made.stop_all()


@cache
def compiled(program: str) -> TemporaryDirectory[str]:
    """A folder with the program's compiled files, which Python accepts for every copy of its sources."""
    folder = TemporaryDirectory(prefix="compiled-")
    for path in (path for pattern in SHIPPED[program] for path in PROJECT.glob(pattern) if path.suffix == ".py"):
        name = path.relative_to(PROJECT)
        to = cache_from_source(Path(folder.name) / name)
        py_compile.compile(str(path), to, str(name), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return folder


COPY_PACKAGES = "cp -Rp"
"""Keeps their dates; otherwise Python would compile them again."""


def packages() -> Path:
    """What pip makes of the reporter's requirements, for this Python."""
    wheels = cached_packages(REQUIREMENTS)

    def fill(folder: Path) -> None:
        pip: list[str | Path] = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
        subprocess.run(
            [*pip, "--find-links", wheels, "-r", REQUIREMENTS, "--target", folder], check=True, capture_output=True
        )

    return cached("reporter-packages", REQUIREMENTS, fill)
