"""Serves a WSGI application over HTTP/1.1 on loopback, with waitress.

waitress's event loop buffers slow clients, so a request occupies a thread only once it is complete.
"""

import json
import logging
import re
import socket
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from wsgiref.types import WSGIApplication

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge

from chalicelib.api.security_headers import SECURITY_HEADERS

MAX_BODY = 10 * 1024 * 1024
"""Largest request body in bytes, as in API Gateway."""

MAX_HEAD = 10_240
"""Largest size in bytes of request line and headers together, as in API Gateway."""

JSON = "application/json; charset=utf-8"

THREADS = 8
IDLE_SECONDS = 60
CONNECTIONS = 500
DRAIN_SECONDS = 10
STOP_SECONDS = 1


class HttpServer:
    """Serves a WSGI application on 127.0.0.1. It listens once it is created; raises OSError if the port is not usable.

    port: the port that it listens on.
    """

    def __init__(self, application: WSGIApplication, port: int) -> None:
        # Bound here because waitress leaves its socket open if it cannot bind.
        listener = socket.create_server(("127.0.0.1", port))
        self.port: int = listener.getsockname()[1]
        self._sockets: dict[int, Any] = {}
        self._dispatcher = ThreadedTaskDispatcher()
        # Browsers open more connections than there are threads; a short queue is not worth a log line.
        self._dispatcher.queue_logger = logging.getLogger(__name__).getChild("queue")
        self._dispatcher.queue_logger.setLevel(logging.ERROR)
        self._dispatcher.set_thread_count(THREADS)
        self._waitress: Any = _Listener(
            application,
            self._sockets,
            _sock=listener,
            dispatcher=self._dispatcher,
            adj=_adjustments(),
            sockinfo=(listener.family, listener.type, None, listener.getsockname()),
            bind_socket=False,
        )
        self._running = self._closing = False
        self._released = threading.Lock()

    def run(self) -> None:
        """Serves until `close`, then releases the port. Requests in progress get a second to finish."""
        self._running = True
        try:
            while not self._closing:
                wasyncore.loop(timeout=1, use_poll=True, map=self._sockets, count=1)
        finally:
            self._running = False
            self._release()

    def close(self) -> None:
        """Makes `run` return. May be called from any thread, from a signal handler, and more than once."""
        self._closing = True
        if not self._running:
            self._release()
            return
        # Without a callback, because that takes a lock, which the thread of a signal handler may hold already.
        with suppress(OSError):
            self._waitress.pull_trigger()

    def _release(self) -> None:
        if not self._released.acquire(blocking=False):
            return
        self._dispatcher.shutdown(timeout=STOP_SECONDS)
        for channel in list(self._waitress.active_channels.values()):
            channel.abandon()
        self._waitress.close()


def error_body(code: int, message: str) -> bytes:
    """Returns an error in this project's format: `{"code": code, "message": message}`."""
    return json.dumps({"code": code, "message": message}, separators=(",", ":")).encode()


def status_line(status: int) -> str:
    """Returns, for example, `404 Not Found`; an unknown status has no phrase."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} "


def _adjustments() -> Adjustments:
    return Adjustments(
        asyncore_use_poll=True,
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=10,
        # API Gateway passes X-Forwarded-* on as well; the application must not trust them.
        clear_untrusted_proxy_headers=False,
        connection_limit=CONNECTIONS,
        ident="",
        log_socket_errors=False,
        # waitress refuses sizes that equal its limits.
        max_request_header_size=MAX_HEAD + 1,
        # This limit counts the framing of chunks as well; `_Parser` measures the body itself.
        max_request_body_size=2 * MAX_BODY,
    )


class _Parser(HTTPRequestParser):
    """Fixes faults of waitress's parser.

    waitress closes the connection without an answer if Python cannot parse the URL or the length; it accepts control
    characters in a URL, but not UTF-8, which curl sends unencoded; it counts the framing of chunks towards the body
    limit; and it leaves clients waiting forever for `100 Continue` if the request is complete or refused already.
    """

    path = ""

    def received(self, data: bytes) -> int:
        consumed = super().received(data)
        if self.body_rcv is not None and not self.error and self._body_length() > MAX_BODY:
            self.error = RequestEntityTooLarge("")
        if self.error:
            self.completed = True
        if self.completed:
            self.expect_continue = False
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        line, end, headers = header_plus.partition(b"\r\n")
        if _CONTROL.search(line):
            raise ParsingError("control character in the request line")
        try:
            super().parse_header(_BEYOND_ASCII.sub(_percent_encoded, line) + end + headers)
        except ValueError as error:
            raise ParsingError("invalid URL or length") from error

    def _body_length(self) -> int:
        return max(self.content_length, len(self.body_rcv or b""))


_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


def _percent_encoded(byte: re.Match[bytes]) -> bytes:
    return b"%%%02X" % ord(byte[0])


class _ErrorAnswer(ErrorTask):
    """Answers requests that are not HTTP, or too large, with this project's error format."""

    def execute(self) -> None:
        error: Any = self.request
        code, message = _MESSAGES[error.error.code]
        body = error_body(code, message)
        self.status = status_line(code)
        self.response_headers = [("Content-Type", JSON), *SECURITY_HEADERS.items()]
        self.set_close_on_finish()
        self.content_length = len(body)
        command: Any = getattr(self.channel.requests[0], "command", "")
        self.write(b"" if command == "HEAD" else body)


_MESSAGES = {
    400: (400, "This is not valid HTTP; check the request line, the headers and the length of the body."),
    413: (413, f"The body is too large; send at most {MAX_BODY} bytes."),
    431: (431, f"The request line and headers are too large; send at most {MAX_HEAD} bytes."),
    500: (500, "The server failed to handle this request; its log says why."),
    # waitress answers 501, but this is a mistake of the client, which monitoring should not count as a failure.
    501: (400, "Unsupported Transfer-Encoding; send the body chunked or with a Content-Length."),
}
"""Status and message by the status that waitress would send."""


class _Channel(HTTPChannel):
    parser_class = _Parser
    error_task_class = _ErrorAnswer

    _refused = False
    _draining_until: float | None = None

    def service(self) -> None:
        self._refused = self.requests[0].error is not None
        super().service()

    def received(self, data: bytes) -> bool:
        if self._draining_until is None:
            return super().received(data)
        if time.monotonic() > self._draining_until:
            self.abandon()
        return False

    def handle_close(self) -> None:
        if self._refused and self.connected and self._draining_until is None:
            self._drain()
        else:
            self.abandon()

    def _drain(self) -> None:
        # Closing while the rest of a refused request still arrives resets the connection, and the client never sees
        # the answer that says why.
        self._draining_until = time.monotonic() + DRAIN_SECONDS
        self.will_close = False
        connection: Any = self.socket
        try:
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            self.abandon()

    def abandon(self) -> None:
        """Closes the connection, whatever its state."""
        super().handle_close()
        if self.request is not None:
            self.request.close()


class _Listener(TcpWSGIServer):
    channel_class = _Channel
