"""The JSON of the v0 server list and server details, which every client requests every few seconds.

From one answer to the next only 17 numbers per server change, and they are stored as text. Everything else is written
once per server and kept until the server changes. An answer is therefore one list of strings, kept ones and new ones in
turn, filled one field at a time by slice assignment and joined by a single call. For 1,000 servers this takes 0.3 ms; a
%-template per server took 1.4 ms, `json.dumps` twenty times as long. See docs/performance.md.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.api.json_output import json_text
from chalicelib.api.v0.words import host_object
from chalicelib.fleet.figures import V0_NAMES
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import StatesByServer

NUMBERS = 1 + len(V0_NAMES)
"""How many numbers each server has in the details: `last_active` and the state's figures."""

_FIRST, *_MIDDLE, _LAST = V0_NAMES

KEPT = 50_000
"""How many servers' strings are kept in memory."""


def list_json(servers: Sequence[Server], states: StatesByServer) -> str:
    """The `result` of the server list."""
    kept = [_kept(server) for server in servers]
    texts = [""] * (3 * len(kept))
    texts[0::3] = [one.identity for one in kept]
    texts[1::3] = states.last_active([server.id for server in servers])
    texts[2::3] = [one.addresses for one in kept]
    return _array(texts, "}")


def details_json(servers: Sequence[Server], states: StatesByServer) -> str:
    """The `result` of server details."""
    kept = [_kept(server) for server in servers]
    texts = [""] * (2 * NUMBERS * len(kept))
    texts[0 :: 2 * NUMBERS] = [one.identity_after_status for one in kept]
    texts[2 :: 2 * NUMBERS] = [one.until_status for one in kept]
    for place, name in enumerate(_FOLLOWING, 2):
        texts[2 * place :: 2 * NUMBERS] = [name] * len(kept)
    texts[1::2] = states.figures([server.id for server in servers])
    if states.temperatures:
        _show_temperatures(texts, servers, states.temperatures)
    return _array(texts, "}}")


_FOLLOWING = (*(f',"{name}":' for name in _MIDDLE), f',"Temperatures":null,"{_LAST}":')
"""The text before each figure except the first. v0 writes Temperatures before the last figure."""


def _show_temperatures(texts: list[str], servers: Sequence[Server], temperatures: Mapping[int, str]) -> None:
    before_last = 2 * (NUMBERS - 1)
    for place, server in enumerate(servers):
        if server.id in temperatures:
            shown = f',"Temperatures":{temperatures[server.id]},"{_LAST}":'
            texts[place * 2 * NUMBERS + before_last] = shown


def _array(texts: list[str], end: str) -> str:
    """A JSON array. Each object's text begins with `end`, which closes the object before it."""
    return f"[{''.join(texts)[len(end) + 1 :]}{end}]" if texts else "[]"


class _Kept(NamedTuple):
    """The parts of a server's objects that do not depend on its state.

    identity and addresses: before and after the one number in the list. identity_after_status and until_status: before
    the first and before the second number in the details. Both identities begin by closing the object before them.
    """

    server: Server
    identity: str
    addresses: str
    identity_after_status: str
    until_status: str


_all_kept: dict[int, _Kept] = {}


def _kept(server: Server) -> _Kept:
    # A changed server is a new object, so strings kept for the old one are never used for it.
    kept = _all_kept.get(server.id)
    if kept is None or kept.server is not server:
        if len(_all_kept) >= KEPT:
            _all_kept.clear()
        kept = _all_kept[server.id] = _write(server)
    return kept


def _write(server: Server) -> _Kept:
    ipv4, ipv6 = server.addresses
    identity = f'{_open({"id": server.id, "name": server.name, "tag": server.tag})},"last_active":'
    addresses = "," + _open({"ipv4": ipv4, "ipv6": ipv6, "valid_ip": ipv4 or ipv6})[1:]
    details = {
        "display_index": server.display_index,
        "hide_for_guest": server.hide_for_guest,
        "host": host_object(server.host),
    }
    until_status = f'{addresses},{_open(details)[1:]},"status":{{"{_FIRST}":'
    return _Kept(server, "}," + identity, addresses, "}}," + identity, until_status)


def _open(fields: Mapping[str, object]) -> str:
    """A JSON object without its end."""
    return json_text(fields)[:-1]
