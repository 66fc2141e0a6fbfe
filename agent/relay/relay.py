"""A whole relay: its parts, how they are connected, and how it starts and stops."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import grpc

from agent.core.journal import Journal
from agent.core.spool import Spool
from agent.relay.agents import Agents
from agent.relay.answers import Answers
from agent.relay.clock import RelayClock
from agent.relay.dispatch import Dispatcher
from agent.relay.flusher import Flusher
from agent.relay.geoip import GeoIP, GeoIPError
from agent.relay.grpc_service import NezhaService
from agent.relay.identities import Identities
from agent.relay.known_agents import KnownAgents
from agent.relay.lookups import Lookups
from agent.relay.metrics import Metrics, dispatch_lag, serve
from agent.relay.options import Endpoint, Options
from agent.relay.peers import Peers
from agent.relay.recorder import Recorder
from agent.relay.sampling import Sampling
from agent.relay.states import StateSender
from agent.relay.threads import in_a_thread
from agent.relay.tls import ServingCertificate, TlsError
from agent.relay.upstream import Upstream

log = logging.getLogger("agent.relay")

MESSAGE_BYTES = 64 * 1024
METADATA_BYTES = 8 * 1024
STREAMS_A_CONNECTION = 32
PENDING_CALLS = 20_000
"""Calls that wait to be handled. gRPC's default of 1,000 would drop many when all agents return after a restart."""

CHORE_SECONDS = 1.0
DISPATCH_SECONDS = 0.25
CHECK_SECONDS = 2.0
RELOAD_SECONDS = 30.0
STOP_SECONDS = 7.0
"""After this, a stop waits at most one more second for the dashboard. Docker kills a container 10 s after a stop
began, and a busy machine needs a moment to end the process."""


class ListenError(Exception):
    """Raised when a port is not available. The message says which."""


