"""Servers in the JSON of people's pages: host and status as in v0, and more fields for signed-in people."""

from collections.abc import Iterable, Mapping

from chalicelib.api.json_output import joined, json_text
from chalicelib.api.v0.words import host_object, status_json
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import NOTHING, State


def server_json(servers: Iterable[Server], states: Mapping[int, State], *, private: bool) -> str:
    """A JSON array of servers. `private` adds addresses, notes and dates, which guests must not see."""
    return joined(_server(server, states.get(server.id, NOTHING), private=private) for server in servers)


def _server(server: Server, state: State, *, private: bool) -> str:
    fields = {"id": server.id, "name": server.name, "tag": server.tag, "display_index": server.display_index}
    if private:
        ipv4, ipv6 = server.addresses
        fields |= {
            "note": server.note,
            "hide_for_guest": server.hide_for_guest,
            "created": server.created,
            "ipv4": ipv4,
            "ipv6": ipv6,
        }
    fields |= {"last_active": state.last_active, "host": host_object(server.host)}
    return f'{json_text(fields)[:-1]},"status":{status_json(state)}}}'
