"""The site's settings, and what guests see of the fleet."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chalicelib.api.answers import DONE, Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.people.server_json import Seen, server_json
from chalicelib.api.route import ANYONE, PEOPLE, SHARED, Operation, Route
from chalicelib.api.watching import note_watching
from chalicelib.fleet import settings
from chalicelib.fleet.access import GUEST, visible_servers
from chalicelib.fleet.pace import is_slow
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.store import View

if TYPE_CHECKING:
    from chalicelib.fleet.alerts.open_events import OpenEvent

FIELDS = (
    *("site_name", "public_page", "language", "site_url", "time_zone", "public_events", "public_monitors"),
    *("live_interval", "api_keeps_live", "first_steps", "accent", "footer", "logo", "css"),
)
SHOWN_TO_GUESTS = ("site_name", "language", "public_events", "public_monitors")


def summary(call: Call) -> Answer:
    """The visible servers with their states, without addresses and notes.

    Ignores credentials, so that caches can share the answer. Raises Forbidden while the public page is off.
    """
    view, (states, counted, events) = call.store.view_and(call.store.states_counted_and_events)
    servers = visible_servers(view, GUEST)
    note_watching(call, view, GUEST)
    site = {name: getattr(view.settings, name) for name in SHOWN_TO_GUESTS}
    site["events"] = _open_events(call, view, events) if view.settings.public_events else None
    seen = Seen(states, counted, view.settings.time_zone)
    return success(f'{json_text(site)[:-1]},"servers":{server_json(call, servers, seen, private=False)}}}')


def _open_events(call: Call, view: View, known: "Sequence[OpenEvent] | None") -> list[dict[str, object]] | None:
    # Imported here, so that the cold start of a dashboard without public events does not wait for it.
    from chalicelib.fleet.alerts.open_events import shown_to_guests

    return shown_to_guests(call.store.alerts.open_events() if known is None else known, view)


def show_settings(call: Call) -> Answer:
    view = call.store.view()
    shown = view.settings
    slow_until = int(view.slow_until) if is_slow(view.slow_until, call.now) else 0
    told = {"report_interval": shown.report_interval or call.report_interval, "flush": shown.flush or call.flush}
    return success(json_text(_object(shown) | told | {"slow_until": slow_until}))


def edit_settings(call: Call) -> Answer:
    settings.edit(call.store, _fields(call))
    return DONE


def _object(shown: Settings) -> dict[str, object]:
    quiet = [{"days": one.days, "from": one.begin, "to": one.end} for one in shown.quiet]
    return {**{name: getattr(shown, name) for name in FIELDS}, "quiet": quiet}


def _fields(call: Call) -> dict[str, Any]:
    """The fields of Settings that the body names."""
    fields = call.fields()
    if "quiet" in fields:
        # Imported here, so that a cold start for any other request does not wait for time zones.
        from chalicelib.fleet.alerts.quiet import QuietWindow

        fields["quiet"] = tuple(QuietWindow(tuple(one["days"]), one["from"], one["to"]) for one in fields["quiet"])
    return fields


ROUTES = (
    Route(
        "GET",
        "/api/summary",
        summary,
        ANYONE,
        Operation(
            "summary",
            "Returns the site's name and the servers that guests may see",
            result="Summary",
            outcome="The visible servers with host and state, without addresses and notes, and the open events.",
            description="Ignores credentials, so that caches can share the response. 403 while the public page is off.",
            errors=(403, 413),
        ),
        cache=SHARED,
    ),
    Route(
        "GET",
        "/api/settings",
        show_settings,
        PEOPLE,
        Operation("settings", "Returns the site's settings", result="Settings", outcome="The settings.", errors=(413,)),
    ),
    Route(
        "PATCH",
        "/api/settings",
        edit_settings,
        PEOPLE,
        Operation("editSettings", "Changes some of the site's settings", result="null", body="SettingsChanges"),
    ),
)
