"""A server's ping series with the counts of probes, which v0's lack: charts draw packet loss from them."""

from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id
from chalicelib.api.json_output import json_text
from chalicelib.api.route import GUESTS_AND_PEOPLE, Operation, Route
from chalicelib.fleet.access import visible_server
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.pings import MINUTE, CountedSeries, shown_minutes


def ping_series(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    """An entry for each monitor that has points, by its ID. As visible as v0's series, but only sessions count."""
    server_id = parse_id(id)
    view, series = call.store.view_and(lambda: call.store.counted_series(server_id, *shown_minutes(call.now)))
    visible_server(view, server_id, call.person)
    entries = (_entry(view.monitors[id_], one) for id_, one in series.items() if id_ in view.monitors)
    return success(f"[{','.join(entries)}]")


def _entry(monitor: Monitor, series: CountedSeries) -> str:
    """minutes: since 1970. delays: mean ms of the probes that succeeded, 0 if none did. up, down: numbers of probes."""
    names = json_text({"monitor_id": monitor.id, "monitor_name": monitor.name})
    columns = {
        "minutes": (str(at // MINUTE) for at in series.minutes),
        "delays": series.delays,
        "up": series.up,
        "down": series.down,
    }
    # The columns are decimal text already.
    lists = (f'"{name}":[{",".join(column)}]' for name, column in columns.items())
    return f"{names[:-1]},{','.join(lists)}}}"


ROUTES = (
    Route(
        "GET",
        "/api/ping/{id}",
        ping_series,
        GUESTS_AND_PEOPLE,
        Operation(
            "countedSeries",
            "Returns a server's ping series of the last 24 hours, with the counts of probes",
            result="CountedSeries[]",
            outcome="One entry for each monitor that has points, ordered by monitor ID.",
            description="Guests can read the series of visible servers while the public page is on; everything else "
            "requires a session. To guests, a server that does not exist looks like a hidden one.",
            about="server",
            errors=(403, 413),
        ),
    ),
)
