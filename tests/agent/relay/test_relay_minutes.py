"""Minutes from the states of v0 agents: from captured bytes to what the dashboard is sent."""

import time
from pathlib import Path
from typing import Any

import pytest

from agent.core import minutes
from agent.relay import nezha_pb2 as pb
from agent.relay.agents import Agents
from agent.relay.clock import RelayClock
from agent.relay.sampling import Sampling
from tests.agent.relay.running_relay import fast_clock, relay, run, until
from tests.agent.relay.scripted_api import ScriptedApi, monitor
from tests.agent.relay.simulated_agent import SimulatedAgent, said

NOON = 1_722_142_800


class Relay:
    """What is behind the gRPC service, in a time that only the test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0
        clock = RelayClock(lambda: NOON + self.seconds, lambda: self.seconds)
        self.agents = Agents(clock)
        self.sampling = Sampling(clock)

    def connect(self, capture: str) -> None:
        self.agents.connected(1, "s1", "192.0.2.9", said(capture, "RequestTask")[0])

    def state(self, message: bytes) -> None:
        state = self.agents.state(1, "s1", message)
        self.sampling.add(1, state, has_gpu=self.agents.has_gpu(1))

    def finished(self) -> Any:
        return [minute for _, minute in self.sampling.finished(self.agents.servers)]


@pytest.mark.parametrize("every", [1, 2, 4])
def test_every_state_of_a_minute_is_a_sample_and_the_mean_is_the_arithmetic_one(every: int) -> None:
    one, captured = Relay(), said("connect_ip_gpu_temp", "ReportSystemState")
    one.connect("connect_ip_gpu_temp")
    sent = []
    for second in range(0, 60, every):
        one.seconds = second
        message = pb.State.FromString(captured[second % len(captured)])
        message.cpu = second * 7.3 % 100
        message.net_in_transfer = 5_000_000 + 1_000 * second
        message.uptime = 700 + second
        sent.append(message)
        one.state(message.SerializeToString())
    one.seconds = 60
    (minute,) = one.finished()
    assert (minute["at"], minute["samples"]) == (NOON, 60 // every)
    for name, field in (("CPU", "cpu"), ("Load1", "load1"), ("GPU", "gpu")):
        assert minute[name] == round(sum(getattr(state, field) for state in sent) / len(sent), 2)
    for name, field in (("MemUsed", "mem_used"), ("ProcessCount", "process_count"), ("DiskUsed", "disk_used")):
        assert abs(minute[name] - sum(getattr(state, field) for state in sent) / len(sent)) <= 0.5
    assert minute["CPUMax"] == round(max(state.cpu for state in sent), 2)
    assert minute["NetIn"] == 1_000 * (60 - every)
    hottest = [max(one.temperature for one in state.temperatures) for state in sent if state.temperatures]
    assert abs(minute["Temperature"] - sum(hottest) / len(hottest)) <= 0.05


def test_what_an_agent_was_told_to_leave_out_is_absent() -> None:
    one = Relay()
    one.connect("connect_delay4_skip")
    for second, message in enumerate(said("connect_delay4_skip", "ReportSystemState")):
        one.seconds = float(second)
        one.state(message)
    one.seconds = 60
    (minute,) = one.finished()
    assert not minute.keys() & {"TcpConnCount", "UdpConnCount", "ProcessCount", "GPU", "Temperature"}
    assert minute["MemUsed"] > 0


def test_an_agent_that_comes_back_goes_on_with_its_counters() -> None:
    one, message = Relay(), pb.State.FromString(said("connect_plain", "ReportSystemState")[0])
    for second, counter in ((0, 1000), (1, 1100), (15, 2000), (16, 2100)):
        one.seconds = second
        message.net_in_transfer = counter
        one.state(message.SerializeToString())
    one.seconds = 60
    (minute,) = one.finished()
    assert minute["NetIn"] == 1100


def test_servers_that_are_gone_are_forgotten() -> None:
    one = Relay()
    one.state(said("connect_plain", "ReportSystemState")[0])
    del one.agents.servers[1]
    for one.seconds in (30.0, 60.0, 61.0):
        one.finished()
    assert one.sampling.servers() == []


def test_minutes_and_latency_reach_the_dashboard(api: ScriptedApi, tmp_path: Path) -> None:
    clock = fast_clock(20)
    api.monitors = [monitor(1, [1])]

    async def test() -> None:
        async with (
            relay(api.url, tmp_path, clock, flush=None, interval=20.0) as running,
            SimulatedAgent(str(running.listening), "s1").session() as agent,
        ):
            sent = 0
            # On a slow machine the first minute may end before the first probe's answer is in.
            while not (api.reports_of(1, "minutes") and "Latency" in api.reports_of(1, "state")[-1]["state"]):
                await agent.state()
                sent += 1
                assert sent < 1000
                await clock.sleep(2)
            (minute, *_) = api.reports_of(1, "minutes")[0]["minutes"]
            assert 0 < minute["samples"] <= min(sent, 60)
            assert minute["GPU"] > 0
            state = next(report for report in api.reports_of(1, "state") if "Latency" in report["state"])
            assert (state["state"]["Latency"], state["state"]["Loss"]) == (12.5, 0.0)
            assert state["interval"] == 20
            assert 0 <= state["age"] < 20

    run(test)


def test_a_dashboard_that_knows_no_minutes_gets_none_until_it_does(api: ScriptedApi, tmp_path: Path) -> None:
    at = int(time.time()) // 60 * 60 - 3600
    made = minutes.records(1, [{"at": at, "samples": 60, "CPU": 1.5}])

    async def test() -> None:
        async with relay(api.url, tmp_path, flush=None) as running:
            running.spool.add(made, {1: "s1"})
            async with SimulatedAgent(str(running.listening), "s1").session() as agent:
                await agent.state()
                await until(lambda: api.reports_of(1, "state"))
                await running.flusher.send_all()
                assert running.spool.count == 1
                assert not api.reports_of(1, "minutes")
                api.flush = 300
                await agent.state()
                await until(lambda: running.spool.count == 0, 30)
                assert api.reports_of(1, "minutes")[0]["minutes"] == [{"at": at, "samples": 60, "CPU": 1.5}]

    api.flush, api.interval = None, 1
    run(test)


def test_refused_minutes_are_dropped_said_and_counted(
    api: ScriptedApi, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    at = int(time.time()) // 600 * 600 - 3600
    made = minutes.records(1, [{"at": at + 60 * number, "samples": 60} for number in range(2)])
    api.refused_minutes = [{"at": at, "error": "too_old", "message": "Too old."}]

    async def test() -> None:
        async with relay(api.url, tmp_path, flush=None) as running:
            running.spool.add(made, {1: "s1"})
            async with SimulatedAgent(str(running.listening), "s1").session() as agent:
                await agent.state()
                await until(lambda: running.spool.count == 0, 30)
                assert running.flusher.refused == {"too_old": 1}
                assert running.flusher.taken == 1

    run(test)
    assert "the dashboard rejects minutes or points; they are dropped" in [record.message for record in caplog.records]
