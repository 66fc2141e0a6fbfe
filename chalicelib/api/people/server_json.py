"""Servers in the JSON of people's pages: host and status as in v0, and more fields for signed-in people."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from chalicelib.api.call import Call
from chalicelib.api.json_output import joined, json_text
from chalicelib.api.v0.words import host_object, status_json
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import NOTHING, State
from chalicelib.fleet.status import is_online


def server_json(call: Call, servers: Iterable[Server], states: Mapping[int, State], *, private: bool) -> str:
    """A JSON array of servers. `private` adds addresses, notes and dates, which guests must not see."""
    return joined(_server(call, server, states.get(server.id, NOTHING), private=private) for server in servers)


def _server(call: Call, server: Server, state: State, *, private: bool) -> str:
    fields = {
        "id": server.id,
        "name": server.name,
        "tag": server.tag,
        "display_index": server.display_index,
        **(_private_fields(server) if private else {}),
        "last_active": state.last_active,
        "online": is_online(state.last_active, call.now, state.interval(call.report_interval)),
        "host": host_object(server.host),
        "plan": _plan_object(server.plan, private=private) if server.plan else None,
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


def _plan_object(text: str, *, private: bool) -> dict[str, object] | None:
    # Here, so that the cold start of a dashboard without plans does not wait for this import.
    from chalicelib.fleet.plans import plan_of

    plan = plan_of(text)
    if not (private or plan.public):
        return None
    return {**asdict(plan), "cycle": plan.cycle or None, "expires": plan.expires or None}
