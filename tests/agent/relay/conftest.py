from collections.abc import Iterator

import pytest
from running_relay import Following
from scripted_api import ScriptedApi, scripted_api
from support.dashboard import Dashboard, serve

from agent.relay.clock import Clock
from chalicelib.storage import DynamoStore


@pytest.fixture
def dashboard(store: DynamoStore) -> Iterator[Dashboard]:
    """A dashboard in real time."""
    with serve(store, Following(Clock())) as running:
        yield running


@pytest.fixture
def api() -> Iterator[ScriptedApi]:
    """Knows ten servers: secret "s1" is that of server 1."""
    with scripted_api(secrets={f"s{number}": number for number in range(1, 11)}) as running:
        yield running
