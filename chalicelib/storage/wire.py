"""DynamoDB's API on the wire: the path of every call, of which a batch of reports makes a dozen.

A call is one JSON text, posted with seven headers, and its answer another. botocore takes 850 microseconds of CPU for
that: it walks its model of the service over every parameter and every attribute, and works out the endpoint and the
user agent anew. So botocore finds the credentials here, and nothing else; http.client does the rest in a seventh of
the time. docs/decisions/0008-wire.md has the figures.
"""

import binascii
import json
import select
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
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
        self._idle: list[HTTPConnection] = []
        self._region = region
        self._session = get_session()
        # As every AWS SDK does: without a URL in the environment, the configuration file may have one.
        parts = urlsplit(url or self._session.get_scoped_config().get("endpoint_url") or _aws_url(region))
        self._host = parts.netloc.rpartition("@")[2]
        self._path = parts.path or "/"
        self._url = f"{parts.scheme}://{self._host}{self._path}"
        self._events = self._session.get_component("event_emitter")
        self._credentials: Any = None
        is_secure = parts.scheme == "https"
        self._address = (parts.hostname or "", parts.port or (443 if is_secure else 80))
        self._tls = self._tls_context() if is_secure else None
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds

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
        """Status and body of the answer; raises OSError when no whole one comes."""
        channel = self._channel()
        try:
            channel.request("POST", self._path, body, headers)
            answer = channel.getresponse()
            if answer.length is None and not answer.chunked:
                raise ConnectionError("an answer without a length")
            text = answer.read()
        except HTTPException as error:
            channel.close()
            raise ConnectionError(f"what came is no whole answer: {type(error).__name__}") from None
        except BaseException:
            channel.close()
            raise
        if channel.sock is not None:  # else the other side asked for its end
            self._idle.append(channel)
        return answer.status, text

    def _channel(self) -> HTTPConnection:
        """One that was used before and is still open, or a new one."""
        while self._idle:
            try:
                channel = self._idle.pop()
            except IndexError:  # another thread took the last one
                break
            if _is_quiet(channel):
                return channel
            channel.close()
        return self._new_channel()

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

    def _tls_context(self) -> ssl.SSLContext:
        own = self._session.get_config_variable("ca_bundle")
        return ssl.create_default_context(cafile=own or get_cert_path(True))


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


def _is_quiet(channel: HTTPConnection) -> bool:
    """Whether the other side neither closed it nor sent what nobody asked for."""
    poll = select.poll()
    poll.register(channel.sock, select.POLLIN)
    return not poll.poll(0)
