"""The servers whose agents report to this relay: newest state, host, and open streams."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from agent.core.answers import Outcome
from agent.core.client import Report
from agent.core.clock import Jitter, random_seconds
from agent.core.figures import Host, State
from agent.core.limits import BOOT_TIME_JITTER_SECONDS, NOT_KEPT_SECONDS, SEND_AGAIN_SECONDS
from agent.relay import protobuf
from agent.relay.clock import RelayClock
from agent.relay.task_stream import TaskStream

ACTIVE_SECONDS = 30
"""An agent that was silent for longer gets no tasks."""

KEEPALIVE_SECONDS = 50
"""Proxies usually close a silent stream after 60 s."""

REPORT_HOST_SECONDS = (15, 30)
"""How long after it connected an agent is asked for its host again. By then it knows its own address."""

SETTLED_SECONDS = 45
"""Seconds after connecting. An agent that has sent no address by then does not know it, so the address that it connects
from counts instead.
"""

FORGET_SECONDS = 900
"""How long a server without a stream is remembered after its last message."""

MOST_STREAMS = 8
"""Open streams of one server. With more, the oldest one is closed."""


@dataclass(slots=True)
class ReportingServer:
    """One server. state: the newest one as it was sent, which takes the least memory; None when there is nothing to
    report.

    heard, connected: monotonic seconds. said: the address that its agent sent; peer: the one that it connected from.
    taken: the host and address that the dashboard has, and when it took them. host_at: when its host may be sent again.
    """

    id: int
    secret: str
    connected: float
    heard: float
    state: bytes | None = None
    state_at: int = 0
    host: Host | None = None
    said: str = ""
    peer: str = ""
    taken: tuple[Host, str, float] | None = None
    host_at: float = 0.0
    streams: list[TaskStream] = field(default_factory=list)


class Agents:
    """The servers by ID, with what their agents sent last."""

    def __init__(
        self,
        clock: RelayClock,
        country: Callable[[str], str] = lambda _: "",
        *,
        knows_countries: bool = False,
        jitter: Jitter = random_seconds,
    ) -> None:
        """country: the country of an address, "" when unknown. knows_countries: whether it knows any at all."""
        self.servers: dict[int, ReportingServer] = {}
        self._newcomers: set[int] = set()
        """Servers whose states were never sent."""
        self.doubles = 0
        """How often an agent connected with a secret that another open stream uses."""
        self._clock = clock
        self._country = country
        self._knows_countries = knows_countries
        self._jitter = jitter

    def connected(self, server_id: int, secret: str, peer: str, message: bytes) -> None:
        """An agent sent its host; raises BadMessage."""
        host, said = protobuf.host(message)
        server = self._server(server_id, secret)
        server.host = _steadied(host, server.host)
        # After a restart an agent does not know its address for a while, so the one that it sent before is kept.
        server.said = said or server.said
        server.peer = peer

    def state(self, server_id: int, secret: str, message: bytes, connection: str = "") -> State:
        """An agent sent its state, which is returned; raises BadMessage."""
        state = protobuf.state(message)
        server = self._server(server_id, secret)
        server.state = message
        server.state_at = int(self._clock.now())
        server.heard = self._clock.monotonic()
        for stream in server.streams:
            if stream.connection == connection:
                stream.heard(server.heard)
        return state

    def has_gpu(self, server_id: int) -> bool:
        """Whether a server's host names a GPU."""
        server = self.servers.get(server_id)
        return bool(server and server.host and server.host["GPU"])

    def open(self, server_id: int, secret: str, address: str, connection: str = "") -> TaskStream:
        """A new stream of an agent. Call `close` when it has ended."""
        now = self._clock.monotonic()
        server = self._server(server_id, secret)
        server.connected = now
        first, last = REPORT_HOST_SECONDS
        asks_host = float("inf") if server.said else now + first + self._jitter(last - first)
        stream = TaskStream(secret, address, connection, now + self._jitter(KEEPALIVE_SECONDS), asks_host)
        if any(other.secret == secret for other in server.streams):
            self.doubles += 1
        server.streams.append(stream)
        if len(server.streams) > MOST_STREAMS:
            server.streams.pop(0).end()
        return stream

    def close(self, server_id: int, stream: TaskStream) -> None:
        server = self.servers.get(server_id)
        if server and stream in server.streams:
            server.streams.remove(stream)

    def task(self, server_id: int, task: bytes) -> TaskStream | None:
        """Gives an agent a task. Returns the stream that got it, None when no agent is there.

        If several agents use one secret, the one that connected last gets it, unless it is silent and another one is
        not.
        """
        now = self._clock.monotonic()
        server = self.servers.get(server_id)
        if not server or not server.streams or now - server.heard > ACTIVE_SECONDS:
            return None
        newest_first = server.streams[::-1]
        stream = next((one for one in newest_first if not one.is_silent(now)), newest_first[0])
        return stream if stream.put(task) else None

    def streams(self) -> Iterator[TaskStream]:
        return (stream for server in self.servers.values() for stream in server.streams)

    def chores(self) -> None:
        """Sends keepalives, asks agents for their hosts, and forgets servers that are gone."""
        now = self._clock.monotonic()
        for server in list(self.servers.values()):
            for stream in server.streams:
                if now >= stream.keepalive_at:
                    stream.keepalive_at = now + KEEPALIVE_SECONDS
                    stream.put(protobuf.KEEPALIVE)
                if now >= stream.report_host_at:
                    stream.report_host_at = float("inf")
                    stream.put(protobuf.REPORT_HOST)
            if not server.streams and now - max(server.heard, server.connected) > FORGET_SECONDS:
                del self.servers[server.id]
                self._newcomers.discard(server.id)

    def gone(self, secret: str) -> None:
        """A secret was deleted or replaced: closes its streams, and stops reporting with it."""
        for server in list(self.servers.values()):
            for stream in [stream for stream in server.streams if stream.secret == secret]:
                stream.end()
                server.streams.remove(stream)
            if server.secret == secret:
                del self.servers[server.id]
                self._newcomers.discard(server.id)

    def waiting(self) -> list[int]:
        """The IDs of the servers that have something to report, ascending."""
        return sorted(server.id for server in self.servers.values() if server.state is not None)

    def reporting(self) -> list[int]:
        """The IDs of `waiting`, and of servers that will have something to report soon because their agents are active,
        ascending.
        """
        since = self._clock.monotonic() - ACTIVE_SECONDS
        return sorted(one.id for one in self.servers.values() if one.state is not None or one.heard >= since)

    def waiting_newcomers(self) -> list[int]:
        """The IDs of `waiting` of servers whose states were never sent."""
        return sorted(id_ for id_ in self._newcomers if self.servers[id_].state is not None)

    def compose(self, server_ids: Iterable[int], interval: float | None = None) -> list[tuple[ReportingServer, Report]]:
        """The reports of these servers. Their states count as sent from now on. interval: seconds between two reports
        of a server, where it is not the interval that the dashboard asked for.
        """
        composed = []
        for server_id in server_ids:
            server = self.servers.get(server_id)
            if server and server.state is not None:
                report = self._report(server, server.state)
                composed.append((server, report if interval is None else {**report, "interval": round(interval)}))
                server.state = None
                self._newcomers.discard(server_id)
        return composed

    def taken(self, server: ReportingServer, report: Report, outcome: Outcome) -> None:
        """The dashboard accepted this report. A host that it did not store is sent again. A state is not, as a newer
        one replaces it.
        """
        now = self._clock.monotonic()
        if "host" in outcome.not_kept:
            server.host_at = now + NOT_KEPT_SECONDS
        elif "host" in report:
            server.taken = (report["host"], report.get("ip", ""), now)

    def _server(self, server_id: int, secret: str) -> ReportingServer:
        server = self.servers.get(server_id)
        if server is None:
            now = self._clock.monotonic()
            server = self.servers[server_id] = ReportingServer(server_id, secret, now, now)
            self._newcomers.add(server_id)
        server.secret = secret
        return server

    def _report(self, server: ReportingServer, state: bytes) -> Report:
        now = self._clock.monotonic()
        report: Report = {"secret": server.secret, "at": server.state_at, "state": protobuf.state(state)}
        report["age"] = max(0, int(now - server.heard))
        is_settled = now - server.connected > SETTLED_SECONDS
        taken_ip = server.taken[1] if server.taken else ""
        ip = server.said or (server.peer if is_settled else taken_ip)
        # A host without an address has no country, and would have to be sent again a moment later.
        if server.host and now >= server.host_at and (ip or is_settled or not self._knows_countries):
            host = server.host.copy()
            host["CountryCode"] = self._country(ip)
            news = (host, ip)
            if not server.taken or news != server.taken[:2] or now - server.taken[2] > SEND_AGAIN_SECONDS:
                report["host"] = host
                if ip:
                    report["ip"] = ip
        return report


def batches(server_ids: Collection[int], most: int, block: int = 8) -> list[list[int]]:
    """Sorted IDs in batches of at most `most`, without splitting a block of neighbours (0 to 7, 8 to 15 …).

    The dashboard keeps a block's states in one item, so a block costs one write.
    """
    cut: list[list[int]] = []
    for _, group in groupby(server_ids, lambda server_id: server_id // block):
        neighbours = list(group)
        if cut and len(cut[-1]) + len(neighbours) <= most:
            cut[-1].extend(neighbours)
        else:
            cut.append(neighbours)
    return cut


def _steadied(host: Host, before: Host | None) -> Host:
    """Keeps the earlier values where the host only seems to differ.

    Agents list processors in any order, and compute a boot time that moves with the clock.
    """
    if before:
        if abs(host["BootTime"] - before["BootTime"]) <= BOOT_TIME_JITTER_SECONDS:
            host["BootTime"] = before["BootTime"]
        if sorted(host["CPU"]) == sorted(before["CPU"]):
            host["CPU"] = before["CPU"]
    return host
