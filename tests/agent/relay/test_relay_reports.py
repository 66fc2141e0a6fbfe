"""What goes to the API and when: batches of neighbours, hosts only when they changed, points until they are taken."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from agent.core.answers import Outcome
from agent.core.points import Point, records
from agent.relay import nezha_pb2 as pb
from agent.relay.agents import Agents, batches
from agent.relay.clock import RelayClock
from agent.relay.relay import Relay
from chalicelib.api.agents.report_body import reports_in
from chalicelib.fleet.reports import take
from chalicelib.fleet.servers import Server
from chalicelib.fleet.tokens import new_token
from tests.agent.relay.running_relay import fast_clock, relay, run, until
from tests.agent.relay.scripted_api import ScriptedApi, monitor, scripted_api
from tests.agent.relay.simulated_agent import SimulatedAgent, said
from tests.fleet.memory_store import MemoryStore

HOST = said("connect_ip_gpu_temp", "RequestTask")[0]
STATE = said("connect_ip_gpu_temp", "ReportSystemState")[3]


@asynccontextmanager
async def one_agent(
    api: ScriptedApi, spool: Path, clock: RelayClock, **options: float
) -> AsyncIterator[tuple[Relay, SimulatedAgent]]:
    async with (
        relay(api.url, spool, clock, **options) as running,
        SimulatedAgent(str(running.listening), "s1").session() as agent,
    ):
        yield running, agent


async def live(agent: SimulatedAgent, clock: RelayClock, seconds: float) -> None:
    """Reports a state every 4 s, as a real agent may."""
    end = clock.monotonic() + seconds
    while clock.monotonic() < end:
        await agent.state()
        await clock.sleep(4)


def test_batches_hold_whole_blocks_of_neighbours() -> None:
    cut = batches([*range(1, 251), 900, 901], 100)
    assert [one for batch in cut for one in batch] == [*range(1, 251), 900, 901]
    assert [(batch[0], batch[-1]) for batch in cut] == [(1, 95), (96, 191), (192, 901)]
    assert all(len(batch) <= 100 for batch in batches(range(0, 8000, 3), 100))


def test_newest_states_go_at_the_cadence_that_the_api_answers(api: ScriptedApi, tmp_path: Path) -> None:
    clock = fast_clock(20)
    api.interval = 20

    async def test() -> None:
        async with one_agent(api, tmp_path, clock) as (_, agent):
            await live(agent, clock, 100)
            assert 4 <= len(api.reports_of(1, "state")) <= 7

    run(test)


def test_the_operators_interval_wins_when_it_is_longer(api: ScriptedApi, tmp_path: Path) -> None:
    clock = fast_clock(20)
    api.interval = 2

    async def test() -> None:
        async with one_agent(api, tmp_path, clock, interval=30.0) as (_, agent):
            await live(agent, clock, 90)
            assert 2 <= len(api.reports_of(1, "state")) <= 5

    run(test)


def test_a_server_shows_up_soon_however_long_the_interval_is(api: ScriptedApi, tmp_path: Path) -> None:
    clock = fast_clock(20)
    api.interval = 3600

    async def test() -> None:
        async with one_agent(api, tmp_path, clock) as (running, agent):
            await agent.state()
            await until(lambda: api.reports_of(1, "state"))
            second = SimulatedAgent(str(running.listening), "s2")
            began = clock.monotonic()
            async with second.session():
                await second.state()
                await until(lambda: api.reports_of(2, "state"))
                assert clock.monotonic() - began < 20

    run(test)


def test_a_new_monitor_is_asked_for_within_a_minute_however_long_the_interval_is(
    api: ScriptedApi, tmp_path: Path
) -> None:
    clock = fast_clock(20)
    api.interval = 3600

    async def test() -> None:
        async with one_agent(api, tmp_path, clock) as (_, agent):
            await agent.state()
            await until(lambda: api.reports_of(1, "state"))
            asked = len(api.requests)
            began = clock.monotonic()
            await until(lambda: len(api.requests) > asked, 6)
            assert clock.monotonic() - began < 60

    run(test)


def test_many_servers_go_in_few_requests_that_are_spread(tmp_path: Path) -> None:
    clock = fast_clock(4)
    secrets = {f"s{number}": number for number in range(1, 251)}

    async def test() -> None:
        with scripted_api(secrets=secrets) as api:
            async with relay(api.url, tmp_path, clock) as running:
                for secret, number in secrets.items():
                    running.agents.connected(number, secret, "", HOST)
                began = clock.monotonic()
                sent: list[object] = []
                while len(sent) < 9:
                    for secret, number in secrets.items():
                        running.agents.state(number, secret, STATE)
                    await clock.sleep(5)
                    requests = [request for request in api.requests if request and "state" in request[0]]
                    sent = [len(request) for request in requests]
                assert set(sent) == {95, 96, 59}
                # Three every ten seconds.
                assert len(sent) <= 3 * (2 + (clock.monotonic() - began) / 10)

    run(test)


def test_a_host_goes_when_it_changed_and_once_a_day(api: ScriptedApi, tmp_path: Path) -> None:
    passed = 0.0
    agents = Agents(RelayClock(lambda: 1_722_142_800 + passed, lambda: passed))

    def report(message: bytes | None = None) -> dict[str, object]:
        if message is not None:
            agents.connected(1, "s1", "192.0.2.9", message)
        agents.state(1, "s1", STATE)
        ((server, composed),) = agents.compose([1])
        agents.taken(server, composed, Outcome(1))
        return dict(composed)

    host = pb.Host.FromString(HOST)
    host.cpu.extend(["other"])
    assert report(host.SerializeToString())["ip"] == "203.0.113.77/2001:db8::77"
    host.cpu[:] = reversed(host.cpu)
    host.boot_time += 2
    host.ip = ""
    assert "host" not in report(host.SerializeToString())
    host.mem_total += 1
    assert "host" in report(host.SerializeToString())
    assert "host" not in report()
    passed = 86_401.0
    assert "host" in report()


@pytest.mark.parametrize("died", [0.0, 0.4, 0.999, 30.5, 59.9])
@pytest.mark.parametrize("sent", [60.0, 60.99, 119.5])
@pytest.mark.parametrize("on_its_way", [0.0, 0.9])
def test_a_killed_agent_was_last_heard_when_it_died(died: float, sent: float, on_its_way: float) -> None:
    """At most two seconds after it, however long its last state waited for the next batch."""
    passed = died
    began = 1_722_142_800.3
    agents = Agents(RelayClock(lambda: began + passed, lambda: passed))
    agents.state(1, "s1", STATE)
    passed = sent
    ((_, composed),) = agents.compose([1])
    store = MemoryStore()
    token = new_token("s1", "agent", began, subject=1)
    store.create_server(Server(1, secret_hash=token.hash), token)
    body = json.dumps({"reports": [composed]}).encode()
    take(store, reports_in(body, ""), began + sent + on_its_way, 60)
    assert -1 <= store.all_states[1].last_active - (began + died) <= 2


def test_a_host_that_was_not_kept_goes_again_after_a_minute_as_it_is_then() -> None:
    passed = 0.0
    agents = Agents(RelayClock(lambda: 1_722_142_800 + passed, lambda: passed))
    agents.connected(1, "s1", "192.0.2.9", HOST)
    sent = []
    for passed in (0.0, 30.0, 61.0, 90.0):
        if passed == 30.0:
            host = pb.Host.FromString(HOST)
            host.mem_total = 7
            agents.connected(1, "s1", "192.0.2.9", host.SerializeToString())
        agents.state(1, "s1", STATE)
        ((server, report),) = agents.compose([1])
        agents.taken(server, report, Outcome(1, not_kept=("host",) if passed == 0.0 else ()))
        sent.append(report["host"]["MemTotal"] if "host" in report else None)
    assert sent == [pb.Host.FromString(HOST).mem_total, None, 7, None]


def test_a_host_without_an_address_goes_no_second_time_when_its_agent_comes_again() -> None:
    passed = 0.0
    agents = Agents(RelayClock(lambda: 1_722_142_800 + passed, lambda: passed))
    sent = []
    for passed in (0.0, 60.0, 120.0):
        if passed != 60.0:
            stream = agents.open(1, "s1", "192.0.2.9")
            agents.connected(1, "s1", "192.0.2.9", said("connect_plain", "ReportSystemInfo")[0])
        agents.state(1, "s1", STATE)
        ((server, report),) = agents.compose([1])
        agents.taken(server, report, Outcome(1))
        sent.append(report.get("ip", "") if "host" in report else None)
    agents.close(1, stream)
    assert sent == ["", "192.0.2.9", None]


def test_a_state_of_nothing_but_zeros_is_one(api: ScriptedApi, tmp_path: Path) -> None:
    async def test() -> None:
        async with one_agent(api, tmp_path, RelayClock()) as (_, agent):
            await agent.call("ReportSystemState", b"")
            await until(lambda: api.reports_of(1, "state"))
            assert api.reports_of(1, "state")[0]["state"]["Uptime"] == 0

    run(test)


def test_a_host_of_great_length_keeps_nobody_elses_state_back(api: ScriptedApi, tmp_path: Path) -> None:
    api.most_bytes = 10_000
    long = pb.Host(cpu=["\u0001" * 256] * 64).SerializeToString()

    async def test() -> None:
        async with (
            one_agent(api, tmp_path, RelayClock()) as (running, agent),
            SimulatedAgent(str(running.listening), "s2").session() as other,
        ):
            await agent.call("ReportSystemInfo", long)
            await agent.state()
            await other.state()
            await until(lambda: api.reports_of(2, "state"))
            assert running.upstream.paused == 0
            assert not api.reports_of(1, "state")

    run(test)


def test_an_agent_without_an_address_is_shown_with_its_peers() -> None:
    passed = 0.0
    agents = Agents(RelayClock(lambda: 1_722_142_800 + passed, lambda: passed))
    agents.connected(1, "s1", "192.0.2.9", said("connect_plain", "ReportSystemInfo")[0])
    agents.state(1, "s1", STATE)
    ((_, first),) = agents.compose([1])
    passed = 60.0
    agents.state(1, "s1", STATE)
    ((_, second),) = agents.compose([1])
    assert "ip" not in first
    assert second["ip"] == "192.0.2.9"


def test_an_agent_is_asked_for_its_host_again_when_it_told_no_address(api: ScriptedApi, tmp_path: Path) -> None:
    clock = fast_clock(20)

    async def test() -> None:
        async with relay(api.url, tmp_path, clock) as running, AsyncExitStack() as sessions:
            without = SimulatedAgent(str(running.listening), "s1", capture="connect_plain")
            knowing = SimulatedAgent(str(running.listening), "s2")
            for agent in (without, knowing):
                await sessions.enter_async_context(agent.session())
            await clock.sleep(60)
            assert 10 in [task.type for task in without.tasks]
            assert 7 in [task.type for task in without.tasks]
            assert 10 not in [task.type for task in knowing.tasks]

    run(test)


def test_points_wait_while_the_api_is_away_and_go_once_it_is_back(api: ScriptedApi, tmp_path: Path) -> None:
    clock = fast_clock(20)
    api.monitors = [monitor(1, [1])]

    async def test() -> None:
        async with one_agent(api, tmp_path, clock, flush=5.0) as (running, agent):
            await live(agent, clock, 10)
            api.status = 503
            await live(agent, clock, 150)
            assert running.spool.count >= 2
            before = len(api.requests)
            await live(agent, clock, 60)
            assert len(api.requests) - before < 15
            api.requests.clear()
            api.status = 200
            await live(agent, clock, 90)
            await until(lambda: running.spool.count == 0)
            counted = [point["up"] for report in api.reports_of(1, "pings") for point in report["pings"]]
            assert len(counted) >= 3
            assert sum(counted) + running.spool.count <= len(agent.acknowledged)

    run(test)


@pytest.mark.parametrize(
    ("error", "retry", "waiting"),
    [("bad_report", False, False), ("unknown_secret", False, False), ("throttled", True, True)],
)
def test_refused_points_are_dropped_and_throttled_ones_are_kept(
    api: ScriptedApi, tmp_path: Path, error: str, retry: bool, waiting: bool
) -> None:
    async def test() -> None:
        async with relay(api.url, tmp_path, flush=600.0) as running:
            running.agents.connected(1, "s1", "", HOST)
            running.dispatcher.assign([1], [])
            running.spool.add(records(1, [Point(1, int(time.time()), 12.5, 2, 0)]), {1: "s1"})
            api.errors[1] = (error, retry)
            await running.flusher.send_all()
            assert (running.spool.count == 1) is waiting
            assert running.flusher.refused == ({} if waiting else {error: 1})
            api.errors.clear()

    run(test)


def test_points_of_agents_that_are_not_connected_are_sent_oldest_first(tmp_path: Path) -> None:
    secrets = {f"s{number}": number for number in range(1, 251)}
    at = int(time.time()) // 600 * 600 - 3600

    async def test() -> None:
        with scripted_api(secrets=secrets, is_frugal=True) as api:
            async with relay(api.url, tmp_path, flush=600.0) as running:
                for secret, number in secrets.items():
                    points = [Point(1, at + minute * 600, 12.5, 2, 0) for minute in range(2)]
                    running.spool.add(records(number, points), {number: secret})
                async with SimulatedAgent(str(running.listening), "s250").session() as agent:
                    await agent.state()
                    await until(lambda: api.reports_of(250, "state"))
                    await until(lambda: running.spool.count == 0)
                sent = [
                    sorted(point["at"] for report in request for point in report.get("pings", ()))
                    for request in api.requests
                ]
                assert [one for ats in sent for one in ats] == [at] * 250 + [at + 600] * 250
                assert max(len(request) for request in api.requests) <= 100
                assert running.flusher.refused == {}

    run(test)


def test_a_stop_sends_what_was_measured(api: ScriptedApi, tmp_path: Path) -> None:
    clock = fast_clock(20)
    api.monitors = [monitor(1, [1])]

    async def test() -> None:
        async with one_agent(api, tmp_path, clock, flush=3600.0) as (running, agent):
            await live(agent, clock, 40)
            assert api.reports_of(1, "pings") == []
            await running.stop()
            assert agent.stream_ended.is_set()
            counted = [point["up"] for report in api.reports_of(1, "pings") for point in report["pings"]]
            assert sum(counted) == len(agent.acknowledged) > 0

    run(test)
