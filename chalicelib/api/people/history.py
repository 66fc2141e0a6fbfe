"""A server's history: its figures, minute by minute or in longer steps."""

import re

from chalicelib.api.answers import Answer
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id
from chalicelib.api.json_output import json_text
from chalicelib.api.people.ranges import RANGE, ranged
from chalicelib.api.route import GUESTS_AND_READERS, OWN, Operation, Route
from chalicelib.api.watching import note_watching
from chalicelib.fleet.access import GUEST, Caller, read_of_server
from chalicelib.fleet.history import COLUMNS, Steps
from chalicelib.fleet.ranges import Window, window


def server_history(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    server_id, asked = parse_id(id), window(call.query("range"), call.now)
    view, _, found = read_of_server(call.store, server_id, call.anyone, lambda: call.store.history(server_id, asked))
    note_watching(call, view, Caller("token") if call.credential and not call.session else GUEST)
    return ranged(call, _object(asked, found))


def _object(asked: Window, found: Steps) -> str:
    """The columns are decimal text already."""
    columns = zip((column.shown for column in COLUMNS), found.columns, strict=True)
    lists = [f'"{name}":[{_with_nulls(values) if found.times else ""}]' for name, values in columns]
    at = json_text([*found.times])
    return f'{{"step":{asked.step},"from":{asked.since},"to":{asked.until},"at":{at},{",".join(lists)}}}'


def _with_nulls(values: str) -> str:
    """Comma-separated values as JSON, with null for each that is empty."""
    values = f",{values},"
    if _GAP.search(values):
        values = values.replace(",,", ",null,").replace(",,", ",null,")
    return values[1:-1]


_GAP = re.compile(",,")
"""In text with many commas, a regular expression finds a gap in half the time that `in` takes."""


ROUTES = (
    Route(
        "GET",
        "/api/history/{id}",
        server_history,
        GUESTS_AND_READERS,
        Operation(
            "history",
            "Returns a server's figures over time: CPU, memory, traffic and more",
            result="History",
            outcome="One list for each figure. All have the length of `at`.",
            description="Guests can read the history of visible servers while the public page is on; everything else "
            "requires the `read` scope or a session. To guests, a server that does not exist looks like a hidden one. "
            "A credential that is not accepted counts as none.",
            query=(RANGE,),
            about="server",
            errors=(403, 413),
        ),
        cache=OWN,
    ),
)
