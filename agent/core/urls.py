"""The dashboard's URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from agent.core.limits import LONGEST_URL


class BadUrl(Exception):
    """Raised when a URL cannot be a dashboard's. The message says what is wrong with it."""


@dataclass(frozen=True)
class Url:
    """A dashboard's URL. host: without brackets. prefix: the path without a slash at its end, "" for none."""

    scheme: str
    host: str
    port: int
    prefix: str
    text: str

    @property
    def is_unencrypted(self) -> bool:
        """Whether secrets would cross a network in the clear."""
        return self.scheme == "http" and not is_loopback(self.host)

    def __str__(self) -> str:
        return self.text


def parse_url(text: str) -> Url:
    """Raises BadUrl."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadUrl("is not a valid URL") from None
    # Other characters cannot stand in a request line, and http.client would raise an error at every report.
    if not all("!" <= character <= "~" for character in parts.path) or not host.isprintable() or " " in host:
        raise BadUrl("is not a valid URL")
    if parts.scheme not in ("http", "https") or not host:
        raise BadUrl("must start with https:// or http:// and name a host")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise BadUrl("must not contain a user name, a query or a fragment")
    usual = 443 if parts.scheme == "https" else 80
    return Url(parts.scheme, host, usual if port is None else port, parts.path.rstrip("/"), text)


_LAMBDA_HOST = re.compile(r"[a-z0-9]+\.lambda-url\.[a-z]+(-[a-z]+)+-[0-9]+\.on\.aws")


def report_url(text: str) -> Url | None:
    """Parses a URL for reports that a dashboard names; None for one that secrets may not be sent to.

    Only URLs of AWS Lambda functions over TLS are allowed, so that not even a forged answer can redirect secrets
    elsewhere.
    """
    try:
        url = parse_url(text) if len(text) <= LONGEST_URL else None
    except BadUrl:
        return None
    if url is None or (url.scheme, url.port, url.prefix) != ("https", 443, "") or not _LAMBDA_HOST.fullmatch(url.host):
        return None
    return url


def is_loopback(host: str) -> bool:
    """Whether a host name or an address is this host itself, without asking a name server."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_address(text: str) -> bool:
    """Whether this is an IPv4 or IPv6 address, without a zone."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text
