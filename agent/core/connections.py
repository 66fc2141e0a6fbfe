"""Persistent HTTP connections to one host, for sending reports.

Proxies are not used and redirects are not followed: secrets go to this host and nowhere else. No error contains a
secret.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection

from agent.core.answers import NotTaken, one_line
from agent.core.deadline import Deadline, Overdue
from agent.core.limits import ANSWER_BYTES, CONNECT_SECONDS, EXCHANGE_SECONDS, READ_SECONDS
from agent.core.urls import Url


class Connections:
    """A pool of connections. Several threads may use it at once."""

    def __init__(self, url: Url, headers: Mapping[str, str]) -> None:
        self._url = url
        self._headers = dict(headers)
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._lock = threading.Lock()
        self._idle: list[HTTPConnection] = []
        self._closed = False

    def post(self, path: str, body: bytes) -> tuple[int, str, bytes]:
        """Status, Retry-After and content of the answer. Raises NotTaken."""
        try:
            return self._reused(path, body) or self._exchange(self._connected(), path, body)
        except Overdue:
            raise NotTaken("time-out", f"the dashboard did not answer within {EXCHANGE_SECONDS} s") from None
        except socket.timeout:
            raise NotTaken("time-out", f"the dashboard did not answer within {READ_SECONDS} s") from None
        except (OSError, HTTPException, ValueError) as error:
            raise NotTaken("connection", f"the connection to the dashboard broke: {_reason(error)}") from error

    def close(self) -> None:
        """Closes idle connections. Requests in other threads still finish."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _reused(self, path: str, body: bytes) -> tuple[int, str, bytes] | None:
        """The same as `post`, over an open connection; None if there is none."""
        connection = self._idle_connection()
        try:
            return self._exchange(connection, path, body) if connection else None
        except ConnectionError:
            # The dashboard closed it just now. It does no harm to send reports twice.
            return None

    def _exchange(self, connection: HTTPConnection, path: str, body: bytes) -> tuple[int, str, bytes]:
        """One request over this connection, which is closed when anything goes wrong."""
        try:
            with Deadline(connection.sock, EXCHANGE_SECONDS):
                connection.request("POST", self._url.prefix + path, body, self._headers)
                response = connection.getresponse()
                content = _content(response)
        except BaseException:
            connection.close()
            raise
        self._keep(connection, response)
        return response.status, response.headers.get("Retry-After", ""), content

    def _idle_connection(self) -> HTTPConnection | None:
        """An open connection that the dashboard has not closed meanwhile; None if there is none."""
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
            # The timeout bounds the TLS handshake as a whole, unlike reads: it does not start again with every byte.
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
    """The body. Raises NotTaken for one that is longer than ANSWER_BYTES."""
    content = bytearray()
    try:
        while piece := response.read(65536):
            content += piece
            if len(content) > ANSWER_BYTES:
                raise NotTaken("long answer", "the dashboard's answer is too long; check the URL")
    except BaseException:
        # It may have taken over the socket.
        response.close()
        raise
    return bytes(content)


def _was_closed(connection: HTTPConnection) -> bool:
    """Whether the socket is readable although no answer is due: usually, this is the end of the connection."""
    readable = select.poll()
    readable.register(connection.sock, select.POLLIN)
    return bool(readable.poll(0))


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
