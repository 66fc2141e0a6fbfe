from collections.abc import Iterator

import pytest

from agent.relay.clock import RelayClock
from benchmarks.watched_store import WatchedStore
from tests.agent.relay.running_relay import Following
from tests.agent.relay.scripted_api import ScriptedApi, scripted_api
from tests.support.dashboard import Dashboard, serve


@pytest.fixture
def dashboard(store: WatchedStore) -> Iterator[Dashboard]:
    """A dashboard in real time."""
    with serve(store, Following(RelayClock())) as running:
        yield running


@pytest.fixture
def api() -> Iterator[ScriptedApi]:
    """Knows ten servers: secret "s1" is that of server 1."""
    with scripted_api(secrets={f"s{number}": number for number in range(1, 11)}) as running:
        yield running
