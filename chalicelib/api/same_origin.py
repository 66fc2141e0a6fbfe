"""Whether a request comes from the dashboard's own pages: browsers send the cookie with other sites' requests, too.

Browsers state where a request comes from in `Sec-Fetch-Site`, which no page can forge. It decides alone where it is
sent: behind a proxy, the Host that arrives here may not be the one in the browser's address bar. Browsers that do not
send it, and those that talk plain HTTP, state the page's `Origin`, which must be ours.
"""

from collections.abc import Mapping

from chalicelib.api.viewer import Viewer, is_loopback
from chalicelib.fleet.errors import Forbidden


def require_own_page(headers: Mapping[str, str], viewer: Viewer, *, stated: bool) -> None:
    """Raises Forbidden if the request comes from another site's page.

    stated: whether it is also refused when it does not say where it comes from, as requests from scripts may not.
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
    """Whether this is the dashboard's origin. Without TLS it is on this machine only: elsewhere it could be forged."""
    scheme, _, name = origin.partition("://")
    if scheme == "http":
        return is_loopback(host) and name == host.removesuffix(":80")
    # A browser's origin leaves the default port out; some proxies add it to the Host.
    return scheme == "https" and name != "" and name == host.removesuffix(":443")
