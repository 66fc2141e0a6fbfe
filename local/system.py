"""The whole system on one machine: a DynamoDB, the application behind HTTP, and this machine's own reporter."""

import json
import logging
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
from typing import Any

import urllib3

from chalicelib.fleet import api_tokens
from local.gateway import create_server
from ops.stage import stage_variables

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 30
STOP_SECONDS = 5
REPORT_INTERVAL = "3"

log = logging.getLogger("local")


class StartError(Exception):
    """Raised when a part does not start; the message says which, why, and what to do."""


@dataclass(frozen=True)
class Options:
    """port, dynamodb_port: 0 takes a free one. report: whether this machine registers and reports itself."""

    port: int = 8008
    dynamodb_port: int = 8009
    report: bool = True


@dataclass
class System:
    """Starts every part in order; `stop` ends them in the other."""

    options: Options
    url: str = ""
    dynamodb_url: str = ""
    token: str = ""
    _children: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    _server: Any = None
    _serving: threading.Thread | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Returns when everything is ready; raises StartError, and then nothing is left running."""
        try:
            self._start_dynamodb()
            self._start_application()
            if self.options.report:
                self._start_reporter()
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
        for name in ("reporter", "DynamoDB"):
            if name == "DynamoDB" and self._server is not None:
                self._server.close()
                if self._serving is not None:
                    self._serving.join(STOP_SECONDS)
            if name in self._children:
                _end(self._children.pop(name))

    def _start_dynamodb(self) -> None:
        given = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB")
        if given:
            self.dynamodb_url = given
        else:
            child = self._start_child(
                "DynamoDB", "local.dynamodb", "--port", str(self.options.dynamodb_port), stdout=True
            )
            assert child.stdout is not None  # noqa: S101
            said = child.stdout.readline().strip()
            if not said.isdigit():
                raise StartError(
                    f"{said or 'the embedded DynamoDB did not start'}; choose another with --dynamodb-port N"
                )
            self.dynamodb_url = f"http://127.0.0.1:{said}"
        # app.py reads its configuration from the environment when it is imported, as Lambda does.
        for name, value in stage_variables("local").items():
            os.environ.setdefault(name, value)
        os.environ.setdefault("NEZHA_REPORT_INTERVAL", REPORT_INTERVAL)
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = self.dynamodb_url

    def _start_application(self) -> None:
        import app

        app.store.create_tables()
        _, self.token = api_tokens.create(app.store, time.time(), note="made by python -m local")
        try:
            self._server = create_server(app.app, self.options.port)
        except OSError as error:
            raise StartError(
                f"port {self.options.port} cannot be had ({error.strerror}); choose another with --port N"
            ) from None
        self._serving = threading.Thread(target=self._server.run, name="http")
        self._serving.start()
        self.url = f"http://127.0.0.1:{self._server.port}"

    def _start_reporter(self) -> None:
        """Registers this machine as any other would, visible to guests, and starts its reporter."""
        registered = urllib3.request(
            "POST",
            f"{self.url}/api/v1/server/register?simple=true",
            headers={"Authorization": self.token, "Content-Type": "application/json"},
            body=json.dumps({"Name": socket.gethostname(), "Tag": "local", "HideForGuest": "off"}),
            timeout=START_SECONDS,
        )
        if registered.status != 200:
            raise StartError(f"this machine could not be registered: {registered.data.decode()}")
        own = {"NEZHA_URL": self.url, "NEZHA_SECRET": registered.data.decode()}
        self._start_child("reporter", "agent.reporter", environment=own)

    def _start_child(
        self,
        name: str,
        module: str,
        *arguments: str,
        stdout: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-m", "local.child", module, *arguments],
            cwd=PROJECT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,  # its end tells the child that this process is gone
            stdout=subprocess.PIPE if stdout else sys.stderr,
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
