"""Connecting an agent as docs/relay.md says: register, certificate, relay; then its figures and its pings."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from agent.relay.clock import RelayClock
from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import monitors
from chalicelib.fleet.monitors import Monitor
from tests.agent.relay.documented import self_signed
from tests.agent.relay.running_relay import Following, fast_clock, relay, run, until
from tests.agent.relay.simulated_agent import SimulatedAgent, captured
from tests.support.dashboard import Dashboard, serve


@pytest.fixture
def clock() -> RelayClock:
    return fast_clock(20)


@pytest.fixture
def dashboard(store: WatchedStore, clock: RelayClock) -> Iterator[Dashboard]:
    with serve(store, Following(clock)) as running:
        yield running


def test_an_agent_is_connected_as_documented(dashboard: Dashboard, clock: RelayClock, tmp_path: Path) -> None:
    monitor_id = monitors.create(dashboard.store, Monitor(0, "web", "tcp", "192.0.2.1:443", 10))
    registered = dashboard.post("/api/v1/server/register?simple=true", dashboard.token(), {"Name": "my-server"})
    secret = registered.body.decode()
    (server,) = dashboard.get("/api/v1/server/list", dashboard.token()).result
    tls = self_signed(tmp_path)

    async def test() -> None:
        root = tls[0].read_bytes()
        async with (
            relay(dashboard.url, tmp_path / "spool", clock, tls=tls, flush=20.0) as running,
            SimulatedAgent(str(running.listening), secret, root=root).session() as agent,
        ):
            for _ in range(40):
                await agent.state()
                await clock.sleep(4)
            await until(lambda: dashboard.get(f"/api/v1/monitor/{server['id']}", dashboard.token()).result)

    run(test)
    shown = dashboard.details(server["id"])
    decoded = [
        line["decoded"]
        for line in captured("connect_ip_gpu_temp")
        if line["rpc"] == "ReportSystemState" and line["direction"] == "agent->server"
    ][3]
    assert shown["name"] == "my-server"
    assert shown["status"]["CPU"] == decoded["cpu"]
    assert shown["status"]["GPU"] == decoded["gpu"]
    assert len(shown["status"]["Temperatures"]) == len(decoded["temperatures"])
    assert (shown["host"]["Platform"], shown["ipv4"], shown["ipv6"]) == ("debian", "203.0.113.77", "2001:db8::77")
    (series,) = dashboard.get(f"/api/v1/monitor/{server['id']}", dashboard.token()).result
    assert series["monitor_id"] == monitor_id
    assert set(series["avg_delay"]) == {12.5}


def test_a_wrong_secret_is_refused_as_the_original_does(dashboard: Dashboard, tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            relay(dashboard.url, tmp_path) as running,
            SimulatedAgent(str(running.listening), "Wrong0Secret1Agent").connected() as agent,
        ):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await agent.call("ReportSystemInfo", b"")
            assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
            assert refused.value.details() == "客户端认证失败"

    run(test)
