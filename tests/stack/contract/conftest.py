"""The API's own tests once more, over stages as `make deploy` makes them.

Each file here takes over those of a file that tests the local dashboard; these fixtures put a stage in its place, with
its gateway and authorizer before it. Of a file it takes what they can change: who is let in, by which header, cookie,
address or path, and how bodies and answers pass. Rules behind them are the same code there. What is marked `local` is
left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.watched_store import WatchedStore
from tests.api.people.panel import Panel, signed_in
from tests.stack.contract.stage_dashboard import StageDashboard, as_dashboard, empty, with_clock_and_patience
from tests.stack.copies import as_built_for
from tests.stack.deployment import copied
from tests.stack.emulator import EmulatedAws
from tests.stack.stack_deployment import Stack
from tests.support.dashboard import NOW, Dashboard

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if HERE in item.path.parents and item.get_closest_marker("local")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@dataclass(frozen=True)
class Stages:
    """shared: for tests that mind their own servers only. emptied: for those that need a fleet of their own."""

    shared: StageDashboard
    emptied: StageDashboard


@pytest.fixture(scope="session")
def stages(emulated_aws: EmulatedAws, built: Path, aws_credentials: None) -> Iterator[Stages]:
    with copied(emulated_aws, built) as project:
        clock_file = with_clock_and_patience(project.folder)
        shared, emptied = (Stack(project.aws, project.folder, project.packages, name) for name in ("shared", "emptied"))
        for stage in (shared, emptied):
            as_built_for(stage.stage, stage.folder)
            stage.deploy("--report-interval", "10")  # as the local dashboard of tests
        with as_dashboard(shared, clock_file) as first, as_dashboard(emptied, clock_file) as second:
            yield Stages(first, second)


@pytest.fixture(scope="module")
def shared(stages: Stages) -> Dashboard:
    empty(stages.shared)
    stages.shared.clock.now = NOW
    return stages.shared


@pytest.fixture
def store(stages: Stages) -> WatchedStore:
    empty(stages.emptied)
    return stages.emptied.store


@pytest.fixture
def dashboard(stages: Stages, store: WatchedStore) -> Dashboard:
    stages.emptied.clock.now = NOW
    return stages.emptied


@pytest.fixture
def panel(dashboard: Dashboard) -> Panel:
    return signed_in(dashboard)
