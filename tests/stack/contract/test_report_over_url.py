"""The tests of reports once more, through the stage's function URL."""

import pytest

from tests.api.agents.test_report import (  # noqa: F401
    agent,
    test_report_cuts_literals_beyond_every_float,
    test_report_is_answered_with_the_cadence_the_outcomes_and_the_monitors,
    test_report_keeps_texts_of_a_host_as_they_are,
    test_report_keeps_the_good_ones_among_bad_ones,
    test_report_of_a_state_of_any_size_is_dropped_when_older,
    test_report_of_an_ip,
    test_report_refuses_a_wrong_envelope,
    test_report_takes_1_mib_and_nothing_of_a_larger_body,
    test_report_takes_5000_pings_and_refuses_5001,
    test_report_takes_any_content_type,
    test_report_takes_no_api_token_for_a_secret,
    test_report_takes_the_secret_from_the_header,
    test_report_with_an_absurd_integer_is_taken_without_it,
    test_report_with_an_unknown_secret,
)
from tests.stack.contract.conftest import Stages
from tests.stack.contract.stage_dashboard import empty, through_report_url
from tests.stack.contract.test_report import processes  # noqa: F401
from tests.support.dashboard import NOW, Dashboard


@pytest.fixture(scope="module")
def shared(stages: Stages) -> Dashboard:
    empty(stages.shared)
    stages.shared.clock.now = NOW
    return through_report_url(stages.shared)


@pytest.fixture
def dashboard(stages: Stages) -> Dashboard:
    empty(stages.emptied)
    stages.emptied.clock.now = NOW
    return through_report_url(stages.emptied)
