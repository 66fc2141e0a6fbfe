"""What the edge in front of API Gateway says of a viewer: believed only with this stack's own secret.

The edge replaces each of these headers that a client sends, and without the edge nobody knows the secret. Any other
header that proxies set is believed from nobody.
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
    """Who sent a request, on the network.

    address: of the peer. host: the one that the browser meant, with its port. country: lower-case ISO code, "" when
    there is no edge to tell it.
    """

    address: str
    host: str
    country: str = ""


def viewer_of(request: Request, secret: str) -> Viewer:
    """secret: what the edge proves itself by, "" when there is none."""
    headers: Mapping[str, Any] = request.headers
    # With bytes, as texts are compared in constant time only when they are ASCII.
    if secret and hmac.compare_digest(headers.get(SECRET, "").encode(), secret.encode()):
        return Viewer(headers.get(ADDRESS, ""), headers.get(HOST, ""), headers.get(COUNTRY, "").lower())
    address = request.context.get("identity", {}).get("sourceIp", "")
    return Viewer(str(address), headers.get("host", ""))
