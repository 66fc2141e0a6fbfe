"""Monitors: what is probed, how often, and from which servers."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any, Literal, get_args

from chalicelib.fleet import limits
from chalicelib.fleet.checks import check_choice, check_length, check_range
from chalicelib.fleet.errors import InvalidInput, NotFound
from chalicelib.fleet.store import Changed, Store

Type = Literal["icmp", "tcp", "http"]
Cover = Literal["all", "only"]
TYPES: tuple[Type, ...] = get_args(Type)
COVERS: tuple[Cover, ...] = get_args(Cover)

DEFAULT_INTERVAL = 30

_URL = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)(?::(\d*))?(?:[/?][!\x22$-~]*)?")
_HOST_NAME = re.compile(r"(?!-)[0-9A-Za-z_-]{1,63}(?<!-)(\.(?!-)[0-9A-Za-z_-]{1,63}(?<!-))*\.?")


@dataclass(frozen=True, slots=True)
class Monitor:
    """One monitor.

    id: 0 for a monitor that is not stored yet. target: a host for icmp, `host:port` for tcp, a URL for http. interval:
    seconds between two probes. servers: with cover "all" the servers that do not probe, with "only" those that do.
    """

    id: int
    name: str
    type: Type
    target: str
    interval: int = DEFAULT_INTERVAL
    cover: Cover = "all"
    servers: frozenset[int] = frozenset()

    @property
    def kind(self) -> "MonitorType":
        return MONITOR_TYPES[self.type]

    def covers(self, server_id: int) -> bool:
        return (server_id in self.servers) == (self.cover == "only")


Monitors = Mapping[int, Monitor]
"""Every monitor by id, ascending."""


def assigned(monitors: Monitors, server_ids: Collection[int]) -> list[tuple[Monitor, list[int]]]:
    """Each monitor that some of these servers must probe, with the ids of those servers."""
    pairs = ((monitor, [id_ for id_ in server_ids if monitor.covers(id_)]) for monitor in monitors.values())
    return [(monitor, covered) for monitor, covered in pairs if covered]


def probing(monitors: Monitors, server_ids: Iterable[int]) -> list[int]:
    """Those of these servers that must probe at least one monitor, ascending."""
    return [id_ for id_ in sorted(server_ids) if any(monitor.covers(id_) for monitor in monitors.values())]


def create(store: Store, wanted: Monitor) -> int:
    """Stores a new monitor and returns its id. Raises InvalidInput, also when there are too many."""
    check(wanted, store.view().fleet.by_id)
    new = replace(wanted, id=store.new_monitor_id())
    store.create_monitor(new)
    return new.id


def adopt(store: Store, monitor: Monitor) -> None:
    """Stores a monitor that already has an ID, which no stored monitor has. Raises as `create` does."""
    check(monitor, store.view().fleet.by_id)
    store.create_monitor(monitor)


def edit(store: Store, monitor_id: int, changes: Mapping[str, Any]) -> None:
    """changes: fields of Monitor; the others stay as they are. Raises NotFound or InvalidInput.

    A server that was deleted since the list was made may stay in it.
    """
    while True:
        old = find(store, monitor_id)
        new = replace(old, **changes)
        check(new, store.view().fleet.by_id.keys() | old.servers)
        try:
            return None if new == old else store.edit_monitor(old, new)
        except Changed:
            continue


def delete(store: Store, monitor_id: int) -> None:
    """Deletes a monitor; its points are no longer shown. Raises NotFound."""
    find(store, monitor_id)
    # If it is gone by now, another request has deleted it, or an earlier call whose answer was lost.
    with suppress(Changed):
        store.delete_monitor(monitor_id)


def find(store: Store, monitor_id: int) -> Monitor:
    """The monitor with this ID. Raises NotFound."""
    found = store.view().monitors.get(monitor_id)
    if found is None:
        raise not_found(monitor_id)
    return found


def not_found(monitor_id: int) -> NotFound:
    return NotFound(f"Monitor {monitor_id} does not exist.", error="monitor_not_found")


def check(monitor: Monitor, known_servers: Collection[int]) -> None:
    """Raises InvalidInput for a field whose value is not allowed, or does not fit the others."""
    check_length("name", monitor.name, least=1, most=limits.NAME_LENGTH)
    check_choice("type", monitor.type, TYPES)
    check_range("interval", monitor.interval, limits.MONITOR_INTERVAL_LEAST, limits.MONITOR_INTERVAL_MOST)
    check_choice("cover", monitor.cover, COVERS)
    _check_target(monitor.kind, monitor.target)
    _check_servers(monitor.servers, known_servers)


def _check_target(kind: "MonitorType", target: str) -> None:
    check_length("target", target, least=1, most=kind.longest_target)
    if target != target.strip():
        message = '"target" must not begin or end with whitespace.'
        raise InvalidInput(message, error="surrounding_whitespace", field="target")
    kind.check(target)


def _check_host(target: str) -> None:
    if not _is_host(target):
        message = '"target" of an icmp monitor must be a host name or an IP address, without a port.'
        raise InvalidInput(message, error="not_a_host", field="target")


def _check_endpoint(target: str) -> None:
    host, colon, port = target.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    good_host = _is_host(host[1:-1]) and ":" in host if bracketed else _is_host(host) and ":" not in host
    if not (colon and good_host and _is_port(port)):
        message = '"target" of a tcp monitor must be host:port or [IPv6 address]:port.'
        raise InvalidInput(message, error="not_a_host_and_port", field="target")


def _check_url(target: str) -> None:
    found = _URL.fullmatch(target)
    host = found[1] if found else ""
    bracketed = host.startswith("[")
    good_host = _is_host(host[1:-1]) and ":" in host if bracketed else _is_host(host)
    if not (found and good_host and (found[2] is None or _is_port(found[2]))):
        message = '"target" of an http monitor must be an http:// or https:// URL, without a user name and a fragment.'
        raise InvalidInput(message, error="not_a_web_address", field="target")


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535


def _is_host(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        # Digits and dots alone are a mistyped address, not a name.
        return bool(_HOST_NAME.fullmatch(text)) and not text.replace(".", "").isdigit()
    return "%" not in text


def _check_servers(servers: Iterable[int], known: Collection[int]) -> None:
    unknown = sorted(set(servers).difference(known))
    if unknown:
        message = f'"servers" names a server that does not exist: {unknown[0]}.'
        raise InvalidInput(message, error="unknown_server", field="servers")


@dataclass(frozen=True, slots=True)
class MonitorType:
    """A type of monitors. check: raises InvalidInput for an invalid target. longest_target: characters. longest_delay:
    ms; longer ones count as this. in_v0: whether v0's routes show it.
    """

    check: Callable[[str], None]
    longest_target: int
    longest_delay: float
    in_v0: bool


MONITOR_TYPES: Mapping[Type, MonitorType] = {
    "icmp": MonitorType(_check_host, limits.TARGET_LENGTH, limits.DELAY_MOST, in_v0=True),
    "tcp": MonitorType(_check_endpoint, limits.TARGET_LENGTH, limits.DELAY_MOST, in_v0=True),
    "http": MonitorType(_check_url, limits.URL_LENGTH, limits.HTTP_DELAY_MOST, in_v0=False),
}
