"""Steps of sparklines from the states that a process sees."""

from collections.abc import Mapping

from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.spark_samples import Samples
from chalicelib.fleet.sparks import STEP, STEPS, Spark, shown_steps
from chalicelib.fleet.states import State, StatesByServer
from tests.fleet.memory_store import MemoryStore

START = 6_000_000 * STEP
"""The start of a step."""


def state(
    at: float, cpu: float = 10, received: int = 0, sent: int = 0, speed: int = 0, uptime: int | None = None
) -> State:
    given = {
        "CPU": cpu,
        "NetInTransfer": received,
        "NetOutTransfer": sent,
        "NetInSpeed": speed,
        "NetOutSpeed": 2 * speed,
        "Uptime": int(at) - START + 10_000 if uptime is None else uptime,
    }
    return State(int(at), int(at), ",".join(str(given.get(name, 0)) for name in V0_NAMES))


def states(known: Mapping[int, State]) -> StatesByServer:
    return MemoryStore(all_states=dict(known)).states()


def seen(*moments: Mapping[int, State]) -> Samples:
    samples = Samples()
    for known in moments:
        samples.add(states(known), [*known])
    return samples


def test_a_step_has_the_mean_of_the_states_that_were_seen_in_it() -> None:
    samples = seen(*({1: state(START + 60 * minute, cpu=10 * minute)} for minute in range(5)))
    assert samples.finished(START + STEP - 1) == {}
    assert samples.finished(START + STEP) == {START: {1: Spark(20, 0, 0)}}


def test_a_state_that_is_seen_twice_counts_once() -> None:
    old, new = state(START, cpu=10), state(START + 60, cpu=20)
    assert seen({1: old}, {1: old}, {1: new}).finished(START + STEP)[START][1].cpu == 15


def test_traffic_is_what_the_counters_rose_by_in_a_step() -> None:
    samples = seen({1: state(START + 290, received=1000, sent=50)}, {1: state(START + 590, received=4000, sent=70)})
    assert samples.finished(START + 2 * STEP)[START + STEP][1][1:] == (3000, 20)


def test_traffic_of_states_that_are_not_a_step_apart_is_that_of_a_step() -> None:
    samples = seen({1: state(START + 299, received=0)}, {1: state(START + 449, received=1500)})
    assert samples.finished(START + 2 * STEP)[START + STEP][1].net_in == 3000


def test_after_a_reboot_or_without_a_counter_before_traffic_comes_from_the_speeds() -> None:
    before = state(START + 290, received=1000)
    rebooted = state(START + 590, received=7000, speed=2, uptime=100)
    for moments in ([{1: before}, {1: rebooted}], [{1: rebooted}]):
        assert seen(*moments).finished(START + 2 * STEP)[START + STEP][1][1:] == (2 * STEP, 4 * STEP)


def test_a_counter_that_fell_is_not_taken_for_traffic() -> None:
    samples = seen({1: state(START + 290, received=1000)}, {1: state(START + 590, received=7, sent=9, speed=2)})
    assert samples.finished(START + 2 * STEP)[START + STEP][1][1:] == (2 * STEP, 9)


def test_a_server_that_did_not_report_in_a_step_is_not_in_it() -> None:
    old = state(START)
    samples = seen({1: old, 2: old}, {1: old, 2: state(START + STEP)})
    assert samples.finished(START + 2 * STEP)[START + STEP].keys() == {2}


def test_a_stored_step_is_not_told_again_and_old_ones_are_forgotten() -> None:
    samples = seen({1: state(START)})
    samples.stored(START)
    assert samples.finished(START + STEP) == {}
    assert seen({1: state(START)}).finished(START + 4 * STEP) == {}


def test_a_step_that_could_not_be_stored_is_told_again() -> None:
    samples = seen({1: state(START)})
    assert samples.finished(START + STEP).keys() == samples.finished(START + STEP + 60).keys() == {START}


def test_the_last_hour_is_shown_once_its_newest_step_is_stored_for_certain() -> None:
    for now, newest in ((START + 89, START - 2 * STEP), (START + 90, START - STEP), (START + 389, START - STEP)):
        steps = shown_steps(now)
        assert (len(steps), steps[-1]) == (STEPS, newest)
