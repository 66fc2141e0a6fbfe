"""The v0 route of a server's ping series."""

from chalicelib.api.service import Answer, Call, Service, success
from chalicelib.fleet.access import GUEST, may_see
from chalicelib.fleet.errors import Forbidden, NotFound
from chalicelib.fleet.servers import parse_id


def add_routes(service: Service) -> None:
    service.route("GET", "/api/v1/monitor/{id}", guarded=False)(monitor_series)


def monitor_series(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    server_id = parse_id(id)
    server = call.store.fleet().by_id.get(server_id)
    if server is None:
        raise NotFound(f"There is no server {server_id}.")
    hidden = server.hide_for_guest
    if not may_see(GUEST, hidden=hidden) and not may_see(call.sender(), hidden=hidden):
        raise Forbidden("This server is hidden; send a token that may read.")
    return success("null")
