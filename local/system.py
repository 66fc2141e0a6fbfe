"""The whole system on one machine: DynamoDB, the dashboard, a reporter for this machine, and a relay for v0 agents."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import urllib3

from chalicelib.scheduled import DELIVERING
from local import aws_config, layout, private_file
from local.api_gateway import create_server
from local.children import STOP_SECONDS, Children
from local.credentials import Credentials, random_text
from local.demo import feed
from local.schedule import JobTimers
from local.seed import Seed
from local.signed_calls import KEY_VARIABLE
from ops.stage import aws_variables, stage_variables

START_SECONDS = 30
REPORT_INTERVAL = "3"
FLUSH = "60"
DYNAMODB_PORT = 8009
RELAY_PORT = 5555


class StartError(Exception):
    """Raised when a part cannot start or stops by itself; the message says which part, why, and what to do."""


@dataclass(frozen=True)
class Options:
    """port, dynamodb_port, relay_port: 0 picks a free port; None uses the default, or a free port if that is taken.
    relay: whether to run a relay. allow_hosts: names other than loopback ones that requests may use.
    data: the folder for all data; None keeps it in memory. report: whether to register this machine and report for it.
    demo: number of simulated servers. evaluate_every: seconds between two runs of the watch.
    """

    port: int = 8008
    dynamodb_port: int | None = None
    relay_port: int | None = None
    relay: bool = True
    allow_hosts: tuple[str, ...] = ()
    data: Path | None = None
    report: bool = True
    demo: int = 0
    evaluate_every: int = 60


@dataclass
class System:
    """Starts all parts in order; `stop` stops them in reverse order.

    dynamodb_key: the access key ID and secret access key of the embedded DynamoDB, new at each start; "" with another
    DynamoDB. relay: its address, HOST:PORT; "" without one. password: the dashboard's, "" if somebody chose one.
    """

    options: Options
    url: str = ""
    dynamodb_url: str = ""
    dynamodb_key: str = ""
    relay: str = ""
    password: str = ""
    credentials: Credentials = field(default_factory=Credentials.new)
    _kept: Credentials | None = None
    _children: Children = field(default_factory=Children)
    _server: Any = None
    _serving: threading.Thread | None = None
    _demo: threading.Thread | None = None
    _schedule: JobTimers | None = None
    _asked_to_stop: bool = False
    _stopped: threading.Event = field(default_factory=threading.Event)
    _scratch: TemporaryDirectory[str] = field(default_factory=TemporaryDirectory)

    def start(self) -> None:
        """Returns when everything is ready. Raises StartError or CredentialsError, after stopping what had started."""
        try:
            if self.options.data:
                if not os.environ.get("AWS_ENDPOINT_URL_DYNAMODB"):
                    _prepare(self.options.data)
                self._kept = Credentials.load(self.options.data)
                self.credentials = self._kept or self.credentials
            self._start_dynamodb()
            self._start_dashboard()
            self._start_schedule()
            if self.options.report:
                self._start_reporter()
            if self.options.relay:
                self._start_relay()
        except BaseException:
            self.stop()
            raise

    def wait(self) -> None:
        """Returns after `request_stop`; raises StartError if a part stops by itself."""
        while not self._asked_to_stop:
            time.sleep(0.2)
            if stopped := self._children.stopped():
                raise StartError("the {} stopped by itself with exit code {}".format(*stopped))

    def request_stop(self) -> None:
        """Makes `wait` return. A signal handler may call it, as it takes no lock that the interrupted code may hold."""
        self._asked_to_stop = True

    def stop(self) -> None:
        self._stopped.set()
        self._children.stop("reporter")
        self._children.stop("relay")
        if self._schedule is not None:
            self._schedule.stop(STOP_SECONDS)
        if self._server is not None:
            self._server.close()
        delivering = [thread for thread in threading.enumerate() if thread.name == DELIVERING]
        for thread in (self._serving, self._demo, *delivering):
            if thread is not None:
                thread.join(STOP_SECONDS)
        self._children.stop("DynamoDB")
        if self.dynamodb_key and self.options.data:
            aws_config.remove(self.options.data)
        self._scratch.cleanup()

    def _start_dynamodb(self) -> None:
        own = stage_variables("local")
        if url := os.environ.get("AWS_ENDPOINT_URL_DYNAMODB"):
            self.dynamodb_url = url
            os.environ.update(aws_variables(own))
        else:
            self._start_embedded_dynamodb()
        # app.py reads its configuration from the environment when it is imported, as on Lambda.
        for name, value in own.items():
            if name.startswith("NEZHA_"):
                os.environ.setdefault(name, value)
        os.environ.setdefault("NEZHA_REPORT_INTERVAL", REPORT_INTERVAL)
        os.environ.setdefault("NEZHA_FLUSH", FLUSH)

    def _start_embedded_dynamodb(self) -> None:
        key = random_text(32)
        port = _usable(self.options.dynamodb_port, DYNAMODB_PORT)
        arguments = ["--port", str(port)]
        if self.options.data:
            arguments += ["--data", str(self.options.data.resolve())]
        environment = {**_without_aws(), KEY_VARIABLE: key}
        child = self._children.start(
            "DynamoDB", "local.dynamodb", *arguments, environment=environment, stdout=subprocess.PIPE
        )
        assert child.stdout is not None  # noqa: S101
        said = child.stdout.readline().strip()
        if not said.isdigit():
            child.wait(STOP_SECONDS)  # it is about to exit; a signal now would make it print a traceback
            hint = "; choose another port with --dynamodb-port N" if "port" in said else ""
            raise StartError(f"{said or 'the embedded DynamoDB did not start'}{hint}")
        self.dynamodb_url, self.dynamodb_key = f"http://127.0.0.1:{said}", key
        _tell_other_port(self.options.dynamodb_port, DYNAMODB_PORT, port, "DynamoDB", self.dynamodb_url)
        # A profile or temporary credentials in the environment would be used before the key.
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)
        os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = self.dynamodb_url
        os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = key
        if self.options.data:
            aws_config.write(self.options.data, self.dynamodb_url, key)

    def _start_dashboard(self) -> None:
        os.environ["NEZHA_EVALUATE_EVERY"] = str(self.options.evaluate_every)
        os.environ["NEZHA_ALLOW_HOSTS"] = " ".join(self.options.allow_hosts)
        import app

        try:
            self._server = create_server(app.app, self.options.port, allow_hosts=self.options.allow_hosts)
        except OSError as error:
            raise StartError(
                f"cannot use port {self.options.port} ({error.strerror}); choose another port with --port N"
            ) from None
        self.url = f"http://127.0.0.1:{self._server.port}"
        app.store.create_tables()
        seed = Seed(app.store, self.credentials, time.time())
        self.password = seed.password(fresh=self._kept is None)
        seed.token()
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

    def _start_schedule(self) -> None:
        import app
        from chalicelib.scheduled import JOBS, WATCH

        periods = {job.name: 60.0 * job.minutes for job in JOBS} | {WATCH.name: float(self.options.evaluate_every)}
        self._schedule = JobTimers({job.name: (periods[job.name], partial(app.scheduled.run, job)) for job in JOBS})
        self._schedule.start()

    def _register(self) -> None:
        """Registers this machine over HTTP, like any other server, and shows it to guests."""
        registered = urllib3.request(
            "POST",
            f"{self.url}/api/v1/server/register?simple=true",
            headers={"Authorization": self.credentials.token, "Content-Type": "application/json"},
            body=json.dumps({"Name": socket.gethostname(), "Tag": "local", "HideForGuest": "off"}),
            timeout=START_SECONDS,
        )
        if registered.status != 200:
            raise StartError(f"cannot register this machine: {registered.data.decode()}")
        self.credentials.secret = registered.data.decode()
        self._save()

    def _start_reporter(self) -> None:
        own = {
            "NEZHA_URL": self.url,
            "NEZHA_SECRET": self.credentials.secret,
            "NEZHA_SPOOL": self._folder("spool"),
        }
        self._children.start("reporter", "agent.reporter", environment={**_without_aws(), **own})

    def _start_relay(self) -> None:
        """Starts a relay without TLS for v0 agents on this machine. Its log, a line for each event, goes to a file."""
        port = _usable(self.options.relay_port, RELAY_PORT)
        own = ("--api", self.url, "--listen", f"127.0.0.1:{port}", "--spool", self._folder("relay"))
        brief = ("--metrics", "off", "--drain", "0")
        log_file = Path(self._folder("relay.log"))
        private_file.write(log_file, "")
        with log_file.open("a") as log:
            child = self._children.start(
                "relay",
                "agent.relay",
                *own,
                *brief,
                environment=_without_aws(),
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert child.stdout is not None  # noqa: S101
        self.relay = child.stdout.readline().strip()
        if not self.relay:
            child.wait(STOP_SECONDS)
            said = "".join(log_file.read_text().strip().splitlines()[-1:])
            raise StartError(
                f"the relay did not start: {said}; if port {port} is in use, choose another port with --relay-port N "
                "(--no-relay starts none)"
            )
        _tell_other_port(self.options.relay_port, RELAY_PORT, port, "the relay", self.relay)

    def _folder(self, name: str) -> str:
        """Returns the path for a part's own files: in the data folder, or in a temporary one if nothing is kept."""
        kept = self.options.data if self.dynamodb_key else None
        return str((kept or Path(self._scratch.name)).resolve() / name)

    def _save(self) -> None:
        if self.options.data:
            self.credentials.save(self.options.data)


def _without_aws() -> dict[str, str]:
    """Returns the environment for children that need neither DynamoDB's key nor the user's AWS account."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def _prepare(folder: Path) -> None:
    try:
        aside = layout.prepare(folder)
    except layout.LayoutError as error:
        raise StartError(str(error)) from None
    if aside:
        sys.stderr.write(f"local: the data in {folder} are from an incompatible version; they are now in {aside}\n")


def _usable(wanted: int | None, default: int) -> int:
    """Returns the wanted port; if None, the default port, or 0 if another program uses that."""
    if wanted is not None:
        return wanted
    try:
        socket.create_server(("127.0.0.1", default)).close()
    except OSError:
        return 0
    return default


def _tell_other_port(wanted: int | None, default: int, port: int, part: str, address: str) -> None:
    if wanted is None and port != default:
        sys.stderr.write(f"local: port {default} is in use, so {part} uses {address} instead\n")
