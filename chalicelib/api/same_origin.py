"""Whether a request comes from the dashboard's own pages: browsers send the cookie with other sites' requests, too.

Browsers state where a request comes from in `Sec-Fetch-Site`, which no page can forge. If it is sent, it alone decides:
behind a proxy, the Host that arrives here may not be the one in the browser's address bar. Old browsers, and browsers
that use plain HTTP, do not send it; they state the page's `Origin`, which must be the dashboard's.
"""

from collections.abc import Mapping

from chalicelib.api.viewer import Viewer, is_loopback
from chalicelib.fleet.errors import Forbidden


def require_own_page(headers: Mapping[str, str], viewer: Viewer, *, stated: bool) -> None:
    """Raises Forbidden if the request comes from another site's page.

    stated: whether a request that has neither header is refused, too, as one from a script may be.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        is_own = site == "same-origin"
    elif origin is not None:
        is_own = _is_own_origin(origin, viewer.host)
    else:
        is_own = not stated
    if not is_own:
        raise Forbidden(
            "This request must come from this dashboard's own pages; scripts must send Sec-Fetch-Site: same-origin.",
            error="cross_site",
        )


def _is_own_origin(origin: str, host: str) -> bool:
    """Whether this is the dashboard's origin. Without TLS, it must be on this machine: elsewhere it can be forged."""
    scheme, _, name = origin.partition("://")
    if scheme == "http":
        return is_loopback(host) and name == host.removesuffix(":80")
    # A browser's origin leaves the default port out; some proxies add it to the Host.
    return scheme == "https" and name != "" and name == host.removesuffix(":443")
