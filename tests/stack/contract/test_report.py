import pytest
from api.test_report import *  # noqa: F403

from contract.conftest import Stages


@pytest.fixture(scope="module", autouse=True)
def processes(stages: Stages) -> None:
    """Of which none remembers that there were monitors, as it may for 15 seconds."""
    stages.emptied.stack.start_anew()
