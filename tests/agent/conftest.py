"""For tests of the core and the reporter, which run on Python 3.9 too."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent.core.client import Client
from agent.core.clock import Clock
from agent.core.spool import Spool
from agent.core.urls import parse_url
from tests.agent.scripted_dashboard import SECRET, Handler, ScriptedDashboard, taken


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands that a test starts keep their spool."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with closing(Spool(tmp_path / "spool", 10**8, Clock(lambda: 0.0, lambda: 0.0))) as opened:
        yield opened


@pytest.fixture
def scripted() -> Iterator[ScriptedDashboard]:
    with listening() as dashboard:
        yield dashboard


@pytest.fixture
def elsewhere() -> Iterator[ScriptedDashboard]:
    """Where the dashboard sends reports."""
    with listening() as dashboard:
        yield dashboard


@contextmanager
def listening() -> Iterator[ScriptedDashboard]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.dashboard = ScriptedDashboard(f"http://127.0.0.1:{server.server_port}", [taken()])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.dashboard
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(scripted: ScriptedDashboard) -> Iterator[Client]:
    with closing(Client(parse_url(scripted.url), "test", SECRET)) as opened:
        yield opened
