"""What the states of a minute come to, under clocks that only the test moves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.core.open_minutes import OpenMinutes
from agent.core.traffic import FASTEST, Moved

NOON = 1_722_142_800
"""The start of a minute."""

STATE: dict[str, Any] = {
    "CPU": 10.0,
    "MemUsed": 1000,
    "SwapUsed": 0,
    "DiskUsed": 5000,
    "NetInTransfer": 1_000_000,
    "NetOutTransfer": 500_000,
    "NetInSpeed": 100,
    "NetOutSpeed": 50,
    "Uptime": 86_400,
    "Load1": 0.5,
    "Load5": 0.4,
    "Load15": 0.3,
    "TcpConnCount": 20,
    "UdpConnCount": 2,
    "ProcessCount": 100,
    "GPU": 0.0,
    "Temperatures": [],
}


class Server:
    """One whose states come when the test says so."""

    def __init__(self) -> None:
        self.minutes = OpenMinutes()
        self.clock_is_off = 0.0

    def sends(self, second: float, has_gpu: bool = False, moved: Any = None, **figures: Any) -> None:
        wall = NOON + second + self.clock_is_off
        state = {**STATE, "Uptime": int(86_400 + second), **figures}
        self.minutes.add(state, wall, 1000 + second, bytes_moved=moved, has_gpu=has_gpu)

    def finished(self, second: float) -> Any:
        return self.minutes.finished(NOON + second + self.clock_is_off)


@pytest.fixture
def server() -> Server:
    return Server()


def test_sixty_states_are_sixty_samples_and_their_mean_is_the_arithmetic_mean(server: Server) -> None:
    for second in range(60):
        server.sends(
            second, CPU=second * 1.7 % 100, MemUsed=2**63 + second, Load1=second / 7, NetInTransfer=1000 * second
        )
    assert server.finished(59.9) == []
    (minute,) = server.finished(60)
    assert (minute["at"], minute["samples"]) == (NOON, 60)
    values = [second * 1.7 % 100 for second in range(60)]
    assert minute["CPU"] == round(sum(values) / 60, 2)
    assert minute["CPUMax"] == round(max(values), 2)
    assert minute["MemUsed"] == 2**63 + 30
    assert minute["Load1"] == round(sum(range(60)) / 7 / 60, 2)
    assert (minute["NetIn"], minute["NetOut"]) == (59_000, 0)
    assert (minute["NetInSpeedMax"], minute["NetOutSpeedMax"]) == (100, 50)
    assert server.finished(60) == []


def test_bytes_of_minutes_add_up_to_what_the_counter_counted(server: Server) -> None:
    for second in range(0, 301, 4):
        server.sends(second, NetInTransfer=10**12 + 12_345 * second, NetOutTransfer=second)
    minutes = server.finished(360)
    assert len(minutes) == 6
    assert sum(minute["NetIn"] for minute in minutes) == 12_345 * 300
    assert sum(minute["NetOut"] for minute in minutes) == 300


def test_what_was_not_measured_is_absent(server: Server) -> None:
    server.sends(0, MemUsed=0, DiskUsed=0, TcpConnCount=0, UdpConnCount=0, ProcessCount=0)
    (minute,) = server.finished(60)
    assert minute == {
        "at": NOON,
        "samples": 1,
        "CPU": 10.0,
        "CPUMax": 10.0,
        "SwapUsed": 0,
        "Load1": 0.5,
        "NetInSpeedMax": 100,
        "NetOutSpeedMax": 50,
    }


def test_a_figure_that_was_measured_at_times_is_the_mean_of_those(server: Server) -> None:
    for second, used in enumerate((0, 3000, 5000)):
        server.sends(second, MemUsed=used, UdpConnCount=0)
    (minute,) = server.finished(60)
    assert (minute["samples"], minute["MemUsed"], minute["UdpConnCount"]) == (3, 4000, 0)


def test_temperature_is_that_of_the_hottest_sensor(server: Server) -> None:
    for second, degrees in enumerate(((40.0, 61.5), (62.5, 10.0), (-3.0, 0.0), (1e9, 900.0), ())):
        sensors = [{"Name": str(place), "Temperature": one} for place, one in enumerate(degrees)]
        server.sends(second, Temperatures=sensors)
    (minute,) = server.finished(60)
    assert minute["Temperature"] == 62.0


@pytest.mark.parametrize(("has_gpu", "loads", "mean"), [(True, (0.0, 30.0), 15.0), (True, (0.0,), 0.0)])
def test_an_idle_gpu_counts_where_there_is_one(server: Server, has_gpu: bool, loads: Any, mean: float) -> None:
    for second, load in enumerate(loads):
        server.sends(second, has_gpu=has_gpu, GPU=load)
    assert server.finished(60)[0]["GPU"] == mean


def test_without_a_gpu_there_is_no_load_of_it(server: Server) -> None:
    server.sends(0)
    assert "GPU" not in server.finished(60)[0]


def test_impossible_figures_are_bounded(server: Server) -> None:
    server.sends(0, CPU=1e308, Load1=1e308, MemUsed=2**64 - 1, NetInSpeed=2**64 - 5, GPU=1e308)
    (minute,) = server.finished(60)
    assert (minute["CPU"], minute["Load1"], minute["MemUsed"], minute["GPU"]) == (100, 1_000_000, 2**64 - 1, 100)
    assert "NetInSpeedMax" not in minute
    json.dumps(minute, allow_nan=False)


def test_the_first_state_moved_nothing_that_is_known(server: Server) -> None:
    server.sends(30)
    (minute,) = server.finished(60)
    assert "NetIn" not in minute
    server.sends(61, NetInTransfer=1_000_700)
    (minute,) = server.finished(120)
    assert minute["NetIn"] == 700


def test_a_restart_of_the_host_counts_from_zero(server: Server) -> None:
    server.sends(0)
    server.sends(1, NetInTransfer=1_000_300)
    server.sends(40, NetInTransfer=7_000, NetOutTransfer=20, Uptime=12)
    server.sends(41, NetInTransfer=7_100, NetOutTransfer=30, Uptime=13)
    (minute,) = server.finished(60)
    assert (minute["NetIn"], minute["NetOut"]) == (300 + 7_000 + 100, 20 + 10)


@pytest.mark.parametrize(
    ("gap", "figures"),
    [
        (1, {"NetInTransfer": 10}),  # an interface was made again
        (1, {"NetInTransfer": 10**15}),  # one came that had counted for long
        (1, {"NetInTransfer": 10, "Uptime": 500}),  # a restart that was seen late
        (1, {"NetInTransfer": 1_000_700, "Uptime": 1}),  # the host's clock was set, and its uptime with it
        (45, {"NetInTransfer": 2**64 - 1}),
        (600, {"NetInTransfer": 1_000_700}),  # it may have been at any time
    ],
)
def test_bytes_that_cannot_be_told_do_not_count(server: Server, gap: int, figures: Any) -> None:
    server.sends(0)
    server.finished(60)
    server.sends(gap, **figures)
    (minute,) = server.finished(660)[-1:]
    assert minute.get("NetIn", 0) == 0
    server.sends(gap + 1, **{**figures, "NetInTransfer": figures["NetInTransfer"] + 5})
    assert server.minutes.running()[-1]["NetIn"] == 5


@pytest.mark.parametrize("bytes_moved", [None, Moved(700, 0)])
def test_bytes_of_a_time_in_which_the_host_slept_belong_to_no_minute(server: Server, bytes_moved: Any) -> None:
    server.sends(0)
    server.clock_is_off = 600.0  # meanwhile the monotonic clock stood still
    server.sends(1, moved=bytes_moved, NetInTransfer=1_000_700)
    assert server.minutes.running()[-1].get("NetIn", 0) == 0


def test_two_hosts_with_one_secret_make_no_traffic_of_their_difference(server: Server) -> None:
    for second in range(0, 58, 2):
        server.sends(second, NetInTransfer=10**10 + second)
        server.sends(second + 1, NetInTransfer=10**6 + second, Uptime=700 + second)
    (minute,) = server.finished(60)
    assert (minute["samples"], minute.get("NetIn", 0)) == (58, 0)


def test_the_fastest_network_counts_in_full(server: Server) -> None:
    server.sends(0)
    server.sends(4, NetInTransfer=1_000_000 + 4 * FASTEST)
    assert server.finished(60)[0]["NetIn"] == 4 * FASTEST


def test_a_caller_may_know_better_than_the_counters(server: Server) -> None:
    server.sends(0)
    server.sends(1, NetInTransfer=10, moved=Moved(123, None))
    (minute,) = server.finished(60)
    assert minute["NetIn"] == 123
    assert "NetOut" not in minute
    # Unless its process stood still for long.
    server.sends(600, moved=Moved(10**9, 10**9))
    (minute,) = server.finished(660)
    assert not minute.keys() & {"NetIn", "NetOut"}


@pytest.mark.parametrize("change", [-3600.0, -30.0, 30.0, 3600.0])
def test_a_clock_that_is_set_makes_true_minutes_of_what_follows(server: Server, change: float) -> None:
    for second in range(30):
        server.sends(second, NetInTransfer=1_000_000 + 10 * second)
    server.clock_is_off = change
    for second in range(30, 120):
        server.sends(second, NetInTransfer=1_000_000 + 10 * second)
    minutes = server.finished(300)
    total = sum(minute.get("NetIn", 0) for minute in minutes)
    assert 0 < total <= 10 * 119
    assert all(minute.get("NetIn", 0) <= 10 * minute["samples"] for minute in minutes)
    assert all(minute["at"] <= NOON + 300 + change for minute in minutes)


def test_minutes_of_a_clock_that_was_set_back_are_forgotten(server: Server) -> None:
    server.sends(0)
    server.clock_is_off = -3600.0
    server.sends(1)
    assert [minute["at"] for minute in server.finished(61)] == [NOON - 3600]
    server.clock_is_off = 0.0
    assert server.finished(600) == []


def test_a_journal_goes_on_where_the_process_ended(server: Server) -> None:
    for second in range(20):
        server.sends(second, CPU=float(second), NetInTransfer=1_000_000 + 10 * second)
    server.minutes = OpenMinutes.restored(json.loads(json.dumps(server.minutes.for_journal())))
    for second in range(30, 40):
        server.sends(second, CPU=float(second), NetInTransfer=1_000_000 + 10 * second)
    (minute,) = server.finished(60)
    assert (minute["samples"], minute["CPUMax"], minute["NetIn"]) == (30, 39.0, 390)
    assert minute["CPU"] == round((sum(range(20)) + sum(range(30, 40))) / 30, 2)


def test_the_running_minute_is_seen_and_goes_on(server: Server) -> None:
    server.sends(0)
    assert [minute["samples"] for minute in server.minutes.running()] == [1]
    server.sends(1)
    assert [minute["samples"] for minute in server.finished(60)] == [2]
