"""The relay's own monitoring: `/metrics` and `/healthz`."""

import asyncio
import json
from collections.abc import Callable, Iterable
from contextlib import suppress

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from agent.core.spool import Spool
from agent.relay.agents import Agents
from agent.relay.answers import Answers
from agent.relay.clock import RelayClock
from agent.relay.dispatch import Dispatcher
from agent.relay.flusher import Flusher
from agent.relay.grpc_service import NezhaService
from agent.relay.recorder import Recorder
from agent.relay.upstream import Upstream

REQUEST_SECONDS = 5.0
LONGEST_REQUEST = 8192


class Metrics(Collector):
    """Reads the counters of the relay's parts on request."""

    def __init__(
        self,
        service: NezhaService,
        agents: Agents,
        answers: Answers,
        recorder: Recorder,
        flusher: Flusher,
        dispatcher: Dispatcher,
        spool: Spool,
        upstream: Upstream,
        clock: RelayClock,
        lag: Histogram,
    ) -> None:
        self._service = service
        self._agents = agents
        self._answers = answers
        self._recorder = recorder
        self._flusher = flusher
        self._dispatcher = dispatcher
        self._spool = spool
        self._upstream = upstream
        self._clock = clock
        self._registry = CollectorRegistry()
        for collector in (self, lag):
            self._registry.register(collector)

    def text(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def health(self) -> dict[str, object]:
        """What `/healthz` answers. A relay is healthy while it accepts reports, even if the dashboard is
        unavailable.
        """
        away = self._upstream.away_since
        return {
            "status": "ok",
            "dashboard_away_seconds": 0 if away is None else round(self._clock.monotonic() - away),
            "agents": self._connected(),
            "points_waiting": self._spool.count,
        }

    def collect(self) -> Iterable[Metric]:
        calls, sent, tasks = self._service.counts, self._answers.counts, self._dispatcher.counts
        oldest, away = self._spool.oldest, self._upstream.away_since
        yield _gauge("agents", "Agents with an open stream", self._connected())
        yield _gauge("streams", "Open streams", sum(1 for _ in self._agents.streams()))
        yield _gauge("interval_seconds", "Seconds between two states of a server", self._answers.interval)
        yield _gauge("spool_points", "Points and minutes that wait to be sent", self._spool.count)
        yield _gauge("spool_age_seconds", "Age of the oldest of them", oldest and self._clock.now() - oldest)
        yield _gauge(
            "dashboard_away_seconds",
            "Since the dashboard answered last",
            0 if away is None else self._clock.monotonic() - away,
        )
        received = {"host": calls.hosts, "state": calls.states, "result": calls.results, "geoip": calls.lookups}
        yield _counter("received", "Calls of agents", "call", {**received, "stream": calls.streams})
        refused = {
            "wrong_secret": calls.wrong_secret,
            "too_many_wrong": calls.too_many_wrong,
            "unverified": calls.unverified,
            "bad_message": calls.bad_message,
            "forbidden": calls.forbidden,
        }
        yield _counter("refused", "Calls of agents that were refused", "why", refused)
        yield _counter("batches", "Requests to the dashboard", "outcome", _split(sent.batches, sent.batches_failed))
        yield _counter("reports", "Reports in them", "outcome", _split(sent.reports, sent.reports_failed))
        yield _counter("points_taken", "Points and minutes that the dashboard accepted", "", {"": self._flusher.taken})
        lost = {**(self._flusher.refused + self._recorder.ownerless), "spool": self._spool.dropped}
        yield _counter("points_dropped", "Points and minutes that were dropped", "why", lost)
        yield _counter("doubles", "Second streams with one secret", "", {"": self._agents.doubles})
        probes = {"sent": tasks.sent, "owing": tasks.owing, "absent": tasks.absent}
        yield _counter("probes", "Probes that were due", "outcome", probes)
        results = {"taken": tasks.taken, "unasked": tasks.unasked, "lost": tasks.lost}
        yield _counter("results", "Results of probes", "outcome", results)

    def _connected(self) -> int:
        return sum(1 for server in self._agents.servers.values() if server.streams)


def dispatch_lag() -> Histogram:
    """How late tasks are sent."""
    buckets = (0.1, 0.25, 0.5, 1, 2.5, 5)
    return Histogram("nezha_relay_dispatch_lag_seconds", "How late probes were sent", buckets=buckets, registry=None)


async def serve(host: str, port: int, metrics: Metrics, is_draining: Callable[[], bool]) -> asyncio.Server:
    """Answers GET /metrics and GET /healthz, with 503 while the relay is stopping; raises OSError."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.LimitOverrunError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(REQUEST_SECONDS):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(request, metrics, draining=is_draining()))
                await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, host, port, limit=LONGEST_REQUEST)


def _response(request: bytes, metrics: Metrics, *, draining: bool) -> bytes:
    match request.split(b" ", 2)[:2]:
        case [b"GET", b"/metrics"]:
            status, kind, body = "200 OK", CONTENT_TYPE_LATEST, metrics.text()
        case [b"GET", b"/healthz"]:
            status = "503 Service Unavailable" if draining else "200 OK"
            health = metrics.health() | ({"status": "draining"} if draining else {})
            kind, body = "application/json", json.dumps(health).encode()
        case _:
            status, kind, body = "404 Not Found", "text/plain", b"Not found; see /metrics and /healthz\n"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def _gauge(name: str, about: str, value: float | None) -> Metric:
    return GaugeMetricFamily(f"nezha_relay_{name}", about, value=value or 0)


def _counter(name: str, about: str, label: str, values: dict[str, int]) -> Metric:
    family = CounterMetricFamily(f"nezha_relay_{name}", about, labels=[label] if label else [])
    for value, count in values.items():
        family.add_metric([value] if label else [], count)
    return family


def _split(count: int, failed: int) -> dict[str, int]:
    return {"taken": count - failed, "failed": failed}
