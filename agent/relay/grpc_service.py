"""The gRPC service that v0 agents call. Each call checks the secret and passes on the message."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc

from agent.core.notices import Rarely
from agent.relay import protobuf
from agent.relay.agents import Agents
from agent.relay.clock import RelayClock
from agent.relay.dispatch import Dispatcher
from agent.relay.identities import Identities
from agent.relay.lookups import Lookups, TooManyWrong, Unverified, WrongSecret
from agent.relay.peers import Peers, reportable
from agent.relay.sampling import Sampling

log = logging.getLogger("agent.relay")

# What the original dashboard answers.
WRONG_SECRET = "客户端认证失败"  # noqa: S105

Context = grpc.aio.ServicerContext[bytes, bytes]


@dataclass
class CallCounts:
    """Calls by kind, and refused calls by reason."""

    hosts: int = 0
    states: int = 0
    results: int = 0
    lookups: int = 0
    streams: int = 0
    wrong_secret: int = 0
    too_many_wrong: int = 0
    unverified: int = 0
    bad_message: int = 0
    forbidden: int = 0


class NezhaService:
    """The calls, under v0's names."""

    def __init__(
        self,
        identities: Identities,
        lookups: Lookups,
        agents: Agents,
        dispatcher: Dispatcher,
        sampling: Sampling,
        peers: Peers,
        country: Callable[[str], str],
        clock: RelayClock,
    ) -> None:
        """country: returns the country of an address, "" when unknown."""
        self.counts = CallCounts()
        self._identities = identities
        self._lookups = lookups
        self._agents = agents
        self._dispatcher = dispatcher
        self._sampling = sampling
        self._peers = peers
        self._country = country
        self._rarely = Rarely(clock.monotonic)

    def handler(self) -> grpc.GenericRpcHandler:
        """The handler for grpc.aio. Messages stay bytes, as most are never parsed."""
        unary, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        handlers: dict[str, Any] = {
            "ReportSystemInfo": unary(self._call(self._host)),
            "ReportSystemState": unary(self._call(self._state)),
            "ReportTask": unary(self._call(self._result)),
            "LookupGeoIP": unary(self._call(self._lookup)),
            "RequestTask": stream(self._request_task),
            "IOStream": grpc.stream_stream_rpc_method_handler(self._io_stream),
        }
        return grpc.method_handlers_generic_handler("proto.NezhaService", handlers)

    def _call(
        self, take: Callable[[int, str, bytes, Context], Awaitable[bytes]]
    ) -> Callable[[bytes, Context], Awaitable[bytes]]:
        """A call with one message and one answer. Calls with a wrong secret are aborted."""

        async def call(message: bytes, context: Context) -> bytes:
            secret = _secret(context)
            server_id = self._identities.known(secret) or await self._identify(secret, context)
            try:
                return await take(server_id, secret, message, context)
            except protobuf.BadMessage as error:
                await self._refuse_message(error, context)

        return call

    async def _host(self, server_id: int, secret: str, message: bytes, context: Context) -> bytes:
        self.counts.hosts += 1
        # Checked again, as a secret that is known to be right may not have been looked up for a long time.
        await self._identify(secret, context)
        self._agents.connected(server_id, secret, reportable(self._address(context)), message)
        return protobuf.RECEIPT

    async def _state(self, server_id: int, secret: str, message: bytes, context: Context) -> bytes:
        self.counts.states += 1
        state = self._agents.state(server_id, secret, message, context.peer())
        self._dispatcher.heard(server_id)
        self._sampling.add(server_id, state, has_gpu=self._agents.has_gpu(server_id))
        return protobuf.RECEIPT

    async def _result(self, server_id: int, _secret: str, message: bytes, _: Context) -> bytes:
        self.counts.results += 1
        self._dispatcher.result(server_id, protobuf.result(message))
        return protobuf.RECEIPT

    async def _lookup(self, _server_id: int, _secret: str, message: bytes, _: Context) -> bytes:
        self.counts.lookups += 1
        ip = protobuf.geoip_address(message)
        return protobuf.geoip(ip, self._country(ip))

    async def _request_task(self, message: bytes, context: Context) -> None:
        secret = _secret(context)
        server_id = await self._identify(secret, context)
        self.counts.streams += 1
        address = self._address(context)
        try:
            self._agents.connected(server_id, secret, reportable(address), message)
        except protobuf.BadMessage as error:
            await self._refuse_message(error, context)
        doubles = self._agents.doubles
        stream = self._agents.open(server_id, secret, address, context.peer())
        if self._agents.doubles > doubles and self._rarely.is_due(f"double {server_id}"):
            log.warning("two agents are connected with one secret; both are served", extra={"server_id": server_id})
        try:
            while (task := await stream.next()) is not None:
                await context.write(task)
        finally:
            self._agents.close(server_id, stream)

    async def _io_stream(self, _messages: AsyncIterator[bytes], context: Context) -> None:
        self.counts.forbidden += 1
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "this relay has no terminals, tunnels or files")

    async def _identify(self, secret: str, context: Context) -> int:
        """The server's ID. Aborts the call when the secret is not right."""
        try:
            return await self._lookups.server_id(secret, self._address(context), context.peer())
        except WrongSecret:
            self.counts.wrong_secret += 1
            await _abort(context, grpc.StatusCode.UNAUTHENTICATED, WRONG_SECRET)
        except TooManyWrong:
            self.counts.too_many_wrong += 1
            await _abort(
                context,
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "too many wrong secrets; try again in a minute",
            )
        except Unverified:
            self.counts.unverified += 1
            await _abort(context, grpc.StatusCode.UNAVAILABLE, "the dashboard is unavailable; try again later")

    async def _refuse_message(self, error: protobuf.BadMessage, context: Context) -> NoReturn:
        self.counts.bad_message += 1
        await _abort(context, grpc.StatusCode.INVALID_ARGUMENT, str(error))

    def _address(self, context: Context) -> str:
        return self._peers.address(context.peer(), context.invocation_metadata() or ())


def _secret(context: Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == "client_secret":
            return value if isinstance(value, str) else ""
    return ""


async def _abort(context: Context, code: grpc.StatusCode, details: str) -> NoReturn:
    await context.abort(code, details)
    raise AssertionError  # abort() has raised already
