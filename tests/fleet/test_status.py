"""Which servers are online, by the report interval and a given now."""

import pytest

from chalicelib.fleet.states import NEVER
from chalicelib.fleet.status import is_online

NOW = 1_700_000_000


@pytest.mark.parametrize(
    ("interval", "seconds"), [(0.25, 30), (1, 30), (10, 30), (10.5, 31.5), (11, 33), (60, 180), (300, 900)]
)
def test_a_server_is_online_for_three_intervals_and_at_least_30_seconds(interval: float, seconds: float) -> None:
    assert is_online(NOW, NOW + seconds, interval) is True
    assert is_online(NOW, NOW + seconds + 0.001, interval) is False


def test_a_report_that_a_faster_clock_received_is_online() -> None:
    assert is_online(NOW + 5, NOW, 10) is True


def test_a_server_that_never_reported_is_neither_online_nor_offline() -> None:
    assert is_online(NEVER, NOW, 10) is None


def test_a_server_that_reported_long_ago_is_offline() -> None:
    assert is_online(0, NOW, 300) is False
