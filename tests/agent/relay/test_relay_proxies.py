"""nginx and Caddy as documented, in front of a relay: agents report, are probed and are known by their own address."""

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.agent.relay.documented import block, self_signed
from tests.agent.relay.running_relay import relay, run, until
from tests.agent.relay.scripted_api import ScriptedApi, monitor
from tests.agent.relay.simulated_agent import SimulatedAgent
from tests.support.documented import program

AGENT = "127.0.0.9"
"""Where the agent connects from; the proxy connects from 127.0.0.1."""

STATES = 1100
"""More than the 1,000 requests after which nginx closes a connection unless it is told otherwise."""

REFUSALS = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNKNOWN)
"""Caddy loses the status of some answers without a message; to agents all refusals are the same."""


@dataclass(frozen=True)
class Ports:
    relay: int
    proxy: int


def nginx(folder: Path, ports: Ports) -> list[str]:
    site = block("upstream relay").replace("listen 5555", f"listen 127.0.0.1:{ports.proxy}")
    site = site.replace("127.0.0.1:5554", f"127.0.0.1:{ports.relay}").replace("/etc/nezha-relay", str(folder))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{site}\n}}\n"
    )
    return [program("nginx"), "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, ports: Ports) -> list[str]:
    site = block("relay.example.com:5555").replace("relay.example.com:5555", f"127.0.0.1:{ports.proxy}")
    site = site.replace("127.0.0.1:5554", f"127.0.0.1:{ports.relay}").replace("/etc/nezha-relay", str(folder))
    # On loopback alone, and without its redirects on port 80 and its own commands' port.
    site = site.replace("{\n", "{\n    bind 127.0.0.1\n", 1)
    (folder / "Caddyfile").write_text(f"{{\n    admin off\n    auto_https disable_redirects\n}}\n{site}\n")
    return [program("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
def command(request: pytest.FixtureRequest) -> Any:
    return request.param


@contextmanager
def proxy(command: list[str], folder: Path, port: int) -> Iterator[None]:
    """A proxy's process that takes connections."""
    own = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "log").open("w") as log, subprocess.Popen(command, env=own, stdout=log, stderr=log) as child:
        try:
            while child.poll() is None and not _takes_connections(port):
                pass
            assert child.poll() is None, (folder / "log").read_text()
            yield
        finally:
            child.terminate()


def _takes_connections(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@asynccontextmanager
async def from_elsewhere(port: int) -> AsyncIterator[str]:
    """Where to connect to, so that the connection reaches the port from the agent's address."""

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward = await asyncio.open_connection("127.0.0.1", port, local_addr=(AGENT, 0))
        await asyncio.gather(pipe(reader, onward[1]), pipe(onward[0], writer))

    async with await asyncio.start_server(forward, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


def test_agents_report_through_a_proxy(
    api: ScriptedApi, tmp_path: Path, command: Callable[[Path, Ports], list[str]]
) -> None:
    api.monitors = [monitor(1, [1], interval=10)]
    root = self_signed(tmp_path)[0].read_bytes()

    async def test() -> None:
        async with relay(api.url, tmp_path / "spool", trusted=(ip_network("127.0.0.1"),)) as running:
            assert running.listening
            ports = Ports(running.listening.port, free_port())
            with proxy(command(tmp_path, ports), tmp_path, ports.proxy):
                async with from_elsewhere(ports.proxy) as target:
                    # An agent that claims to be somebody else's proxy is not believed.
                    agent = SimulatedAgent(target, "s1", root=root, address="203.0.113.66")
                    async with agent.session():
                        for _ in range(STATES):
                            await agent.state()
                        await until(lambda: agent.acknowledged, 30)
                        assert not agent.stream_ended.is_set()
                        assert [stream.address for stream in running.agents.streams()] == [AGENT]
                        await until(lambda: api.reports_of(1, "state"))
                    assert running.service.counts.states == STATES
                    assert await refused(SimulatedAgent(target, "wrong", root=root)) in REFUSALS

    run(test)


async def refused(agent: SimulatedAgent) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        async with agent.session():
            pass
    return error.value.code()
