"""Whether a request comes from the dashboard's own pages: a browser sends the cookie along for other sites, too."""

from chalice.app import Request

from chalicelib.api.viewer import Viewer
from chalicelib.fleet.errors import Forbidden


def require_same_origin(request: Request, viewer: Viewer) -> None:
    """Raises Forbidden unless one of our pages sent this, for changes with a session."""
    if request.headers.get("sec-fetch-site") != "same-origin" and not _is_own_origin(request, viewer):
        raise Forbidden(
            "Requests that make changes must come from this dashboard's own pages; "
            "scripts must send Sec-Fetch-Site: same-origin.",
            error="cross_site",
        )


def require_no_other_site(request: Request, viewer: Viewer) -> None:
    """Raises Forbidden when a browser says that another site's page sent this, for changes without a session."""
    if request.headers.get("origin") and not _is_own_origin(request, viewer):
        raise Forbidden("This request must come from this dashboard's own pages.", error="cross_site")


def _is_own_origin(request: Request, viewer: Viewer) -> bool:
    host = viewer.host
    return bool(host) and request.headers.get("origin") in (f"https://{host}", f"http://{host}")
