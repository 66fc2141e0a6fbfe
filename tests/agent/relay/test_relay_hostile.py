"""What hostile peers send: clear status codes, bounded memory, and others served as before."""

import asyncio
import resource
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest

from agent.relay import nezha_pb2 as pb
from agent.relay.options import Endpoint
from agent.relay.relay import ListenError, Relay
from agent.relay.task_stream import MOST_WAITING
from tests.agent.relay.running_relay import relay, run, started, until
from tests.agent.relay.scripted_api import ScriptedApi, monitor
from tests.agent.relay.simulated_agent import SimulatedAgent

SILENT = 1000
SILENT_BYTES = 64 * 1024
"""More than the relay may spend on a connection that said nothing."""


async def status(agent: SimulatedAgent, rpc: str, message: bytes, secret: str | None = None) -> str:
    """The name of the status that a call ends with."""
    try:
        await agent.call(rpc, message, secret)
    except grpc.aio.AioRpcError as error:
        return str(error.code().name)
    return "OK"


async def assert_others_are_served(running: Relay) -> None:
    async with SimulatedAgent(str(running.listening), "s2").session() as agent:
        await agent.state()


def test_each_bad_call_gets_a_clear_status(api: ScriptedApi, tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            relay(api.url, tmp_path) as running,
            SimulatedAgent(str(running.listening), "s1").connected() as agent,
        ):
            large = pb.Host(platform="x" * 65 * 1024).SerializeToString()
            nan = pb.State(cpu=float("nan")).SerializeToString()
            negative = pb.TaskResult(id=1, type=2, delay=-5, successful=True).SerializeToString()
            unknown = pb.TaskResult(id=2**64 - 1, type=4, data="root\n", successful=True).SerializeToString()
            assert await status(agent, "ReportSystemInfo", large) == "RESOURCE_EXHAUSTED"
            assert await status(agent, "ReportSystemInfo", b"", "x" * 2**20) in ("RESOURCE_EXHAUSTED", "UNAVAILABLE")
            for rpc in ("ReportSystemInfo", "ReportSystemState", "ReportTask", "LookupGeoIP"):
                assert await status(agent, rpc, b"\xff\xff\xff") == "INVALID_ARGUMENT", rpc
                assert await status(agent, rpc, b"", "wrong") == "UNAUTHENTICATED"
            assert await status(agent, "ReportTask", negative) == "INVALID_ARGUMENT"
            assert await status(agent, "ReportTask", unknown) == "OK"
            assert await status(agent, "ReportSystemState", nan) == "OK"
            assert await status(agent, "Reboot", b"") == "UNIMPLEMENTED"
            assert running.dispatcher.counts.unasked == 1
            await assert_others_are_served(running)
            await until(lambda: api.reports_of(1, "state"))
            assert api.reports_of(1, "state")[0]["state"]["CPU"] == 0

    run(test)


def test_no_metadata_at_all_is_a_wrong_secret(api: ScriptedApi, tmp_path: Path) -> None:
    async def test() -> None:
        async with relay(api.url, tmp_path) as running, grpc.aio.insecure_channel(str(running.listening)) as channel:
            call: Any = channel.unary_unary("/proto.NezhaService/ReportSystemInfo")
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call(b"")
            assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED

    run(test)


def test_io_stream_is_refused(api: ScriptedApi, tmp_path: Path) -> None:
    async def test() -> None:
        async with relay(api.url, tmp_path) as running, grpc.aio.insecure_channel(str(running.listening)) as channel:
            stream: Any = channel.stream_stream("/proto.NezhaService/IOStream")
            call = stream(metadata=(("client_secret", "s1"),))
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call.read()
            assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED

    run(test)


def test_an_agent_that_never_reads_is_given_no_more_than_it_may_owe(api: ScriptedApi, tmp_path: Path) -> None:
    api.monitors = [monitor(1, [1])]

    async def test() -> None:
        async with (
            relay(api.url, tmp_path) as running,
            SimulatedAgent(str(running.listening), "s1").connected() as agent,
        ):
            follow: Any = agent._channel.unary_stream("/proto.NezhaService/RequestTask")
            call = follow(b"", metadata=(("client_secret", "s1"),))
            await until(lambda: 1 in running.agents.servers and running.agents.servers[1].streams)
            await agent.state()
            given = [running.agents.task(1, b"x" * 60_000) for _ in range(2 * MOST_WAITING)]
            await asyncio.sleep(0.2)
            assert sum(map(bool, given)) <= MOST_WAITING + 1
            await assert_others_are_served(running)
            call.cancel()

    run(test)


async def is_closed(reader: asyncio.StreamReader, seconds: float = 1) -> bool:
    """Whether the relay closes this connection within that time."""
    try:
        async with asyncio.timeout(seconds):
            while await reader.read(1000):
                pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


def test_connections_above_the_limit_are_closed(api: ScriptedApi, tmp_path: Path) -> None:
    async def test() -> None:
        async with relay(api.url, tmp_path, connections=3) as running, AsyncExitStack() as opened:
            connections = []
            for _ in range(5):
                assert running.listening
                reader, writer = await asyncio.open_connection("127.0.0.1", running.listening.port)
                opened.callback(writer.close)
                connections.append(reader)
            closed = await asyncio.gather(*map(is_closed, connections))
            assert sum(closed) == 2

    run(test)


def test_a_thousand_silent_connections_do_no_harm_and_are_closed(api: ScriptedApi, tmp_path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

    async def test() -> None:
        process = psutil.Process(child.pid)
        port = int(ready["listen"].rpartition(":")[2])
        async with SimulatedAgent(ready["listen"], "s2").session() as before, AsyncExitStack() as opened:
            await before.state()
            memory = process.memory_info().rss
            readers = []
            for _ in range(SILENT):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                opened.callback(writer.close)
                readers.append(reader)
            await before.state()
            async with SimulatedAgent(ready["listen"], "s3").session() as newcomer:
                await newcomer.state()
            assert process.memory_info().rss - memory < SILENT * SILENT_BYTES
            closed = await asyncio.gather(*(is_closed(reader, 60) for reader in readers))
            assert all(closed)
            await before.state()

    with started(api.url, tmp_path) as (child, ready):
        run(test)


def test_a_port_that_is_taken_is_an_error(api: ScriptedApi, tmp_path: Path) -> None:
    async def test() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ListenError):
            async with relay(api.url, tmp_path, listen=Endpoint("127.0.0.1", taken.getsockname()[1])):
                pass

    run(test)
