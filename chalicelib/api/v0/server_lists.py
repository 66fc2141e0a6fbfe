"""The v0 server list and server details: what every client asks for every few seconds.

Of an answer with a thousand servers little is new each time: 17 numbers a server, which come as text. The rest is
written once a server and kept, until the server changes. So an answer is one list of texts, kept ones and new ones in
turn, filled a field at a time by slices and joined by one call. For 1,000 servers that takes a fifth of what a
%-template a server took (0.3 against 1.4 ms), and a twentieth of `json.dumps`; docs/performance.md has the whole sum.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.api.json_output import json_text
from chalicelib.api.v0.words import host_object
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import FIGURES, States

NUMBERS = 1 + len(FIGURES)
"""`last_active` and a state's figures."""

KEPT = 50_000
"""Servers whose texts are kept."""


def list_json(servers: Sequence[Server], states: States) -> str:
    """The `result` of the server list."""
    kept = [_kept(server) for server in servers]
    texts = [""] * (3 * len(kept))
    texts[0::3] = [one.identity for one in kept]
    texts[1::3] = states.last_active([server.id for server in servers])
    texts[2::3] = [one.addresses for one in kept]
    return _array(texts, "}")


def details_json(servers: Sequence[Server], states: States) -> str:
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


_FOLLOWING = (*(f',"{name}":' for name in FIGURES[1:-1]), f',"Temperatures":null,"{FIGURES[-1]}":')
"""What stands before each figure but the first; v0 writes Temperatures before the last of them."""


def _show_temperatures(texts: list[str], servers: Sequence[Server], temperatures: Mapping[int, str]) -> None:
    before_last = 2 * (NUMBERS - 1)
    for place, server in enumerate(servers):
        if server.id in temperatures:
            shown = f',"Temperatures":{temperatures[server.id]},"{FIGURES[-1]}":'
            texts[place * 2 * NUMBERS + before_last] = shown


def _array(texts: list[str], end: str) -> str:
    """A JSON array of objects that each begin with the end of the one before it."""
    return f"[{''.join(texts)[len(end) + 1 :]}{end}]" if texts else "[]"


class _Kept(NamedTuple):
    """What a state does not touch in a server's objects: before and after the list's one number, and in details before
    the first number and before the second. The former begin with the end of the object that stands before it."""

    server: Server
    identity: str
    addresses: str
    identity_after_status: str
    until_status: str


_all_kept: dict[int, _Kept] = {}


def _kept(server: Server) -> _Kept:
    # A server that changed is another object, so what is kept for the old one is never used for it.
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
    until_status = f'{addresses},{_open(details)[1:]},"status":{{"{FIGURES[0]}":'
    return _Kept(server, "}," + identity, addresses, "}}," + identity, until_status)


def _open(fields: Mapping[str, object]) -> str:
    """A JSON object without its end."""
    return json_text(fields)[:-1]
