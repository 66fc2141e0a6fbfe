"""Events: what rules found, and whether the messages about it were delivered."""

from dataclasses import asdict
from typing import NamedTuple

from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.fleet.access import may
from chalicelib.fleet.alerts import events
from chalicelib.fleet.alerts.ledger import EventRecord
from chalicelib.fleet.alerts.open_events import visible_to_guests
from chalicelib.fleet.errors import Forbidden, InvalidInput
from chalicelib.fleet.limits import EVENTS_AN_ANSWER

GUESTS_SEE = ("id", "rule", "server_id", "server", "monitor_id", "monitor", "began", "ended")


def list_events(call: Call) -> Answer:
    view = call.store.view()
    private = may(call.person(), "read")
    visible = _everything if private else visible_to_guests(view)
    if visible is None:
        raise Forbidden("Events are not public; sign in to see them.", error="events_private")
    limit = _number(call, "limit", EVENTS_AN_ANSWER) or EVENTS_AN_ANSWER
    before, server_id = _number(call, "before"), _number(call, "server")
    if server_id is not None and not visible(_OfServer(server_id)):
        return success("[]")  # without a search, whose duration would reveal which IDs exist
    found = events.newest(
        call.store,
        limit=limit,
        before=before,
        server_id=server_id,
        only_open=call.query("open") == "1",
        visible=visible,
    )
    return success(json_text([_object(record, private=private) for record in found]))


class _OfServer(NamedTuple):
    """Stands for any event of a server, to find out whether the caller may see the server's events."""

    server_id: int
    monitor_id: int | None = None


def _everything(_: object) -> bool:
    return True


def _object(record: EventRecord, *, private: bool) -> dict[str, object]:
    shown = {**asdict(record), "deliveries": [asdict(one) for one in record.deliveries]}
    return shown if private else {name: shown[name] for name in GUESTS_SEE}


def _number(call: Call, name: str, most: int | None = None) -> int | None:
    """A whole number in the query; None if it is absent."""
    text = call.query(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidInput(f'"{name}" must be a whole number.', error="not_a_whole_number", field=name)
    return int(text) if most is None else min(int(text), most)
