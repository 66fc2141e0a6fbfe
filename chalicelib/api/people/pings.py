"""A server's ping series with the counts of probes, which v0's lack: charts draw packet loss from them."""

from collections.abc import Iterable

from chalicelib.api.answers import Answer
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id
from chalicelib.api.json_output import json_text
from chalicelib.api.people.ranges import RANGE, ranged
from chalicelib.api.route import GUESTS_AND_READERS, OWN, Operation, Route
from chalicelib.fleet.access import read_of_server
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.pings import MINUTE, CountedSeries
from chalicelib.fleet.ranges import window


def ping_series(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    """An entry for each monitor that has points, ordered by ID. Visible to the same callers as v0's series."""
    server_id, asked = parse_id(id), window(call.query("range"), call.now)
    view, _, series = read_of_server(
        call.store, server_id, call.anyone, lambda: call.store.counted_series(server_id, asked)
    )
    minutes = {times: _minutes(times) for times in {one.minutes for one in series.values()}}  # mostly all the same
    entries = (
        _entry(view.monitors[id_], one, minutes[one.minutes], asked.step)
        for id_, one in series.items()
        if id_ in view.monitors
    )
    return ranged(call, f"[{','.join(entries)}]")


def _minutes(times: Iterable[int]) -> str:
    """Unix seconds as minutes since 1970, separated by commas."""
    return ",".join([str(at // MINUTE) for at in times])


def _entry(monitor: Monitor, series: CountedSeries, minutes: str, step: int) -> str:
    """delays: mean ms of the probes that succeeded, 0 if none did. up, down: numbers of probes.

    least, most: only in steps longer than a minute: the lowest and the highest mean of a minute, in ms.
    """
    names = json_text({"monitor_id": monitor.id, "monitor_name": monitor.name, "type": monitor.type, "step": step})
    columns = {
        "delays": series.delays,
        "up": series.up,
        "down": series.down,
        "least": series.least,
        "most": series.most,
    }
    # The columns are decimal text already.
    texts = [f'"{name}":[{",".join(column)}]' for name, column in columns.items() if column is not None]
    lists = [f'"minutes":[{minutes}]', *texts]
    return f"{names[:-1]},{','.join(lists)}}}"


ROUTES = (
    Route(
        "GET",
        "/api/ping/{id}",
        ping_series,
        GUESTS_AND_READERS,
        Operation(
            "countedSeries",
            "Returns a server's ping series, with the counts of probes",
            result="CountedSeries[]",
            outcome="One entry for each monitor that has points, ordered by monitor ID.",
            description="Guests can read the series of visible servers while the public page is on; everything else "
            "requires the `read` scope or a session. To guests, a server that does not exist looks like a hidden one. "
            "A credential that is not accepted counts as none.",
            query=(RANGE,),
            about="server",
            errors=(403, 413),
        ),
        cache=OWN,
    ),
)
