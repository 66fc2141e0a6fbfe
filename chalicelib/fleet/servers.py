"""Servers: what people set, what agents report about the host, and the secret that an agent reports with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any

from chalicelib.fleet import limits
from chalicelib.fleet.checks import check_length, check_range
from chalicelib.fleet.errors import FleetError, InvalidInput, NotFound, Throttled, Unavailable
from chalicelib.fleet.store import Changed, Store
from chalicelib.fleet.tokens import new_credential, new_token

DEFAULT_TAG = "AutoRegister"


@dataclass(frozen=True, slots=True)
class Server:
    """One server, without its state.

    id: 0 for a server that is not stored yet. ip: `v4`, `v6` or `v4/v6`, as its agent sent it, "" when unknown.
    host: the host's values as a JSON array in v0's order, "" when it never reported one. secret_hash: SHA-256 of its
    agent's secret. created, muted_until, host_changed: Unix seconds; no messages about it are sent before
    `muted_until`, and `ip` or `host` last changed at `host_changed`, 0 for never. plan: as plans.text_of writes it.
    """

    id: int
    name: str = ""
    tag: str = DEFAULT_TAG
    note: str = ""
    display_index: int = 0
    hide_for_guest: bool = True
    ip: str = ""
    host: str = ""
    secret_hash: str = ""
    created: int = 0
    muted_until: int = 0
    host_changed: int = 0
    plan: str = ""

    @property
    def addresses(self) -> tuple[str, str]:
        """(ipv4, ipv6), "" where unknown."""
        first, slash, second = self.ip.partition("/")
        if slash:
            return first, second
        return ("", first) if ":" in first else (first, "")


@dataclass(frozen=True)
class Fleet:
    """All servers as one reader knows them: `by_id`, and `ordered` as v0 clients get them."""

    by_id: Mapping[int, Server]
    ordered: tuple[Server, ...] = field(init=False)

    def __post_init__(self) -> None:
        by_display = sorted(self.by_id.values(), key=lambda server: (-server.display_index, server.id))
        object.__setattr__(self, "ordered", tuple(by_display))

    def with_ids(self, ids: Iterable[int]) -> list[Server]:
        """The servers in the requested order, each once; unknown IDs are skipped."""
        return [self.by_id[server_id] for server_id in dict.fromkeys(ids) if server_id in self.by_id]

    def with_tag(self, tag: str) -> list[Server]:
        """The servers with a tag, in the default order. The match is exact, as in v0."""
        return [server for server in self.ordered if server.tag == tag]


@dataclass(frozen=True, slots=True)
class Facts:
    """What an agent reports about its host; None where it reports nothing."""

    ip: str | None = None
    host: str | None = None

    def change(self, server: Server) -> bool:
        """Whether they differ from the stored ones of the server."""
        return self.ip not in (None, server.ip) or self.host not in (None, server.host)


def must_wait(server: Server, now: float) -> bool:
    """Whether a change of the server's host or address comes too soon after the last one."""
    # A clock may be set back: a change in the future must not block others for long.
    return abs(now - server.host_changed) < limits.HOST_CHANGE_SECONDS


TOO_SOON = Throttled("The host of this server changed a moment ago; send it again after a minute.")


NO_FACTS = Facts()


def create(store: Store, wanted: Server, now: float) -> tuple[Server, str]:
    """Stores a new server. Returns it and its agent's secret, which is shown only once.

    wanted: the fields that people set; the others are ignored. Raises InvalidInput, also when the dashboard is full.
    """
    check(_fields_of(wanted))
    secret = new_credential("agent")
    new = replace(wanted, id=store.new_server_id(), ip="", host="", created=int(now), host_changed=0)
    return adopt(store, new, secret, now), secret


def adopt(store: Store, server: Server, secret: str, now: float) -> Server:
    """Stores a server that already has an ID and a secret, which no stored server has. Raises as `create` does.

    It may have no name, as in an original dashboard.
    """
    check(_fields_of(server) if server.name else _fields_of(replace(server, name="unnamed")))
    token = new_token(secret, "agent", now, subject=server.id)
    adopted = replace(server, secret_hash=token.hash)
    store.create_server(adopted, token)
    return adopted


