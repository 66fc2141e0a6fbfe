"""The network address of whoever sent a request. The edge's headers are trusted only together with the stage's secret.

The edge replaces each of these headers if a client sends it, and without an edge nobody knows the secret. No other
forwarding header is trusted.
"""

import hmac
from collections.abc import Mapping
from typing import Any, NamedTuple

from chalice.app import Request

SECRET = "x-nezha-edge"  # noqa: S105 - the header's name
ADDRESS = "x-nezha-viewer-address"
HOST = "x-nezha-viewer-host"
COUNTRY = "cloudfront-viewer-country"


class Viewer(NamedTuple):
    """address: the peer's IP address. host: the one in the browser's address bar, with its port, as far as it is known.
    country: lower-case ISO code, "" without an edge. through_edge: whether the request came through it."""

    address: str
    host: str
    country: str = ""
    through_edge: bool = False


def viewer_of(request: Request, secret: str) -> Viewer:
    """secret: the edge's, "" if there is no edge."""
    headers: Mapping[str, Any] = request.headers
    # As bytes: strings are compared in constant time only if they are ASCII.
    if secret and hmac.compare_digest(headers.get(SECRET, "").encode(), secret.encode()):
        return Viewer(
            headers.get(ADDRESS, ""), headers.get(HOST, ""), headers.get(COUNTRY, "").lower(), through_edge=True
        )
    address = request.context.get("identity", {}).get("sourceIp", "")
    return Viewer(str(address), headers.get("host", ""))


def is_loopback(host: str) -> bool:
    """host: with or without a port."""
    name, _, _ = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "")
    return name in ("127.0.0.1", "localhost", "[::1]")
