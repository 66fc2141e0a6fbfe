"""The fast transport: DynamoDB's API over http.client, for Lambda, where a batch of reports makes a dozen calls.

A call is a JSON text, posted with seven headers, and its answer is another. botocore's client takes 850 microseconds of
CPU for that, because it walks its model of the service over every parameter and every attribute and works out the
endpoint and the user agent for each call. This takes a seventh; botocore only finds the credentials.
docs/decisions/0008-transports.md has the figures, and says what the fast transport leaves out.
"""

import json
import select
import ssl
import threading
import time
from binascii import b2a_base64
from collections import deque
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import gmtime, strftime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError
from botocore.httpsession import get_cert_path
from botocore.session import Session

from chalicelib.signature import authorization
from chalicelib.storage.calls import Clock
from chalicelib.storage.failures import CallRefused, NoAnswer, SetupError

CONTENT_TYPE = "application/x-amz-json-1.0"
API = "DynamoDB_20120810"

IDLE_SECONDS = 20.0
"""How long a socket may be idle and still be used. While a Lambda is frozen, the other side may have closed it."""


class FastTransport:
    """Calls to the DynamoDB at `url`. Thread-safe: a call uses a socket alone, and leaves it for later calls.

    connect_seconds, read_seconds: how long to wait for a socket to open, and for each piece of an answer.
    """

    def __init__(
        self,
        session: Session,
        url: str,
        region: str,
        *,
        connect_seconds: float,
        read_seconds: float,
        clock: Clock = time,
    ) -> None:
        self._lock = threading.Lock()
        self._idle: deque[_Idle] = deque()  # the one that was used last is at the right end
        parts = urlsplit(url)
        is_secure = parts.scheme == "https"
        self._session = session
        self._region = region
        self._host = parts.netloc.rpartition("@")[2]
        self._path = parts.path or "/"
        self._address = (parts.hostname or "", parts.port or (443 if is_secure else 80))
        self._tls = _tls_context(session) if is_secure else None
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._clock = clock
        self._credentials: Any = None

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Implements Transport.call. If a reused socket fails, NoAnswer `is_stale`, and all idle ones are closed."""
        body = json.dumps(parameters, default=_base64, separators=(",", ":")).encode()
        status, text = self._send(self._signed(operation, body), body)
        answer = _object(text)
        if status != 200:
            raise CallRefused(str(answer.get("__type", "")).rpartition("#")[2], status, answer)
        if not answer and text not in (b"", b"{}"):
            raise NoAnswer(ConnectionError("this is not a DynamoDB endpoint: its answer is not JSON"))
        return answer

    def close(self) -> None:
        while self._idle:
            self._idle.pop().channel.close()

    def __del__(self) -> None:
        self.close()

    def _signed(self, operation: str, body: bytes) -> dict[str, str]:
        found = self._frozen_credentials()
        headers = {
            "content-type": CONTENT_TYPE,
            "host": self._host,
            "x-amz-date": strftime("%Y%m%dT%H%M%SZ", gmtime()),
            "x-amz-target": f"{API}.{operation}",
        }
        if found.token:
            headers["x-amz-security-token"] = found.token
        headers["authorization"] = authorization(
            found.access_key, found.secret_key, self._region, self._path, headers, body
        )
        return headers

    def _frozen_credentials(self) -> Any:
        try:
            if self._credentials is None:
                self._credentials = self._session.get_credentials()
            if self._credentials is not None:
                return self._credentials.get_frozen_credentials()
        except BotoCoreError as error:
            raise SetupError(str(error)) from error
        raise SetupError("Unable to locate credentials")

    def _send(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer; raises NoAnswer."""
        reused = self._reusable()
        try:
            channel = reused or self._new_channel()
            answer = self._exchange(channel, headers, body)
        except OSError as error:
            if reused:
                self.close()
            raise NoAnswer(error, is_stale=reused is not None) from error
        if channel.sock is not None:  # otherwise, the other side asked to close it
            self._keep(channel)
        return answer

    def _exchange(self, channel: HTTPConnection, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. If no complete one comes, closes the channel and raises OSError."""
        try:
            channel.request("POST", self._path, body, headers)
            answer = channel.getresponse()
            if answer.length is None and not answer.chunked:
                raise ConnectionError("an answer without a length")
            return answer.status, answer.read()
        except HTTPException as error:
            channel.close()
            raise ConnectionError(f"the answer is incomplete or not HTTP: {type(error).__name__}") from None
        except BaseException:
            channel.close()
            raise

    def _reusable(self) -> HTTPConnection | None:
        """The channel that was used last, if it still seems open and was not idle for too long."""
        oldest = self._clock.monotonic() - IDLE_SECONDS
        with self._lock:
            while self._idle and self._idle[0].since < oldest:
                self._idle.popleft().channel.close()
            while self._idle:
                channel = self._idle.pop().channel
                if _is_quiet(channel):
                    return channel
                channel.close()
        return None

    def _keep(self, channel: HTTPConnection) -> None:
        with self._lock:
            self._idle.append(_Idle(self._clock.monotonic(), channel))

    def _new_channel(self) -> HTTPConnection:
        channel: HTTPConnection
        if self._tls:
            channel = HTTPSConnection(*self._address, timeout=self._connect_seconds, context=self._tls)
        else:
            channel = HTTPConnection(*self._address, timeout=self._connect_seconds)
        try:
            channel.connect()
        except BaseException:
            channel.close()
            raise
        channel.sock.settimeout(self._read_seconds)
        return channel


class _Idle(NamedTuple):
    since: float
    channel: HTTPConnection


def _tls_context(session: Session) -> ssl.SSLContext:
    own = session.get_config_variable("ca_bundle")
    return ssl.create_default_context(cafile=own or get_cert_path(True))


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return b2a_base64(value, newline=False).decode("ascii")
    raise TypeError(f"DynamoDB has no type for a {type(value).__name__}")


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_quiet(channel: HTTPConnection) -> bool:
    """Whether the other side has neither closed the socket nor sent anything unasked."""
    poll = select.poll()
    poll.register(channel.sock, select.POLLIN)
    return not poll.poll(0)
