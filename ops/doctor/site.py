"""Sends requests to a deployed dashboard as its clients do, or to an emulated AWS if AWS_ENDPOINT_URL names one."""

import http.client
import json
import os
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ops.errors import OpsError

SECONDS = 35
"""The timeout. Longer than API Gateway waits for a function, so that API Gateway's own answer is seen."""


@dataclass(frozen=True)
class Reply:
    """headers: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, or None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class SiteClient:
    """One way to the dashboard. url: without a slash at its end."""

    url: str

    def __post_init__(self) -> None:
        """Raises OpsError if `url` is not a URL."""
        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname:
            raise OpsError(f"{self.url!r} is not a URL; use the one that make deploy printed")

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"", scheme: str = ""
    ) -> Reply:
        """Raises OpsError when there is no answer. scheme: used in place of the URL's scheme."""
        url = urlsplit(self.url)
        scheme = scheme or url.scheme
        host = url.netloc
        own = {"Host": host, "Connection": "close", "Content-Length": str(len(body))} if body else {"Host": host}
        try:
            with closing(self._connection(scheme)) as connection:
                if emulator():
                    own["X-Forwarded-Proto"] = scheme
                connection.request(method, url.path + path, body or None, {**own, **(headers or {})})
                answer = connection.getresponse()
                return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise OpsError(f"no answer from {host}: {error or type(error).__name__}") from None

    def _connection(self, scheme: str) -> http.client.HTTPConnection:
        url = urlsplit(emulator() or self.url)
        assert url.hostname  # noqa: S101 - checked above
        if not emulator() and scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(url.hostname, url.port, timeout=SECONDS, context=context)
        port = url.port if url.scheme == scheme or emulator() else None
        return http.client.HTTPConnection(url.hostname, port, timeout=SECONDS)


def emulator() -> str:
    """The URL of an emulated AWS, which answers for every host of AWS; "" for AWS itself."""
    return os.environ.get("AWS_ENDPOINT_URL", "")
