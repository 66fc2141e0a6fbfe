"""The whole system on one machine: a DynamoDB, the application behind HTTP, and this machine's own reporter."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import urllib3

from local.api_gateway import create_server
from local.credentials import Credentials
from local.demo import feed
from local.seed import Seed
from ops.stage import stage_variables

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 30
STOP_SECONDS = 5
REPORT_INTERVAL = "3"


class StartError(Exception):
    """Raised when a part does not start; the message says which, why, and what to do."""


@dataclass(frozen=True)
class Options:
    """The ports: 0 takes a free one, and no relay_port means no relay. data: None for memory.

    report: whether this machine reports itself. demo: how many believable servers to make up.
    """

    port: int = 8008
    dynamodb_port: int = 8009
    relay_port: int | None = 5555
    data: Path | None = None
    report: bool = True
    demo: int = 0


@dataclass
class System:
    """Starts every part in order; `stop` ends them in the other."""

    options: Options
    url: str = ""
    dynamodb_url: str = ""
    relay: str = ""
    credentials: Credentials = field(default_factory=Credentials.new)
    _children: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    _server: Any = None
    _serving: threading.Thread | None = None
    _demo: threading.Thread | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)
    _scratch: TemporaryDirectory[str] = field(default_factory=TemporaryDirectory)

    def start(self) -> None:
        """Returns when everything is ready; raises StartError or CredentialsError, and then nothing is left running."""
        try:
            if self.options.data:
                self.credentials = Credentials.load(self.options.data) or self.credentials
            self._start_dynamodb()
            self._start_application()
            if self.options.report:
                self._start_reporter()
            if self.options.relay_port is not None:
                self._start_relay(self.options.relay_port)
        except BaseException:
            self.stop()
            raise

    def wait(self) -> None:
        """Returns when `request_stop` was called; raises StartError when a part ended by itself."""
        while not self._stopped.wait(0.5):
            for name, child in self._children.items():
                if child.poll() is not None:
                    raise StartError(f"the {name} ended by itself with exit code {child.returncode}")

    def request_stop(self) -> None:
        """Makes `wait` return; may be called from a signal handler."""
        self._stopped.set()

    def stop(self) -> None:
        self._stopped.set()
        for name in ("reporter", "relay"):
            if name in self._children:
                _end(self._children.pop(name))
        if self._server is not None:
            self._server.close()
        if self._serving is not None:
            self._serving.join(STOP_SECONDS)
        if self._demo is not None:
            self._demo.join(STOP_SECONDS)
        if "DynamoDB" in self._children:
            _end(self._children.pop("DynamoDB"))
        self._scratch.cleanup()

    def _start_dynamodb(self) -> None:
        self.dynamodb_url = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or self._start_embedded_dynamodb()
        # app.py reads its configuration from the environment when it is imported, as Lambda does.
        for name, value in stage_variables("local").items():
            os.environ.setdefault(name, value)
        os.environ.setdefault("NEZHA_REPORT_INTERVAL", REPORT_INTERVAL)
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = self.dynamodb_url

    def _start_embedded_dynamodb(self) -> str:
        os.environ.pop("AWS_PROFILE", None)  # nothing of it is used, and botocore refuses one that does not exist
        arguments = ["--port", str(self.options.dynamodb_port)]
        if self.options.data:
            arguments += ["--data", str(self.options.data.resolve())]
        child = self._start_child("DynamoDB", "local.dynamodb", *arguments, stdout=subprocess.PIPE)
        assert child.stdout is not None  # noqa: S101
        said = child.stdout.readline().strip()
        if not said.isdigit():
            child.wait(STOP_SECONDS)  # a signal while it ends by itself would make it complain
            hint = "; choose another with --dynamodb-port N" if said.startswith("port") else ""
            raise StartError(f"{said or 'the embedded DynamoDB did not start'}{hint}")
        return f"http://127.0.0.1:{said}"

    def _start_application(self) -> None:
        import app

        try:
            self._server = create_server(app.app, self.options.port)
        except OSError as error:
            raise StartError(
                f"port {self.options.port} cannot be had ({error.strerror}); choose another with --port N"
            ) from None
        self.url = f"http://127.0.0.1:{self._server.port}"
        app.store.create_tables()
        seed = Seed(app.store, self.credentials, time.time())
        seed.password_and_token()
        if self.options.report:
            seed.monitors(self._server.port)
        self._save()
        self._serving = threading.Thread(target=self._server.run, name="http")
        self._serving.start()
        if self.options.report and not seed.is_registered():
            self._register()
        if self.options.demo:
            arguments = (app.store, self.options.demo, self._stopped)
            self._demo = threading.Thread(target=feed, args=arguments, name="demo", daemon=True)
            self._demo.start()

    def _register(self) -> None:
        """Registers this machine as any other would be, visible to guests."""
        registered = urllib3.request(
            "POST",
            f"{self.url}/api/v1/server/register?simple=true",
            headers={"Authorization": self.credentials.token, "Content-Type": "application/json"},
            body=json.dumps({"Name": socket.gethostname(), "Tag": "local", "HideForGuest": "off"}),
            timeout=START_SECONDS,
        )
        if registered.status != 200:
            raise StartError(f"this machine could not be registered: {registered.data.decode()}")
        self.credentials.secret = registered.data.decode()
        self._save()

    def _start_reporter(self) -> None:
        own = {
            "NEZHA_URL": self.url,
            "NEZHA_SECRET": self.credentials.secret,
            "NEZHA_SPOOL": self._folder("spool"),
        }
        self._start_child("reporter", "agent.reporter", environment=own)

    def _start_relay(self, port: int) -> None:
        """For unmodified v0 agents on this machine, without TLS. Its log, a line for each event, goes to a file."""
        own = ("--api", self.url, "--listen", f"127.0.0.1:{port}", "--spool", self._folder("relay"))
        brief = ("--metrics", "off", "--flush", "20", "--drain", "0")
        with Path(self._folder("relay.log")).open("w") as log:
            child = self._start_child("relay", "agent.relay", *own, *brief, stdout=subprocess.PIPE, stderr=log)
        assert child.stdout is not None  # noqa: S101
        self.relay = child.stdout.readline().strip()
        if not self.relay:
            child.wait(STOP_SECONDS)
            raise StartError(f"the relay did not start; is port {port} in use? Choose another with --relay-port N")

    def _folder(self, name: str) -> str:
        """Where a part of the system keeps its own things: beside the data, or nowhere for long."""
        kept = self.options.data if "DynamoDB" in self._children else None
        return str((kept or Path(self._scratch.name)).resolve() / name)

    def _save(self) -> None:
        if self.options.data:
            self.credentials.save(self.options.data)

    def _start_child(
        self,
        name: str,
        module: str,
        *arguments: str,
        stdout: Any = sys.stderr,
        stderr: Any = None,
        environment: Mapping[str, str] = {},
    ) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-m", "local.child", module, *arguments],
            cwd=PROJECT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,  # its end tells the child that this process is gone
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends the others in order
        )
        self._children[name] = child
        return child


def _end(child: subprocess.Popen[str]) -> None:
    with child:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
