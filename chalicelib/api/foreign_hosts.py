"""Refuses requests for foreign host names where the dashboard runs on its operator's machine, under any server."""

from collections.abc import Callable, Collection

from chalice.app import Request, Response

from chalicelib.api.answers import failure
from chalicelib.api.host_names import FOREIGN, host_name, is_own
from chalicelib.api.serving import response_of

Middleware = Callable[[Request, Callable[[Request], Response]], Response]


def refuse_foreign_hosts(names: Collection[str]) -> Middleware:
    """Middleware for Chalice. names: which a Host header may have beside loopback ones, as `host_name` returns them."""

    def check(event: Request, get_response: Callable[[Request], Response]) -> Response:
        header = event.headers.get("host")  # which every browser sends
        if header is None or is_own(host_name(header), names):
            return get_response(event)
        return response_of(failure(403, FOREIGN))

    return check
