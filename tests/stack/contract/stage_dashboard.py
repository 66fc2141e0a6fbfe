"""A deployed stage as the dashboard of a test. It differs from the local one only in what is in front of it."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, fields
from importlib.util import cache_from_source
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile

from benchmarks.watched_store import opened
from chalicelib.storage.head import KEY, HeadItem
from chalicelib.storage.items import number
from tests.stack.copies import ANOTHER
from tests.stack.stack_deployment import Stack
from tests.support.dashboard import LOOPBACK, Client, Dashboard, HttpAnswer


@dataclass
class StageDashboard(Dashboard):
    """Behind its edge. clock_file: by which the stage's functions go; see `with_clock_and_patience`."""

    stack: Stack = field(kw_only=True)
    clock_file: Path = field(kw_only=True)

    def request(
        self, method: str, target: str, headers: Mapping[str, str | list[str]] | None = None, body: bytes | None = None
    ) -> HttpAnswer:
        """As the local one, from a viewer whose country is unknown."""
        self._set_clock()
        sent = self.stack.from_edge({"Host": LOOPBACK, **(headers or {})}, LOOPBACK)
        return super().request(method, target, sent, body)

    def _set_clock(self) -> None:
        now = repr(self.clock.now)
        if self.clock_file.read_text() != now:
            self.clock_file.write_text(now)


@dataclass
class ThroughReportUrl(StageDashboard):
    """A stage whose reports go to its function URL, past edge and gateway. There, agents are told no other URL."""

    function: str = field(kw_only=True)

    def request(
        self, method: str, target: str, headers: Mapping[str, str | list[str]] | None = None, body: bytes | None = None
    ) -> HttpAnswer:
        if target != "/api/v1/agent/report":
            return super().request(method, target, headers, body)
        self._set_clock()
        return Client(self.port, f"/_aws/lambda-url/{self.function}").request(method, target, headers, body)


def through_report_url(stage: StageDashboard) -> ThroughReportUrl:
    known = {one.name: getattr(stage, one.name) for one in fields(stage)}
    function = urlsplit(stage.report_url).netloc.partition(".")[0]
    return ThroughReportUrl(**{**known, "report_url": ""}, function=function)


AS_MANY_AS_COME = 10_000
"""Requests a second: tests ask faster than strangers may."""


def with_clock_and_patience(project: Path) -> Path:
    """Makes the stages that are deployed from a copy's build go by what the returned file says.

    They also wait for their tables as long as a busy machine may take.

    Only what is built changes: sources that differ would all be packed again.
    """
    file = project / "clock"
    file.touch()
    clock = f"class time:\n    time = staticmethod(lambda: float(open({str(file)!r}).read()))\n"
    changed = {
        name: _replaced((project / name).read_text(), lines)
        for name, lines in (
            ("app.py", {"import time\n": clock}),
            ("chalicelib/reports_function.py", {"import time\n": clock}),
            (
                "chalicelib/storage/connect.py",
                {"CONNECT_SECONDS = 0.7\n": "CONNECT_SECONDS = 7.0\n", "READ_SECONDS = 1.2\n": "READ_SECONDS = 30.0\n"},
            ),
            ("chalicelib/fleet/limits.py", {"REQUEST_SECONDS = 3.0\n": "REQUEST_SECONDS = 60.0\n"}),
        )
    }
    for name in ("code.zip", "delivering.zip"):
        _replace(project / "build" / ANOTHER / name, changed)
    return file


def _replaced(source: str, lines: Mapping[str, str]) -> str:
    for line, other in lines.items():
        assert source.count(f"\n{line}") == 1
        source = source.replace(f"\n{line}", f"\n{other}")
    return source


def _replace(package: Path, changed: Mapping[str, str]) -> None:
    """Replaces sources in a zip. Their compiled files go, as Python would take them unchecked."""
    left_out = {*changed, *map(cache_from_source, changed)}
    other = package.with_suffix(".other")
    with ZipFile(package) as built, ZipFile(other, "w") as written:
        assert left_out <= set(built.namelist())
        for one in built.namelist():
            if one not in left_out:
                written.writestr(one, built.read(one))
        for name, source in changed.items():
            written.writestr(name, source)
    other.replace(package)


@contextmanager
def as_dashboard(stack: Stack, clock_file: Path) -> Iterator[StageDashboard]:
    store = opened(stack.aws.url, f"nezha-{stack.stage}-")
    port = urlsplit(stack.aws.url).port
    assert port
    _lift_limits(stack)
    try:
        base = f"/_aws/execute-api/{stack.api_id}/api"
        told = stack.outputs["ReportUrl"]
        yield StageDashboard(store, port, base=base, report_url=told, stack=stack, clock_file=clock_file)
    finally:
        store.transport.close()


def _lift_limits(stack: Stack) -> None:
    with closing(stack.aws.client("apigateway")) as client:
        for method in client.get_stage(restApiId=stack.api_id, stageName="api")["methodSettings"]:
            stack._limit(client, method, AS_MANY_AS_COME)


def empty(stage: StageDashboard) -> None:
    """Deletes everything in such a way that functions with a cache notice."""
    database = stage.store.database
    head = database.get(HeadItem, KEY) or {}
    stage.store.transport.call("EmptyTables", {"TablePrefix": f"nezha-{stage.stack.stage}-"})
    versions = {name for name in head if name[0] == "v"} | {"monitors", "settings", "secrets"} & head.keys()
    database.put(HeadItem, {**KEY, **{name: number(int(head[name]["N"]) + 1) for name in versions}})
