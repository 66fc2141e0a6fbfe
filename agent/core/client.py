"""Sends reports to the dashboard's API, and reads the answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from agent.core.answers import Answer, NotTaken, TooLarge, message_in, parse_answer, retry_after
from agent.core.connections import Connections
from agent.core.limits import FOLLOW_AGAIN_SECONDS, FOLLOW_BUSY_SECONDS
from agent.core.notices import Notices
from agent.core.urls import Url, report_url

PATH = "/api/v1/agent/report"


Report = dict[str, Any]
"""One server's report.

secret: the server's, unless the request's `Authorization` header has it. at: Unix seconds of the state. ip: `v4`, `v6`
or `v4/v6`. host, state: as in `agent.core.figures`. Finished minutes are under the keys of `agent.core.record_kinds`.
"""


class Client:
    """Sends requests to one dashboard. Several threads may use it at once.

    The dashboard may name another URL for reports. Requests then go there, and to the dashboard itself while that URL
    fails. A secret counts as wrong only if the dashboard itself says so.
    """

    def __init__(
        self,
        url: Url,
        program: str,
        secret: str = "",
        *,
        allowed: Callable[[str], Url | None] = report_url,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """program: the User-Agent. secret: the server's secret; "" when each report carries its own.

        allowed: parses a URL for reports, and returns None for one that secrets may not be sent to.
        """
        self._headers = {"Content-Type": "application/json", "User-Agent": program}
        if secret:
            self._headers["Authorization"] = secret
        self._dashboard = Connections(url, self._headers)
        self._allowed = allowed
        self._monotonic = monotonic
        self._notices = Notices(monotonic)
        self._lock = threading.Lock()
        self._named = ""
        self._followed: Connections | None = None
        self._follow_again = float("-inf")

    def send(self, reports: Sequence[Report]) -> Answer:
        """Raises NotTaken or TooLarge."""
        body = json.dumps({"reports": reports}, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()
        # The dashboard learns a host's country only from requests that pass its edge.
        describes_itself = "Authorization" in self._headers and any("host" in report for report in reports)
        answer = None if describes_itself else self._send_elsewhere(body, len(reports))
        if answer is None:
            answer = _sent(self._dashboard, body, len(reports))
            self._follow(answer.report_url)
        return answer

    def close(self) -> None:
        """Closes idle connections. Requests in other threads still finish."""
        with self._lock:
            followed = self._followed
        for one in (self._dashboard, followed):
            if one:
                one.close()

    def _send_elsewhere(self, body: bytes, count: int) -> Answer | None:
        """The answer of the URL that the dashboard named; None when the request must go to the dashboard itself."""
        followed = self._followed
        if followed is None or self._monotonic() < self._follow_again:
            return None
        try:
            answer = _sent(followed, body, count)
        except NotTaken as error:
            is_busy = error.status == 429 or error.status >= 500
            self._follow_again = self._monotonic() + (FOLLOW_BUSY_SECONDS if is_busy else FOLLOW_AGAIN_SECONDS)
            self._notices.trouble(error.kind, f"reports go to the dashboard's own URL again for a while: {error}")
            return None
        if any(outcome.error == "unknown_secret" for outcome in answer.outcomes):
            return None
        return answer

    def _follow(self, named: str) -> None:
        """Sends reports to this URL from now on, to the dashboard's own if it is "" or not allowed."""
        with self._lock:
            if named == self._named:
                return
            before, self._named = self._followed, named
            url = self._allowed(named) if named else None
            self._followed = Connections(url, self._headers) if url else None
            self._follow_again = float("-inf")
        if before:
            before.close()
        if named and url is None:
            self._notices.trouble("not allowed", "the dashboard names a URL for reports that is not AWS Lambda's")
        elif url:
            self._notices.good(f"reports go to {url.host}")


def _sent(connections: Connections, body: bytes, count: int) -> Answer:
    status, header, content = connections.post(PATH, body)
    if status != 200:
        _raise_for(status, header, content)
    return parse_answer(content, count)


def _raise_for(status: int, header: str, content: bytes) -> NoReturn:
    kind = f"HTTP {status}"
    message = message_in(content)
    said = f"{kind}: {message}" if message else kind
    if status == 413:
        raise TooLarge(kind, f"the dashboard rejects requests of this size ({said})", status=status)
    if status == 429 or status >= 500:
        text = f"the dashboard is busy or unavailable ({said})"
        raise NotTaken(kind, text, status=status, retry_after=retry_after(header))
    raise NotTaken(kind, f"the dashboard does not accept reports ({said}); check the URL", status=status)
