"""What counts as a pause of the evaluation, and who can go on from where."""

import pytest

from chalicelib.fleet.alerts.attention import Attention, Pulse
from tests.fleet.alerts.fleets import NOW
from tests.fleet.alerts.memory_alerts import MemoryAlerts


def test_evaluations_without_a_pause_go_on_from_the_first() -> None:
    attention = Attention(MemoryAlerts(), 60, continues=True)
    assert [attention.resumed(NOW + after) for after in (0, 60, 120, 300)] == [NOW] * 4
    assert attention.resumed(NOW + 481) == NOW + 481
    assert attention.resumed(NOW + 541) == NOW + 481


@pytest.mark.parametrize(("age", "resumed"), [(60, NOW - 900), (180, NOW - 900), (181, NOW), (-5, NOW)])
def test_a_new_process_goes_on_from_a_stored_pulse_that_is_no_pause_old(age: int, resumed: int) -> None:
    store = MemoryAlerts(last_pulse=Pulse(NOW - age, NOW - 900))
    assert Attention(store, 60, continues=True).resumed(NOW) == resumed
    assert Attention(store, 60, continues=False).resumed(NOW) == NOW


def test_a_pulse_is_written_only_as_often_as_others_need_it() -> None:
    store = MemoryAlerts()
    attention = Attention(store, 60, continues=True)
    seen = []
    for after in range(0, 601, 60):
        attention.resumed(NOW + after)
        attention.keep()
        assert store.last_pulse
        seen.append(store.last_pulse.seen - NOW)
    assert seen == [0, 0, 120, 120, 240, 240, 360, 360, 480, 480, 600]
    assert store.last_pulse == Pulse(NOW + 600, NOW)


def test_a_machine_of_ours_stores_nothing() -> None:
    store = MemoryAlerts()
    attention = Attention(store, 60, continues=False)
    attention.resumed(NOW)
    attention.keep()
    assert store.writes == 0
