"""What pages draw for all servers at once: sparklines of the last hour, and the availability of the last days."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import joined, json_text
from chalicelib.api.route import FOR_GUESTS, GUESTS_AND_READERS, OWN, Operation, Route
from chalicelib.fleet import availability, sparks
from chalicelib.fleet.access import GUEST, Caller, may, visible_servers
from chalicelib.fleet.availability import Shares
from chalicelib.fleet.store import View

Read = TypeVar("Read")


def spark(call: Call) -> Answer:
    steps = sparks.shown_steps(call.now)
    view, stored, caller = _read(call, lambda: call.store.sparks(steps))
    columns = [stored.get(step, {}) for step in steps]
    entries = []
    for server in visible_servers(view, caller):
        cpu, net_in, net_out = map(",".join, zip(*[column.get(server.id, _NOTHING) for column in columns], strict=True))
        entries.append(f'{{"id":{server.id},"cpu":[{cpu}],"net_in":[{net_in}],"net_out":[{net_out}]}}')
    head = json_text({"step": sparks.STEP, "at": [*steps]})
    return _answer(f'{head[:-1]},"servers":{joined(entries)}}}', caller)


_NOTHING = ("null", "null", "null")


def daily_availability(call: Call) -> Answer:
    days = availability.shown_days(call.now)
    view, stored, caller = _read(call, lambda: call.store.shares(days))
    known = [stored.get(day, _NO_SHARES) for day in days]
    servers = [server.id for server in visible_servers(view, caller)]
    monitors = [*view.monitors] if may(caller, "read") or view.settings.public_monitors else []
    shown = {
        "servers": _shares(servers, [day.servers for day in known]),
        "monitors": _shares(monitors, [day.monitors for day in known]),
    }
    lists = ",".join(f'"{name}":{entries}' for name, entries in shown.items())
    return _answer(f'{{"days":{availability.DAYS},{lists}}}', caller)


_NO_SHARES = Shares({}, {})


def _shares(ids: Sequence[int], days: Sequence[Mapping[int, str]]) -> str:
    return joined(f'{{"id":{id_},"days":[{",".join([day.get(id_, "null") for day in days])}]}}' for id_ in ids)


def _read(call: Call, read: Callable[[], Read]) -> tuple[View, Read, Caller]:
    """A caller without a credential is a guest, so the answer takes only one round trip to the database."""
    caller = call.anyone() if call.has_credential else GUEST
    view, found = call.store.view_and(read)
    return view, found, caller


def _answer(result: str, caller: Caller) -> Answer:
    answer = success(result)
    return answer if may(caller, "read") else answer._replace(headers=FOR_GUESTS)


ROUTES = (
    Route(
        "GET",
        "/api/spark",
        spark,
        GUESTS_AND_READERS,
        Operation(
            "spark",
            "Returns the last hour of every visible server, in steps of five minutes",
            result="Sparks",
            outcome="One entry for each visible server; null for steps without data.",
            description="For sparklines: CPU is kept to 0.4 percent and traffic to 5 percent. Guests get the visible "
            "servers while the public page is on; all servers require the `read` scope or a session.",
            errors=(403, 413),
        ),
        cache=OWN,
    ),
    Route(
        "GET",
        "/api/availability",
        daily_availability,
        GUESTS_AND_READERS,
        Operation(
            "availability",
            "Returns the availability of servers and monitors for each of the last 30 days",
            result="Availability",
            outcome="One entry for each visible server and monitor; null for days without data.",
            description="Availability is the share of a UTC day's minutes with data, rounded down to four decimals. "
            "The last day is today, so far. Guests get the visible servers while the public page is on, and monitors "
            "while the setting `public_monitors` is on; everything else requires the `read` scope or a session.",
            errors=(403, 413),
        ),
        cache=OWN,
    ),
)
