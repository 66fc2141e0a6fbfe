"""Open events as pages show them beside the servers. Each evaluation stores them in one small item.

Nothing here imports rules or their evaluation, so that a cold start of the summary does not wait for them.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from chalicelib.fleet.access import GUEST, may_see
from chalicelib.fleet.store import View


class OpenEvent(NamedTuple):
    """The fields of `ledger.EventRecord` that guests may see. began: Unix seconds."""

    id: int
    rule: str
    server_id: int | None
    server: str
    monitor_id: int | None
    monitor: str
    began: int


class About(Protocol):
    """Anything that tells which server or monitor an event is about; None where it is about none."""

    @property
    def server_id(self) -> int | None: ...

    @property
    def monitor_id(self) -> int | None: ...


def visible_to_guests(view: View) -> Callable[[About], bool] | None:
    """Returns a function that tells whether guests may see an event: one of a visible server, or of a monitor if
    monitors are public. Returns None if they may not see any events."""
    settings, servers = view.settings, view.fleet.by_id
    if not (settings.public_page and settings.public_events):
        return None

    def visible(event: About) -> bool:
        if event.server_id is None:
            return settings.public_monitors and event.monitor_id in view.monitors
        server = servers.get(event.server_id)
        return server is not None and may_see(GUEST, hidden=server.hide_for_guest)

    return visible


def shown_to_guests(events: Sequence[OpenEvent], view: View) -> list[dict[str, object]] | None:
    """The events as `/api/event` shows them to guests; None if they may not see any."""
    visible = visible_to_guests(view)
    return None if visible is None else [event._asdict() | {"ended": None} for event in events if visible(event)]
