from collections import UserDict

import pytest

from tests.golden.test_replay import *  # noqa: F403
from tests.golden.test_replay import STARTED, seed
from tests.stack.contract.conftest import Stages
from tests.stack.contract.stage_dashboard import StageDashboard, empty


class OneAfterTheOther(UserDict[str, StageDashboard]):
    """Each is made when it is asked for, of the same stage, and ends the one before."""

    def __init__(self, dashboard: StageDashboard) -> None:
        super().__init__()
        self._dashboard = dashboard

    def __missing__(self, name: str) -> StageDashboard:
        empty(self._dashboard)
        self._dashboard.clock.now = STARTED
        seed(name, self._dashboard)
        self.data = {name: self._dashboard}
        return self._dashboard


@pytest.fixture(scope="module")  # type: ignore[no-redef]
def dashboards(stages: Stages) -> OneAfterTheOther:
    return OneAfterTheOther(stages.emptied)
