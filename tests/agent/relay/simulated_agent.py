"""A simulated agent that uses real gRPC and sends what a real one was captured sending."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import grpc

from agent.relay import nezha_pb2 as pb

CAPTURED = Path(__file__).parent / "captured"


@cache
def captured(name: str) -> tuple[Mapping[str, Any], ...]:
    """The lines of one capture."""
    return tuple(json.loads(line) for line in (CAPTURED / f"{name}.jsonl").read_text().splitlines())


def said(name: str, rpc: str) -> list[bytes]:
    """What the agent said in a capture, call by call."""
    return [
        bytes.fromhex(line["hex"])
        for line in captured(name)
        if line["rpc"] == rpc and line["direction"] == "agent->server" and "hex" in line
    ]


Answer = Callable[[pb.Task], pb.TaskResult | None]


def reachable(task: pb.Task) -> pb.TaskResult | None:
    """Answers probes as an agent whose targets all answer after 12.5 ms."""
    if task.type not in (2, 3):
        return None
    return pb.TaskResult(id=task.id, type=task.type, delay=12.5, successful=True)


@dataclass
class SimulatedAgent:
    """One agent with one connection.

    address: what a proxy tells of it. tasks: what it was given. acknowledged: results that were answered.
    """

    target: str
    secret: str
    answer: Answer = reachable
    capture: str = "connect_ip_gpu_temp"
    root: bytes | None = None
    address: str = ""
    tasks: list[pb.Task] = field(default_factory=list)
    acknowledged: list[pb.TaskResult] = field(default_factory=list)
    stream_ended: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["SimulatedAgent"]:
        """A channel on which nothing was sent yet."""
        # Each its own connection, as channels of one process share theirs.
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
        if self.root is None:
            self._channel = grpc.aio.insecure_channel(self.target, options)
        else:
            credentials = grpc.ssl_channel_credentials(self.root)
            self._channel = grpc.aio.secure_channel(self.target, credentials, options)
        try:
            yield self
        finally:
            await self._channel.close()

    @asynccontextmanager
    async def session(self) -> AsyncIterator["SimulatedAgent"]:
        """Connected, its host told and its task stream open and answered."""
        async with self.connected():
            await self.call("ReportSystemInfo", said(self.capture, "ReportSystemInfo")[0])
            working = asyncio.create_task(self.work())
            try:
                yield self
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

    async def call(self, rpc: str, message: bytes, secret: str | None = None) -> bytes:
        """Raises grpc.aio.AioRpcError."""
        method: Any = self._channel.unary_unary(f"/proto.NezhaService/{rpc}")
        return bytes(await method(message, metadata=self._metadata(secret), timeout=60))

    async def state(self, message: bytes | None = None) -> None:
        await self.call("ReportSystemState", message or said(self.capture, "ReportSystemState")[3])

    async def work(self) -> None:
        """Does tasks until the stream ends."""
        method: Any = self._channel.unary_stream("/proto.NezhaService/RequestTask")
        try:
            async for message in method(said(self.capture, "RequestTask")[0], metadata=self._metadata()):
                await self._do(pb.Task.FromString(message))
        finally:
            self.stream_ended.set()

    def _metadata(self, secret: str | None = None) -> tuple[tuple[str, str], ...]:
        told = (("client_secret", self.secret if secret is None else secret),)
        return (*told, ("x-forwarded-for", self.address)) if self.address else told

    async def _do(self, task: pb.Task) -> None:
        self.tasks.append(task)
        if task.type == 10:
            await self.call("ReportSystemInfo", said(self.capture, "ReportSystemInfo")[-1])
        result = self.answer(task)
        if result is not None:
            await self.call("ReportTask", result.SerializeToString())
            self.acknowledged.append(result)
