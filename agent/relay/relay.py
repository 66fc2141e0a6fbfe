"""A whole relay: its parts, put together, started and stopped."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import grpc

from agent.relay.clock import Clock
from agent.relay.fleet import Fleet
from agent.relay.geoip import GeoIP, GeoIPError
from agent.relay.metrics import Metrics, serve
from agent.relay.options import Endpoint, Options
from agent.relay.peers import Peers
from agent.relay.reports import Reports
from agent.relay.service import Service
from agent.relay.spool import Spool
from agent.relay.tls import Certificate, TlsError
from agent.relay.upstream import Upstream

log = logging.getLogger("agent.relay")

MESSAGE_BYTES = 64 * 1024
METADATA_BYTES = 8 * 1024
STREAMS_A_CONNECTION = 32
PENDING_CALLS = 20_000
"""Calls that wait to be looked at. gRPC drops what is above 1,000, which all agents after a restart are."""

CHORE_SECONDS = 1.0
DISPATCH_SECONDS = 0.25
CHECK_SECONDS = 2.0
RELOAD_SECONDS = 30.0
LAST_REPORTS_SECONDS = 20.0


class ListenError(Exception):
    """Raised when a port cannot be had; the message says which."""


@dataclass
class Relay:
    """`start`, then `stop`; each once, and what is stopped cannot be started again."""

    options: Options
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        """Opens files; raises SpoolError, TlsError or GeoIPError."""
        options = self.options
        self._certificate = Certificate(*options.tls) if options.tls else None
        self._geoip = GeoIP(options.geoip) if options.geoip else None
        country: Callable[[str], str] = self._geoip.country if self._geoip else lambda _: ""
        self.spool = Spool(options.spool, options.spool_points)
        self.upstream = Upstream(options.api, self.clock)
        self.fleet = Fleet(self.clock, country, knows_countries=self._geoip is not None)
        self.reports = Reports(
            self.upstream,
            self.spool,
            self.clock,
            self.fleet,
            least_interval=options.interval,
            flush=options.flush,
        )
        peers = Peers(options.trusted, options.header)
        self.service = Service(self.reports.identities, self.fleet, self.reports.dispatcher, peers, country, self.clock)
        self.metrics = Metrics(self.service, self.fleet, self.reports, self.spool, self.upstream, self.clock)
        self.reports.dispatcher.observe_lag = self.metrics.lag.observe
        self._server: grpc.aio.Server | None = None
        self._metrics_server: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._draining = False
        self.failed = asyncio.Event()
        """Set when a part ended by itself: then the relay has to be stopped."""
        self.listening: Endpoint | None = None
        self.metrics_listening: Endpoint | None = None

    async def start(self) -> None:
        """Returns when agents can connect; raises ListenError."""
        options = self.options
        if options.metrics:
            self._metrics_server = await self._serve_metrics(options.metrics)
            port = self._metrics_server.sockets[0].getsockname()[1]
            self.metrics_listening = Endpoint(options.metrics.host, port)
        self._server = grpc.aio.server(options=channel_arguments(options.connections))
        self._server.add_generic_rpc_handlers((self.service.handler(),))
        self.listening = Endpoint(options.listen.host, self._listen(self._server, options.listen))
        await self._server.start()
        self._tasks = [
            asyncio.create_task(self.reports.identities.run()),
            asyncio.create_task(self.reports.run_states()),
            asyncio.create_task(self.reports.run_minutes()),
            asyncio.create_task(self.reports.run_points()),
            self._every(CHORE_SECONDS, self.fleet.chores),
            self._every(DISPATCH_SECONDS, self.reports.dispatcher.tick),
            self._every(CHECK_SECONDS, self._check_secrets),
            asyncio.create_task(self._reload()),
        ]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Sends the agents away one after the other, then everything that they said to the dashboard."""
        if self._draining or self._server is None:
            return
        self._draining = True
        streams = list(self.fleet.streams())
        for stream in streams:
            stream.end()
            # All agents wait equally long before they come again: together, if they are sent away together.
            await self.clock.sleep(self.options.drain / len(streams))
        await self._server.stop(grace=1.0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(LAST_REPORTS_SECONDS):
                await self.reports.drain()
        except TimeoutError:
            log.warning("the dashboard did not take everything in time", extra={"points": self.spool.count})
        if self._metrics_server:
            self._metrics_server.close()
            await self._metrics_server.wait_closed()
        self.close()

    def close(self) -> None:
        """Frees the files; enough when it was never started."""
        self.reports.close()
        self.upstream.close()

    def _listen(self, server: grpc.aio.Server, endpoint: Endpoint) -> int:
        try:
            if self._certificate:
                return server.add_secure_port(str(endpoint), self._certificate.credentials())
            return server.add_insecure_port(str(endpoint))
        except RuntimeError:
            raise ListenError(f"{endpoint} cannot be had: choose another with --listen HOST:PORT") from None

    async def _serve_metrics(self, endpoint: Endpoint) -> asyncio.Server:
        try:
            return await serve(endpoint.host, endpoint.port, self.metrics, lambda: self._draining)
        except OSError as error:
            raise ListenError(f"{endpoint} cannot be had ({error.strerror}): choose another with --metrics") from None

    def _every(self, seconds: float, work: Callable[[], None]) -> asyncio.Task[None]:
        async def repeat() -> None:
            while True:
                await self.clock.sleep(seconds)
                work()

        return asyncio.create_task(repeat())

    def _check_secrets(self) -> None:
        self.reports.identities.check_again((stream.secret for stream in self.fleet.streams()), self.reports.interval)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            log.critical("a part of the relay failed", exc_info=task.exception())
            self.failed.set()

    async def _reload(self) -> None:
        """Takes certificates and countries anew when their files change."""
        reloads: dict[str, Callable[[], bool]] = {}
        if self._certificate:
            reloads["certificate"] = self._certificate.reload
        if self._geoip:
            reloads["countries"] = self._geoip.reload
        while True:
            await self.clock.sleep(RELOAD_SECONDS)
            for name, reload in reloads.items():
                try:
                    if await asyncio.get_running_loop().run_in_executor(None, reload):
                        log.info("a file was taken anew", extra={"file": name})
                except (TlsError, GeoIPError) as error:
                    log.error("a file that changed cannot be used; the old one goes on", extra={"reason": str(error)})


def channel_arguments(connections: int) -> list[tuple[str, int]]:
    """gRPC's settings for a server of agents."""
    return [
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        ("grpc.max_metadata_size", METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", METADATA_BYTES),
        ("grpc.max_concurrent_streams", STREAMS_A_CONNECTION),
        ("grpc.max_allowed_incoming_connections", connections),
        ("grpc.server.max_pending_requests", PENDING_CALLS),
        ("grpc.server.max_pending_requests_hard_limit", PENDING_CALLS),
        # A connection that says nothing is closed.
        ("grpc.server_handshake_timeout_ms", 10_000),
        ("grpc.max_connection_idle_ms", 120_000),
        # Of an agent that is gone without a word the stream ends.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.http2.ping_timeout_ms", 20_000),
        # Agents ping with every report to measure their window.
        ("grpc.http2.max_ping_strikes", 0),
        # A fifth of the bytes on the wire, for nothing with messages this small.
        ("grpc.http2.bdp_probe", 0),
        # Two relays on one port would each get half of the agents, unnoticed.
        ("grpc.so_reuseport", 0),
    ]
