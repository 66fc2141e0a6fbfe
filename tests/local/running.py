"""`python -m local` as a separate process, for tests."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.support.dashboard import Client

PROJECT = Path(__file__).parents[2]
FREE_PORTS = ("--port", "0", "--dynamodb-port", "0", "--relay-port", "0")
END_SECONDS = 30
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Running:
    """A system that is ready, and what it printed."""

    process: subprocess.Popen[str]
    said: Mapping[str, str]

    @property
    def token(self) -> str:
        return self.said["token"]

    @property
    def http(self) -> Client:
        return Client(port_of(self.said["url"]))

    @property
    def ports(self) -> list[int]:
        return [port_of(self.said["url"]), port_of(self.said["dynamodb"])]

    def family(self) -> list[psutil.Process]:
        """The process and its children."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def servers(self) -> Any:
        return self.http.get("/api/v1/server/details", self.token).result

    def sign_in(self) -> dict[str, str]:
        """The headers of a person's browser."""
        answer = self.http.request(
            "POST", "/api/login", SAME_ORIGIN, json.dumps({"password": self.said["password"]}).encode()
        )
        assert answer.status == 200, answer.body
        return {**SAME_ORIGIN, "Cookie": answer.headers["set-cookie"].partition(";")[0]}

    def manage(self, method: str, path: str, session: Mapping[str, str], body: Any = None) -> Any:
        raw = None if body is None else json.dumps(body).encode()
        return self.http.request(method, path, session, raw).result

    def register(self, **fields: Any) -> str:
        answer = self.http.post("/api/v1/server/register?simple=true", self.token, fields)
        assert answer.status == 200, answer.body
        return answer.body.decode()

    def end(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """(exit status, the rest of stdout, stderr)."""
        self.process.send_signal(by)
        out, err = self.process.communicate(timeout=END_SECONDS)
        return self.process.returncode, out, err


@contextmanager
def started(*arguments: str, **variables: str) -> Iterator[Running]:
    """A system on free ports; whatever is left of it ends with this block."""
    with launched(*FREE_PORTS, "--json", *arguments, **variables) as process:
        assert process.stdout
        assert process.stderr
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield Running(process, json.loads(line))


@contextmanager
def launched(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "local", *arguments],
        cwd=PROJECT,
        env=clean_environment() | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            _end(process)


OF_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
"""With these from the make that runs the tests, another make says which folder it enters."""


def clean_environment() -> dict[str, str]:
    """This process's environment as a person has it, without variables that configure the project."""
    ours = ("AWS_", "NEZHA_", *OF_MAKE)
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is not None:
        return
    family = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        kill([psutil.Process(process.pid), *family])


def kill(processes: list[psutil.Process]) -> None:
    """All of them with SIGKILL, the first first."""
    for process in processes:
        if not ended(process):
            process.kill()
    wait_until(lambda: all(map(ended, processes)))


def ended(process: psutil.Process) -> bool:
    """Also one that nobody has asked for its exit status yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until(reached: Callable[[], Any], seconds: float = END_SECONDS, pause: float = 0.05) -> Any:
    """What `reached` returns, once it is true. pause: seconds between two tries, more where a try is expensive."""
    deadline = time.monotonic() + seconds
    while not (found := reached()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(pause)
    return found


def is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])
