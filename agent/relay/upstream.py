"""HTTP to the dashboard's API: batches of reports, and what became of each.

The answer is not trusted: what is not as agreed counts as not taken. Nothing here shows a secret.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Url

from agent.host import Host
from agent.monitor import UnusableMonitor, parse_monitor
from agent.relay.clock import Clock, Jitter, some_seconds
from agent.state import State

log = logging.getLogger("agent.relay")

CONNECTIONS = 8
"""Requests at once; each waits in a thread."""

BATCH = 100
"""Reports that a request may hold."""

TIMEOUT = urllib3.Timeout(connect=3, read=15)
ANSWER_BYTES = 8 * 1024 * 1024
SHORTEST_INTERVAL, LONGEST_INTERVAL = 1, 3600
LONGEST_RETRY_AFTER = 600
LONGEST_BACK_OFF = 60.0


class Report(TypedDict):
    """One server's report. at: Unix seconds. pings: finished minutes."""

    secret: str
    at: NotRequired[int]
    ip: NotRequired[str]
    host: NotRequired[Host]
    state: NotRequired[State]
    pings: NotRequired[list[Mapping[str, float]]]


@dataclass(frozen=True, slots=True)
class Monitor:
    """What some servers have to probe. type: "icmp" or "tcp". interval: seconds between two probes."""

    id: int
    type: str
    target: str
    interval: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one report.

    server_id: 0 when the secret is unknown or nothing is known. error: "" when it was taken. retry: whether sending
    it again can help. refused: (monitor, minute, error) of points that were not taken and never will be.
    """

    server_id: int = 0
    error: str = ""
    retry: bool = False
    refused: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """outcomes: in the order of the reports. monitors: with the servers of this request that have to probe them."""

    interval: int
    outcomes: tuple[Outcome, ...]
    monitors: tuple[tuple[Monitor, tuple[int, ...]], ...]


class Away(Exception):
    """Raised when nothing is known to be taken and sending again may help. kind: the same for the same cause."""

    def __init__(self, kind: str, retry_after: float = 0.0) -> None:
        super().__init__(f"the dashboard does not take reports: {kind}")
        self.kind = kind
        self.retry_after = retry_after


class TooLarge(Exception):
    """Raised when the dashboard takes no request of this size: half of it may do."""


class Upstream:
    """One dashboard. After a failure `paused` says for how long nobody should send, longer each time, at random."""

    def __init__(
        self,
        url: Url,
        clock: Clock,
        jitter: Jitter = some_seconds,
    ) -> None:
        # No proxy, no retries, no redirects: a redirect would take the secrets to another place.
        self._pool = urllib3.connection_from_url(
            url.url,
            maxsize=CONNECTIONS,
            timeout=TIMEOUT,
            retries=False,
            headers={"Content-Type": "application/json", "User-Agent": "nezha-relay"},
        )
        self._path = (url.path or "").rstrip("/") + "/api/v1/agent/report"
        self._threads = ThreadPoolExecutor(CONNECTIONS, "upstream")
        self._clock = clock
        self._jitter = jitter
        self._failures = 0
        self._paused_until = 0.0
        self._said = ""
        self.away_since: float | None = None
        """Monotonic seconds of the first failure of those that last, None while the dashboard answers."""

    @property
    def paused(self) -> float:
        """Seconds for which nothing should be sent."""
        return max(0.0, self._paused_until - self._clock.monotonic())

    async def send(self, reports: Sequence[Report]) -> Answer:
        """Raises Away or TooLarge."""
        body = json.dumps({"reports": reports}, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()
        began = self._clock.monotonic()
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._post, body, len(reports))
        except Away as error:
            self._failed(began, error)
            raise
        self._succeeded()
        return answer

    def close(self) -> None:
        """Waits for no answer."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._pool.close()

    def _succeeded(self) -> None:
        if self.away_since is not None:
            log.info("the dashboard takes reports again")
        self._failures, self._paused_until, self.away_since, self._said = 0, 0.0, None, ""

    def _failed(self, began: float, error: Away) -> None:
        now = self._clock.monotonic()
        self.away_since = now if self.away_since is None else self.away_since
        if error.kind != self._said:
            self._said = error.kind
            log.warning("the dashboard takes no reports; it is asked again", extra={"reason": error.kind})
        # Of requests that were under way together only the first makes the pause longer.
        if began >= self._paused_until:
            most = min(LONGEST_BACK_OFF, 2.0 ** min(self._failures, 10))
            self._failures += 1
            self._paused_until = now + error.retry_after + self._jitter(most)

    def _post(self, body: bytes, count: int) -> Answer:
        try:
            response = self._pool.urlopen("POST", self._path, body=body, redirect=False, preload_content=False)
            content = response.read(ANSWER_BYTES + 1)
        except HTTPError as error:
            raise Away(type(error).__name__) from None
        if len(content) > ANSWER_BYTES:
            response.close()
            raise Away("an answer that is too long")
        response.release_conn()
        if response.status == 413:
            raise TooLarge
        if response.status != 200:
            raise Away(f"HTTP {response.status}", _seconds(response.headers.get("Retry-After", "")))
        return parse_answer(content, count)


def parse_answer(content: bytes, count: int) -> Answer:
    """The answer to `count` reports; raises Away for what is no such answer."""
    try:
        result = json.loads(content)["result"]
        interval, sent, monitors = result["interval"], result["reports"], result["monitors"]
        # type() and not isinstance(), as True is an int too.
        if type(interval) is not int or len(sent) != count:
            raise TypeError
        outcomes = tuple(_outcome(entry) for entry in sent)
        assigned = tuple(_assigned(monitor) for monitor in monitors)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Away("an answer that no dashboard gives; is the url right?") from None
    bounded = min(max(interval, SHORTEST_INTERVAL), LONGEST_INTERVAL)
    return Answer(bounded, outcomes, tuple(one for one in assigned if one))


def _outcome(entry: Mapping[str, Any]) -> Outcome:
    error = entry.get("error", "")
    if not isinstance(error, str):
        raise TypeError
    if error:
        return Outcome(error=error[:64], retry=entry.get("retry") is True)
    refused = tuple((one["monitor_id"], one["at"], str(one["error"])[:64]) for one in entry.get("refused", ()))
    return Outcome(_whole(entry["server_id"]), refused=refused)


def _assigned(sent: Mapping[str, Any]) -> tuple[Monitor, tuple[int, ...]] | None:
    """None for a monitor that agents cannot probe."""
    try:
        monitor = parse_monitor(sent)
    except UnusableMonitor:
        return None
    servers = tuple(_whole(server_id) for server_id in sent["server_ids"])
    return Monitor(monitor.id, sent["type"], sent["target"], monitor.interval), servers


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 < value < 2**63:
        raise TypeError
    return value


def _seconds(retry_after: str) -> float:
    """Retry-After in seconds; its other form, a date, needs clocks that agree, and counts as absent."""
    if not retry_after.isascii() or not retry_after.isdigit() or len(retry_after) > 9:
        return 0.0
    return float(min(int(retry_after), LONGEST_RETRY_AFTER))
