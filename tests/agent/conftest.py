import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from scripted_dashboard import SECRET, Handler, ScriptedDashboard, taken
from urllib3.util import parse_url

from agent.api import Dashboard
from agent.clock import Clock
from agent.spool import Spool


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands that a test starts keep their spool."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with closing(Spool(tmp_path / "spool", SECRET, Clock(lambda: 0.0, lambda: 0.0))) as opened:
        yield opened


@pytest.fixture
def scripted() -> Iterator[ScriptedDashboard]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.dashboard = ScriptedDashboard(f"http://127.0.0.1:{server.server_port}", [taken()])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.dashboard
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def dashboard(scripted: ScriptedDashboard) -> Iterator[Dashboard]:
    with closing(Dashboard(parse_url(scripted.url), SECRET)) as client:
        yield client
