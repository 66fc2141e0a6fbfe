"""Servers in the JSON of people's pages: host and status as in v0, and more fields for signed-in people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.api.call import Call
from chalicelib.api.json_output import joined, json_text
from chalicelib.api.v0.words import host_object, status_json
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import NOTHING, StatesByServer
from chalicelib.fleet.status import is_online

if TYPE_CHECKING:
    from chalicelib.fleet.cycle_totals import CycleCount


class Seen(NamedTuple):
    """What is shown with servers. counted: the traffic counted in plans' cycles, by server ID. zone: the site's."""

    states: StatesByServer
    counted: Mapping[int, CycleCount]
    zone: str


def server_json(call: Call, servers: Iterable[Server], seen: Seen, *, private: bool) -> str:
    """A JSON array of servers. `private` adds addresses, notes and dates, which guests must not see."""
    return joined(_server(call, server, seen, private=private) for server in servers)


def _server(call: Call, server: Server, seen: Seen, *, private: bool) -> str:
    state = seen.states.get(server.id, NOTHING)
    fields = {
        "id": server.id,
        "name": server.name,
        "tag": server.tag,
        "display_index": server.display_index,
        **(_private_fields(server) if private else {}),
        "last_active": state.last_active,
        "online": is_online(state.last_active, call.now, state.interval(call.report_interval)),
        "host": host_object(server.host),
        "plan": _plan_object(call, server, seen, private=private) if server.plan else None,
    }
    pinged = ",".join(f'"{key}":{state.other(name) or "null"}' for key, name in _PINGED.items())
    return f'{json_text(fields)[:-1]},"status":{status_json(state)},{pinged}}}'


_PINGED = {"latency": "Latency", "loss": "Loss"}


def _private_fields(server: Server) -> dict[str, object]:
    ipv4, ipv6 = server.addresses
    return {
        "note": server.note,
        "hide_for_guest": server.hide_for_guest,
        "created": server.created,
        "ipv4": ipv4,
        "ipv6": ipv6,
        "muted_until": server.muted_until,
    }


def _plan_object(call: Call, server: Server, seen: Seen, *, private: bool) -> dict[str, object] | None:
    # Imported here, so that the cold start of a dashboard without plans does not wait for them.
    from chalicelib.fleet.cycle_totals import usage
    from chalicelib.fleet.plans import plan_of
    from chalicelib.fleet.traffic import counters_of

    plan = plan_of(server.plan)
    if not (private or plan.public):
        return None
    counters = counters_of(seen.states, [server.id])[server.id] if server.id in seen.states else None
    cycle = usage(plan, seen.counted.get(server.id), counters, call.now, seen.zone)
    return {
        **asdict(plan),
        "cycle": plan.cycle or None,
        "expires": plan.expires or None,
        "traffic_used": cycle.used,
        "cycle_began": cycle.began,
        "cycle_ends": cycle.ends,
    }
