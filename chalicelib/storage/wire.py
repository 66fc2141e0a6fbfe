"""DynamoDB's API on the wire: the path of every call, of which a batch of reports makes a dozen.

A call is one JSON text, posted with seven headers, and its answer another. botocore takes 700 microseconds of CPU for
that, of which the socket itself needs 10: it walks its model of the service over every parameter and every attribute,
works out the endpoint and the user agent anew, and reads an answer's head as if it were an e-mail's. So botocore finds
the credentials here, and nothing else; the rest takes 40 microseconds. docs/decisions/0008-wire.md has the figures.
"""

import binascii
import json
import select
import socket
import ssl
from time import gmtime, strftime
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import NoCredentialsError
from botocore.httpsession import get_cert_path
from botocore.session import get_session

from chalicelib.storage.signature import authorization

CONTENT_TYPE = "application/x-amz-json-1.0"
API = "DynamoDB_20120810"

HEAD_LINE_BYTES = 65_536
"""The longest line of an answer's head that is read."""


class Refused(Exception):
    """Raised when DynamoDB answers with an error. code: its name, "" for none. answer: all that it says."""

    def __init__(self, code: str, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{code or status}: {answer.get('message') or answer.get('Message') or 'no reason was given'}")
        self.code = code
        self.status = status
        self.answer = answer


class Connection:
    """To one DynamoDB, AWS's own of a region or the one at `url`. Thread-safe: each call has a socket to itself.

    connect_seconds, read_seconds: how long to wait for a socket to open, and for each piece of an answer.
    """

    def __init__(self, url: str | None, region: str, *, connect_seconds: float, read_seconds: float) -> None:
        self._idle: list[_Channel] = []
        self._region = region
        parts = urlsplit(url or _aws_url(region))
        self._host = parts.netloc.rpartition("@")[2]
        self._path = parts.path or "/"
        self._url = f"{parts.scheme}://{self._host}{self._path}"
        self._session = get_session()
        self._events = self._session.get_component("event_emitter")
        self._credentials: Any = None
        is_secure = parts.scheme == "https"
        self._port = (parts.hostname or "", parts.port or (443 if is_secure else 80))
        self._tls = self._tls_context() if is_secure else None
        self._seconds = (connect_seconds, read_seconds)

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """An operation's answer in DynamoDB's JSON, in which binary values are base64; among parameters bytes may be.

        Raises Refused, OSError when there is no answer, and botocore's NoCredentialsError or PartialCredentialsError.
        """
        body = json.dumps(parameters, default=_base64, separators=(",", ":")).encode()
        headers = self._signed(operation, body)
        status, text = self._answer_of_others(operation, headers, body) or self._send(headers, body)
        answer = _object(text)
        if status != 200:
            raise Refused(str(answer.get("__type", "")).rpartition("#")[2], status, answer)
        if not answer and text not in (b"", b"{}"):
            raise ConnectionError("what answers is no DynamoDB: it does not send JSON")
        return answer

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def __del__(self) -> None:
        self.close()

    def _signed(self, operation: str, body: bytes) -> dict[str, str]:
        if self._credentials is None:
            self._credentials = self._session.get_credentials()
        if self._credentials is None:
            raise NoCredentialsError
        found = self._credentials.get_frozen_credentials()
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

    def _answer_of_others(self, operation: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes] | None:
        """botocore's event before it sends: what traces calls or stands in for AWS, as moto does, goes on working."""
        request = AWSPreparedRequest("POST", self._url, headers, body, stream_output=False)
        for _, answer in self._events.emit(f"before-send.dynamodb.{operation}", request=request):
            if answer is not None:
                return answer.status_code, answer.content
        return None

    def _send(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {self._path} HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n"
        channel = self._channel()
        try:
            answer = channel.exchange(head.encode("latin-1") + body)
        except BaseException:
            channel.close()
            raise
        if channel.is_open:
            self._idle.append(channel)
        else:
            channel.close()
        return answer

    def _channel(self) -> "_Channel":
        """One that was used before and is still open, or a new one."""
        while self._idle:
            try:
                channel = self._idle.pop()
            except IndexError:  # another thread took the last one
                break
            if channel.is_quiet():
                return channel
            channel.close()
        return _Channel(self._port, self._seconds, self._tls)

    def _tls_context(self) -> ssl.SSLContext:
        own = self._session.get_config_variable("ca_bundle")
        return ssl.create_default_context(cafile=own or get_cert_path(True))


class _Channel:
    """One socket, kept open between calls. Raises OSError when it cannot be opened."""

    def __init__(self, port: tuple[str, int], seconds: tuple[float, float], tls: ssl.SSLContext | None) -> None:
        connect_seconds, read_seconds = seconds
        plain = socket.create_connection(port, connect_seconds)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = tls.wrap_socket(plain, server_hostname=port[0]) if tls else plain
        except BaseException:
            plain.close()
            raise
        self._socket.settimeout(read_seconds)
        self._file = self._socket.makefile("rb")
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self.is_open = True

    def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to a request; raises OSError when none comes."""
        self._socket.sendall(request)
        version, _, rest = self._line().partition(b" ")
        if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
            raise ConnectionError("what answers is no DynamoDB: it does not speak HTTP/1.1")
        headers = self._headers()
        if version == b"HTTP/1.0" or headers.get(b"connection", b"").lower() == b"close":
            self.is_open = False
        return int(rest[:3]), self._body(headers)

    def is_quiet(self) -> bool:
        """Whether the other side neither closed it nor sent what nobody asked for."""
        return not self._poll.poll(0)

    def close(self) -> None:
        self.is_open = False
        self._file.close()
        self._socket.close()

    def _headers(self) -> dict[bytes, bytes]:
        headers = {}
        while line := self._line():
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        return headers

    def _body(self, headers: dict[bytes, bytes]) -> bytes:
        if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
            return self._chunks()
        length = headers.get(b"content-length", b"")
        if not length.isdigit():
            raise ConnectionError("an answer without a length")
        return self._exactly(int(length))

    def _chunks(self) -> bytes:
        chunks = []
        while size := _hexadecimal(self._line().partition(b";")[0]):
            chunks.append(self._exactly(size))
            self._line()
        self._headers()
        return b"".join(chunks)

    def _line(self) -> bytes:
        line = self._file.readline(HEAD_LINE_BYTES)
        if not line.endswith(b"\n"):
            raise ConnectionError("the connection ended within an answer")
        return line.rstrip(b"\r\n")

    def _exactly(self, size: int) -> bytes:
        read = self._file.read(size)
        if len(read) < size:
            raise ConnectionError("the connection ended within an answer")
        return read


def binary(value: dict[str, Any]) -> bytes:
    """The bytes of {"B": base64 text}, as answers have them."""
    return binascii.a2b_base64(value["B"])


def _aws_url(region: str) -> str:
    return f"https://dynamodb.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return binascii.b2a_base64(value, newline=False).decode("ascii")
    raise TypeError(f"DynamoDB takes no {type(value).__name__}")


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _hexadecimal(digits: bytes) -> int:
    try:
        return int(digits, 16)
    except ValueError:
        raise ConnectionError("a chunk without a size") from None