@dataclass
class Relay:
    """Call `start`, then `stop`, each once."""

    options: Options
    clock: RelayClock = field(default_factory=RelayClock)

    def __post_init__(self) -> None:
        """Opens files; raises SpoolError, TlsError or GeoIPError."""
        options = self.options
        self._certificate = ServingCertificate(*options.tls) if options.tls else None
        self._geoip = GeoIP(options.geoip) if options.geoip else None
        country: Callable[[str], str] = self._geoip.country if self._geoip else lambda _: ""
        clock = self.clock
        lag = dispatch_lag()
        self.spool = Spool(options.spool, int(options.spool_mb * 1_000_000), clock, must_open=True)
        self.upstream = upstream = Upstream(options.api, clock)
        self.agents = agents = Agents(clock, country, knows_countries=self._geoip is not None)
        self.dispatcher = dispatcher = Dispatcher(clock, agents.task, lag.observe)
        self.identities = identities = Identities(clock)
        self.answers = answers = Answers(upstream, identities, agents, dispatcher, options.interval)
        self.sampling = sampling = Sampling(clock)
        known = KnownAgents(identities, dispatcher, Journal(options.spool / "agents.json", clock.monotonic), clock)
        running = Journal(options.spool / "running.json", clock.monotonic)
        self.recorder = Recorder(agents, dispatcher, sampling, self.spool, known, running, clock)
        self.lookups = Lookups(answers, identities, known, upstream, clock)
        self.states = StateSender(answers, agents, dispatcher, upstream, clock)
        self.flusher = Flusher(answers, self.recorder, dispatcher, self.spool, upstream, clock, options.flush)
        peers = Peers(options.trusted, options.header)
        self.service = NezhaService(identities, self.lookups, agents, dispatcher, sampling, peers, country, clock)
        self.metrics = Metrics(
            self.service, agents, answers, self.recorder, self.flusher, dispatcher, self.spool, upstream, clock, lag
        )
        self._server: grpc.aio.Server | None = None
        self._metrics_server: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._draining = False
        self.failed = asyncio.Event()
        """Set when a part of the relay failed. The caller must then stop the relay."""
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
            asyncio.create_task(self.lookups.run()),
            asyncio.create_task(self.states.run()),
            asyncio.create_task(self.recorder.run()),
            asyncio.create_task(self.flusher.run()),
            self._every(CHORE_SECONDS, self.agents.chores),
            self._every(DISPATCH_SECONDS, self.dispatcher.tick),
            self._every(CHECK_SECONDS, self._check_secrets),
            asyncio.create_task(self._reload()),
        ]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Disconnects the agents one after the other, then sends everything that they reported to the dashboard.

        Takes at most 10 seconds. What the dashboard does not accept by then stays in the spool.
        """
        if self._draining or self._server is None:
            return
        self._draining = True
        deadline = self.clock.monotonic() + STOP_SECONDS
        streams = list(self.agents.streams())
        for stream in streams:
            stream.end()
            # All agents wait equally long before they reconnect, so agents that are disconnected together return
            # together.
            await self.clock.sleep(self.options.drain / len(streams))
        await self._server.stop(grace=1.0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(max(1.0, deadline - self.clock.monotonic())):
                await self._send_the_rest()
        except TimeoutError:
            log.warning("the dashboard did not accept everything in time", extra={"points": self.spool.count})
        if self._metrics_server:
            self._metrics_server.close()
            await self._metrics_server.wait_closed()
        self.close()

    def close(self) -> None:
        """Closes files and connections. Enough for a relay that was never started."""
        self.spool.close()
        self.upstream.close()

    async def _send_the_rest(self) -> None:
        """Sends the newest states and everything that was measured, unless the dashboard is unavailable."""
        await self.recorder.keep_the_rest()
        if self.upstream.away_since is None:
            await self.states.send_all()
        if self.upstream.away_since is None:
            await self.flusher.send_all()

    def _listen(self, server: grpc.aio.Server, endpoint: Endpoint) -> int:
        try:
            if self._certificate:
                return server.add_secure_port(str(endpoint), self._certificate.credentials())
            return server.add_insecure_port(str(endpoint))
        except RuntimeError:
            raise ListenError(f"{endpoint} is not available: choose another with --listen HOST:PORT") from None

    async def _serve_metrics(self, endpoint: Endpoint) -> asyncio.Server:
        try:
            return await serve(endpoint.host, endpoint.port, self.metrics, lambda: self._draining)
        except OSError as error:
            raise ListenError(f"{endpoint} is not available ({error.strerror}): set another with --metrics") from None

    def _every(self, seconds: float, work: Callable[[], None]) -> asyncio.Task[None]:
        async def repeat() -> None:
            while True:
                await self.clock.sleep(seconds)
                work()

        return asyncio.create_task(repeat())

    def _check_secrets(self) -> None:
        self.lookups.check_again(stream.secret for stream in self.agents.streams())

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            log.critical("a part of the relay failed", exc_info=task.exception())
            self.failed.set()

    async def _reload(self) -> None:
        """Reads certificates and countries again when their files change."""
        reloads: dict[str, Callable[[], bool]] = {}
        if self._certificate:
            reloads["certificate"] = self._certificate.reload
        if self._geoip:
            reloads["countries"] = self._geoip.reload
        while True:
            await self.clock.sleep(RELOAD_SECONDS)
            for name, reload in reloads.items():
                try:
                    if await in_a_thread(reload):
                        log.info("a changed file was reloaded", extra={"file": name})
                except (TlsError, GeoIPError) as error:
                    log.error("cannot use a changed file; its old content stays in use", extra={"reason": str(error)})


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
        # Closes silent connections.
        ("grpc.server_handshake_timeout_ms", 10_000),
        ("grpc.max_connection_idle_ms", 120_000),
        # Ends the stream of an agent that vanished.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.http2.ping_timeout_ms", 20_000),
        # Agents ping with every report, to measure their window.
        ("grpc.http2.max_ping_strikes", 0),
        # The probe costs a fifth of the traffic, and gains nothing with messages this small.
        ("grpc.http2.bdp_probe", 0),
        # Two relays on one port would each get half of the agents without anyone noticing.
        ("grpc.so_reuseport", 0),
    ]
