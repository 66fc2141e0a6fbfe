"""Events: what rules found, and what became of the messages about it."""

from collections.abc import Callable
from dataclasses import asdict

from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.fleet.access import GUEST, may, may_see
from chalicelib.fleet.alerts import events
from chalicelib.fleet.alerts.ledger import Record
from chalicelib.fleet.errors import Forbidden, InvalidInput
from chalicelib.fleet.limits import EVENTS_AN_ANSWER
from chalicelib.fleet.store import View

GUESTS_SEE = ("id", "rule", "server_id", "server", "monitor_id", "monitor", "began", "ended")


def list_events(call: Call) -> Answer:
    view = call.store.view()
    private = may(call.person(), "read")
    visible = _everything if private else _visible(view)
    found = events.newest(
        call.store,
        limit=_number(call, "limit", EVENTS_AN_ANSWER) or EVENTS_AN_ANSWER,
        before=_number(call, "before"),
        server_id=_number(call, "server"),
        only_open=call.query("open") == "1",
        visible=visible,
    )
    return success(json_text([_object(record, private=private) for record in found]))


def _everything(_: Record) -> bool:
    return True


def _visible(view: View) -> Callable[[Record], bool]:
    """Whether a guest may see an event. Raises Forbidden where guests see none."""
    settings, servers = view.settings, view.fleet.by_id
    if not (settings.public_page and settings.public_events):
        raise Forbidden("Events are not public; sign in to see them.", error="events_private")

    def visible(record: Record) -> bool:
        server = servers.get(record.server_id or 0)
        return server is not None and may_see(GUEST, hidden=server.hide_for_guest)

    return visible


def _object(record: Record, *, private: bool) -> dict[str, object]:
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
