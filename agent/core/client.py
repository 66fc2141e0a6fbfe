"""Reports over HTTP: requests of the dashboard's API, and their answers.

Proxies are not used and redirects are not followed: secrets go to the dashboard's host and nowhere else. No error
contains a secret.
"""

from __future__ import annotations

import json
import select
import socket
import ssl
import threading
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NoReturn

from agent.core.answers import Answer, NotTaken, TooLarge, message_in, one_line, parse_answer, retry_after
from agent.core.limits import ANSWER_BYTES, CONNECT_SECONDS, READ_SECONDS
from agent.core.urls import Url

PATH = "/api/v1/agent/report"


Report = dict[str, Any]
"""One server's report.

secret: whose it is, unless the request's headers say so. at: Unix seconds of the state. ip: `v4`, `v6` or `v4/v6`.
host, state: as in `agent.core.figures`. Finished minutes are under the keys of `agent.core.kinds`.
"""


class Client:
    """Sends requests to one dashboard, from several threads at once if need be, over connections that stay open."""

    def __init__(self, url: Url, program: str, secret: str = "") -> None:
        """program: the User-Agent. secret: whose reports these are; "" when each report says so itself."""
        self._url = url
        self._headers = {"Content-Type": "application/json", "User-Agent": program}
        if secret:
            self._headers["Authorization"] = secret
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._lock = threading.Lock()
        self._idle: list[HTTPConnection] = []
        self._closed = False

    def send(self, reports: Sequence[Report]) -> Answer:
        """Raises NotTaken or TooLarge."""
        body = json.dumps({"reports": reports}, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()
        status, header, content = self._post(body)
        if status != 200:
            _raise_for(status, header, content)
        return parse_answer(content, len(reports))

    def close(self) -> None:
        """Requests that are under way in other threads end as they end."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _post(self, body: bytes) -> tuple[int, str, bytes]:
        """Status, Retry-After and content of the answer."""
        try:
            return self._reused(body) or self._exchange(self._connected(), body)
        except socket.timeout:
            raise NotTaken("time-out", f"the dashboard did not answer within {READ_SECONDS} s") from None
        except (OSError, HTTPException, ValueError) as error:
            raise NotTaken("connection", f"the connection to the dashboard broke: {_reason(error)}") from error

    def _reused(self, body: bytes) -> tuple[int, str, bytes] | None:
        """The same over an open connection, None when there is none."""
        connection = self._idle_connection()
        try:
            return self._exchange(connection, body) if connection else None
        except ConnectionError:
            # The dashboard closed it at that moment. Sending reports twice does no harm.
            return None

    def _exchange(self, connection: HTTPConnection, body: bytes) -> tuple[int, str, bytes]:
        """One request over this connection, which is closed when anything goes wrong."""
        try:
            connection.request("POST", self._url.prefix + PATH, body, self._headers)
            response = connection.getresponse()
            content = _content(response)
        except BaseException:
            connection.close()
            raise
        if len(content) > ANSWER_BYTES:
            connection.close()
            raise NotTaken("long answer", "the dashboard's answer is too long; check the URL")
        self._keep(connection, response)
        return response.status, response.headers.get("Retry-After", ""), content

    def _idle_connection(self) -> HTTPConnection | None:
        """One that is open and that the dashboard did not close meanwhile, None when there is none."""
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None or not _was_closed(connection):
                return connection
            connection.close()

    def _connected(self) -> HTTPConnection:
        connection: HTTPConnection
        if self._tls:
            connection = HTTPSConnection(self._url.host, self._url.port, timeout=CONNECT_SECONDS, context=self._tls)
        else:
            connection = HTTPConnection(self._url.host, self._url.port, timeout=CONNECT_SECONDS)
        try:
            connection.connect()
        except (OSError, ValueError) as error:
            connection.close()
            raise NotTaken("connection", _no_connection(error)) from error
        connection.sock.settimeout(READ_SECONDS)
        return connection

    def _keep(self, connection: HTTPConnection, response: HTTPResponse) -> None:
        # The response has taken over the socket if the dashboard closes it after this answer.
        if connection.sock is None or not response.isclosed():
            connection.close()
            return
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()


def _content(response: HTTPResponse) -> bytes:
    """The body, or its beginning when it is longer than ANSWER_BYTES."""
    content = b""
    while len(content) <= ANSWER_BYTES:
        piece = response.read(65536)
        if not piece:
            break
        content += piece
    return content


def _was_closed(connection: HTTPConnection) -> bool:
    """Whether there is something to read where nothing should come: the end, usually."""
    readable = select.poll()
    readable.register(connection.sock, select.POLLIN)
    return bool(readable.poll(0))


def _raise_for(status: int, header: str, content: bytes) -> NoReturn:
    kind = f"HTTP {status}"
    message = message_in(content)
    said = f"{kind}: {message}" if message else kind
    if status == 413:
        raise TooLarge(kind, f"the dashboard takes no request of this size ({said})", status=status)
    if status == 429 or status >= 500:
        text = f"the dashboard is busy or unavailable ({said})"
        raise NotTaken(kind, text, status=status, retry_after=retry_after(header))
    raise NotTaken(kind, f"the dashboard does not accept reports ({said}); check the URL", status=status)


def _no_connection(error: Exception) -> str:
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return "cannot resolve the dashboard's host name"
    if isinstance(error, ssl.SSLError):
        return f"no TLS connection to the dashboard: {_reason(error)}"
    if isinstance(error, socket.timeout):
        return f"the dashboard did not accept a connection within {CONNECT_SECONDS} s"
    return f"no connection to the dashboard: {_reason(error)}"


def _reason(error: Exception) -> str:
    return one_line((error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__)