def edit(store: Store, server_id: int, changes: Mapping[str, Any]) -> None:
    """changes: fields that people set; the others stay as they are. Raises InvalidInput or NotFound."""
    check(changes)
    if changes:
        store.edit_server(server_id, changes)
    else:
        find(store, server_id)


def edit_all(store: Store, changes: Mapping[int, Mapping[str, Any]]) -> Mapping[int, FleetError]:
    """Like `edit`, for several servers. Returns the servers that do not exist; all others are changed together.

    changes: fields by server; at most SERVERS_EDITED. Raises InvalidInput, and then changes nothing.
    """
    for fields in changes.values():
        check(fields)
    missing = store.edit_servers({id_: fields for id_, fields in changes.items() if fields})
    return {id_: not_found(id_) for id_ in missing}


def delete(store: Store, server_id: int, now: float) -> None:
    """Deletes a server with its secret, its state and its ping series. Raises NotFound."""
    _delete(store, find(store, server_id), now)


def delete_all(store: Store, server_ids: Iterable[int], now: float) -> Mapping[int, FleetError]:
    """Like `delete`, for several servers. Returns those that could not be deleted, and why."""
    known = store.view().fleet.by_id
    failed: dict[int, FleetError] = {}
    for id_ in server_ids:
        if id_ not in known:
            failed[id_] = not_found(id_)
            continue
        try:
            _delete(store, known[id_], now)
        except (Throttled, Unavailable) as error:
            failed[id_] = error
    return failed


def _delete(store: Store, known: Server, now: float) -> None:
    server: Server | None = known
    while server:
        try:
            store.delete_server(server, int(now))
            break
        except Changed:
            # Its secret was rotated since it was read, or it was deleted, perhaps by a call whose answer was lost.
            server = store.view().fleet.by_id.get(known.id)


def rotate_secret(store: Store, server_id: int, now: float) -> str:
    """Returns the server's new secret, which is shown only once. The old one stops working. Raises NotFound."""
    secret = new_credential("agent")
    token = new_token(secret, "agent", now, subject=server_id)
    # A call whose answer was lost may have stored the secret already.
    while (server := find(store, server_id)).secret_hash != token.hash:
        try:
            store.rotate_secret(server, token)
            break
        except Changed:
            continue
    return secret


def find(store: Store, server_id: int) -> Server:
    """The server with this ID. Raises NotFound."""
    found = store.view().fleet.by_id.get(server_id)
    if found is None:
        raise not_found(server_id)
    return found


def not_found(server_id: int) -> NotFound:
    return NotFound(f"Server {server_id} does not exist.", error="server_not_found")


def check(fields: Mapping[str, Any]) -> None:
    """Raises InvalidInput for a field that people set and whose value is not allowed. Checks only the given fields."""
    for name, (least, most) in _LENGTHS.items():
        if name in fields:
            check_length(name, fields[name], least=least, most=most)
    if "display_index" in fields:
        check_range("display_index", fields["display_index"], -limits.DISPLAY_INDEX, limits.DISPLAY_INDEX)


_LENGTHS = {"name": (1, limits.NAME_LENGTH), "tag": (0, limits.TAG_LENGTH), "note": (0, limits.NOTE_LENGTH)}


def _fields_of(server: Server) -> dict[str, Any]:
    return {name: getattr(server, name) for name in (*_LENGTHS, "display_index")}


def check_ip(text: str) -> str:
    """An agent's address in v0's form `v4`, `v6` or `v4/v6`, or "". Raises InvalidInput."""
    first, slash, second = text.partition("/")
    good = _version(first) in (0, 4) and _version(second) in (0, 6) if slash else _version(first) is not None
    if not good:
        message = '"ip" must be an IPv4 address, an IPv6 address, or both as "v4/v6".'
        raise InvalidInput(message, error="not_an_ip_address", field="ip")
    return text


def _version(address: str) -> int | None:
    """4 or 6, 0 for an empty string, None for anything that is not an address."""
    if "%" in address:
        return None  # a zone such as fe80::1%eth0 means something on one host only
    try:
        return ip_address(address).version if address else 0
    except ValueError:
        return None
