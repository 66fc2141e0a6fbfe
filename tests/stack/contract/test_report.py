import pytest

from tests.api.agents.test_report import *  # noqa: F403
from tests.stack.contract.conftest import Stages


@pytest.fixture(scope="module", autouse=True)
def processes(stages: Stages) -> None:
    """Of which none remembers that there were monitors, as it may for 15 seconds."""
    stages.emptied.stack.start_anew()
