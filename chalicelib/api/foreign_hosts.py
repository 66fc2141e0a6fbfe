"""Rejects requests for foreign host names under `make run`, whichever HTTP server passes them to the dashboard."""

from collections.abc import Callable, Collection

from chalice.app import Request, Response

from chalicelib.api.answers import failure
from chalicelib.api.host_names import FOREIGN, host_name, is_own
from chalicelib.api.serving import response_of

Middleware = Callable[[Request, Callable[[Request], Response]], Response]


def refuse_foreign_hosts(names: Collection[str]) -> Middleware:
    """Middleware for Chalice. names: allowed in addition to loopback names, in the form that `host_name` returns."""

    def check(event: Request, get_response: Callable[[Request], Response]) -> Response:
        header = event.headers.get("host")  # every browser sends one
        if header is None or is_own(host_name(header), names):
            return get_response(event)
        return response_of(failure(403, FOREIGN))

    return check
