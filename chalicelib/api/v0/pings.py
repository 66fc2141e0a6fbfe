"""The v0 route of a server's ping series."""

from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id
from chalicelib.api.route import GUESTS_AND_READERS, Operation, Route
from chalicelib.api.v0.words import series_json
from chalicelib.fleet.access import read_of_server
from chalicelib.fleet.ranges import window


def monitor_series(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    """`null` when there are no points, as in v0."""
    server_id = parse_id(id)
    asked = window("24h", call.now)
    view, server, series = read_of_server(
        call.store, server_id, call.sender, lambda: call.store.series(server_id, asked)
    )
    return success(series_json(server, series, view.monitors))


ROUTES = (
    Route(
        "GET",
        "/api/v1/monitor/{id}",
        monitor_series,
        GUESTS_AND_READERS,
        Operation(
            "pingSeries",
            "Returns a server's ping series of the last 24 hours",
            result="PingSeries",
            outcome="One entry for each monitor that has points, ordered by monitor ID; null if there are none.",
            description="Guests can read the series of visible servers while the public page is on; everything else "
            "requires the `read` scope or a session. To guests, a server that does not exist looks like a hidden one. "
            "A credential that is not accepted counts as none.",
            about="server",
            errors=(403, 413),
        ),
        any_site=True,
    ),
)
