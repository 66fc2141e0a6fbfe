"""The v0 route of a server's ping series."""

from chalicelib.api.service import Answer, Call, Service, success
from chalicelib.api.v0 import series_json
from chalicelib.fleet.access import GUEST, may_see
from chalicelib.fleet.errors import Forbidden, NotFound
from chalicelib.fleet.limits import PING_KEPT_SECONDS
from chalicelib.fleet.pings import MINUTE
from chalicelib.fleet.servers import Server, parse_id


def add_routes(service: Service) -> None:
    service.open("GET", "/api/v1/monitor/{id}", monitor_series)


def monitor_series(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    """`null` when there are no points, as in v0."""
    server_id = parse_id(id)
    view = call.store.view()
    server = view.fleet.by_id.get(server_id)
    if server is None:
        raise NotFound(f"There is no server {server_id}.")
    _require_sight(call, server, public_page=view.settings.public_page)
    until = int(call.now)
    since = until - PING_KEPT_SECONDS
    series = call.store.series(server_id, since - since % MINUTE, until)
    return success(series_json(server, series, view.monitors))


def _require_sight(call: Call, server: Server, *, public_page: bool) -> None:
    """Raises Forbidden; looks the credential up only where a guest may not see the server."""
    hidden = server.hide_for_guest
    if may_see(GUEST, hidden=hidden, public_page=public_page):
        return
    if not may_see(call.sender(), hidden=hidden, public_page=public_page):
        raise Forbidden("This server is not open to guests; send a token that may read.")
