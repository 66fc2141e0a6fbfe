"""The v0 route of a server's ping series."""

from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id
from chalicelib.api.serving import Service
from chalicelib.api.v0.words import series_json
from chalicelib.fleet.access import visible_server
from chalicelib.fleet.pings import kept_minutes


def add_routes(service: Service) -> None:
    service.open("GET", "/api/v1/monitor/{id}", monitor_series)


def monitor_series(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    """`null` when there are no points, as in v0."""
    view = call.store.view()
    server = visible_server(view, parse_id(id), call.sender)
    series = call.store.series(server.id, *kept_minutes(call.now))
    return success(series_json(server, series, view.monitors))
