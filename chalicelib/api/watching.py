"""Which requests count as watching. While somebody watches, agents report more often."""

from chalicelib.api.call import Call
from chalicelib.fleet import live
from chalicelib.fleet.access import Caller
from chalicelib.fleet.store import View


def note_watching(call: Call, view: View, caller: Caller) -> None:
    """Notes that this caller watches: a person, or a program if the setting `api_keeps_live` is on."""
    if call.request.method != "GET":
        return
    if caller.kind != "token" or view.settings.api_keeps_live:
        live.note(call.store, view, call.now)
