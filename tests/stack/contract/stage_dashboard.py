"""A deployed stage as the dashboard of a test. It differs from the local one only in what is in front of it."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.watched_store import opened
from chalicelib.storage.head import KEY, HeadItem
from chalicelib.storage.items import number
from tests.stack.stack_deployment import Stack
from tests.support.dashboard import LOOPBACK, Dashboard, HttpAnswer


@dataclass
class StageDashboard(Dashboard):
    """Behind its edge. clock_file: by which the stage's functions go; see `with_clock`."""

    stack: Stack = field(kw_only=True)
    clock_file: Path = field(kw_only=True)

    def request(
        self, method: str, target: str, headers: Mapping[str, str | list[str]] | None = None, body: bytes | None = None
    ) -> HttpAnswer:
        """As the local one, from a viewer whose country is unknown."""
        now = repr(self.clock.now)
        if self.clock_file.read_text() != now:
            self.clock_file.write_text(now)
        sent = self.stack.from_edge({"Host": LOOPBACK, **(headers or {})}, LOOPBACK)
        return super().request(method, target, sent, body)


AS_MANY_AS_COME = 10_000
"""Requests a second: tests ask faster than strangers may."""


def with_patience(project: Path) -> None:
    """Lets a copy of the project wait for its tables as long as a busy machine may take, once it is deployed."""
    for name, constants in (
        ("chalicelib/storage/connect.py", {"CONNECT_SECONDS = 0.7": "7.0", "READ_SECONDS = 1.2": "30.0"}),
        ("chalicelib/fleet/limits.py", {"REQUEST_SECONDS = 3.0": "60.0"}),
    ):
        module = project / name
        source = module.read_text()
        for constant, seconds in constants.items():
            assert source.count(f"\n{constant}\n") == 1
            source = source.replace(f"\n{constant}\n", f"\n{constant.partition(' ')[0]} = {seconds}\n")
        module.write_text(source)


def with_clock(project: Path) -> Path:
    """Makes a copy of the project go by what this file says, once it is deployed."""
    file = project / "clock"
    file.touch()
    app = project / "app.py"
    own = f"class time:\n    time = staticmethod(lambda: float(open({str(file)!r}).read()))\n"
    assert app.read_text().count("import time\n") == 1
    app.write_text(app.read_text().replace("import time\n", own))
    return file


@contextmanager
def as_dashboard(stack: Stack, clock_file: Path) -> Iterator[StageDashboard]:
    store = opened(stack.aws.url, f"nezha-{stack.stage}-")
    port = urlsplit(stack.aws.url).port
    assert port
    _lift_limits(stack)
    try:
        base = f"/_aws/execute-api/{stack.api_id}/api"
        yield StageDashboard(store, port, base=base, stack=stack, clock_file=clock_file)
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
