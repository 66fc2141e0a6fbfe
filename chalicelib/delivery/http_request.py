"""Sends one HTTP request, which ends in time whatever the other side does, and which follows no redirect."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse

from chalicelib.delivery.addresses import ForbiddenAddress, resolved
from chalicelib.delivery.webhook_request import WebhookRequest

Resolve = Callable[[str, int], list[str]]
"""The addresses of a host and port that may be reached."""


def send(request: WebhookRequest, seconds: float, *, local: bool) -> str:
    """Sends a request. Returns "" if the answer was a success (200 to 299), otherwise what went wrong, fit to be shown.

    Never takes longer than `seconds`. local: whether loopback and private addresses may be reached.
    """
    result: Future[str] = Future()
    attempt = _Attempt(request, time.monotonic() + seconds, lambda host, port: resolved(host, port, local=local))
    # A daemon: a resolver that hangs must hold up neither the next message nor the end of the process.
    threading.Thread(target=attempt.run, args=(result,), daemon=True, name="webhook").start()
    try:
        return result.result(seconds)
    except TimeoutError:
        attempt.cut()
        return "no answer in time"


class _Attempt:
    """One attempt, which another thread may cut off."""

    def __init__(self, request: WebhookRequest, deadline: float, resolve: Resolve) -> None:
        self._request = request
        self._deadline = deadline
        self._resolve = resolve
        self._socket: socket.socket | None = None
        self._is_cut = False

    def run(self, result: "Future[str]") -> None:
        try:
            result.set_result(self._failure())
        except ForbiddenAddress:
            result.set_result("the address is not allowed")
        except TimeoutError:
            result.set_result("no answer in time")
        except ssl.SSLCertVerificationError as error:
            result.set_result(f"the certificate is not valid: {error.verify_message}")
        except (OSError, HTTPException, ValueError) as error:
            result.set_result(_shown(error))
        except BaseException as error:
            result.set_exception(error)
            raise

    def cut(self) -> None:
        self._is_cut = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _failure(self) -> str:
        request = self._request
        addresses = self._resolve(request.host, request.port)
        with closing(self._connected(addresses)) as plain:
            self._socket = plain
            if not request.secure:
                return self._answer(plain)
            # The connection is to an address that was checked; only the TLS handshake and the Host header use the name.
            with closing(_context(request.verify).wrap_socket(plain, server_hostname=request.host)) as secure:
                self._socket = secure
                return self._answer(secure)

    def _connected(self, addresses: Sequence[str]) -> socket.socket:
        for place, address in enumerate(addresses):
            try:
                return socket.create_connection((address, self._request.port), self._left())
            except OSError:
                if place == len(addresses) - 1:
                    raise
        raise AssertionError("unreachable")

    def _answer(self, connected: socket.socket) -> str:
        request = self._request
        connected.settimeout(self._left())
        connection = HTTPConnection(request.host, request.port)
        connection.sock = connected
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value.encode("utf-8"))
        connection.endheaders(request.body or None)
        with closing(connection.getresponse()) as response:
            return "" if 200 <= response.status < 300 else _status(response)

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0 or self._is_cut:
            raise TimeoutError
        return left


def _status(response: HTTPResponse) -> str:
    reason = "".join(one for one in response.reason[:60] if one.isprintable())
    redirect = "; redirects are not followed" if 300 <= response.status < 400 and response.status != 304 else ""
    return f"the answer was {response.status} {reason}".rstrip() + redirect


def _shown(error: Exception) -> str:
    """What went wrong, without any part of the URL."""
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, ssl.SSLError):
        return "the TLS handshake failed"
    if isinstance(error, HTTPException):
        return "the answer is not HTTP"
    if isinstance(error, ValueError):
        return "the request cannot be sent"
    text = error.strerror if isinstance(error, OSError) and error.strerror else "the connection failed"
    return text[:1].lower() + text[1:]


def _context(verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
