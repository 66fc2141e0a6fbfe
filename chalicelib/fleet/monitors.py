"""Monitors: what is probed, how often, and from which servers."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal, get_args

from chalicelib.fleet import limits
from chalicelib.fleet.checks import check_choice, check_length, check_range
from chalicelib.fleet.errors import InvalidInput

Type = Literal["icmp", "tcp"]
Cover = Literal["all", "only"]
TYPES: tuple[Type, ...] = get_args(Type)
COVERS: tuple[Cover, ...] = get_args(Cover)

_HOST_NAME = re.compile(r"(?!-)[0-9A-Za-z_-]{1,63}(?<!-)(\.(?!-)[0-9A-Za-z_-]{1,63}(?<!-))*\.?")


@dataclass(frozen=True, slots=True)
class Monitor:
    """One monitor. target: a host for icmp, `host:port` for tcp. interval: seconds between two probes.

    servers: with cover "all" the exceptions, with "only" the ones that probe.
    """

    id: int
    name: str
    type: Type
    target: str
    interval: int
    cover: Cover = "all"
    servers: frozenset[int] = frozenset()

    def covers(self, server_id: int) -> bool:
        return (server_id in self.servers) == (self.cover == "only")


Monitors = Mapping[int, Monitor]
"""Every monitor by its id, ascending."""


def assigned(monitors: Monitors, server_ids: Collection[int]) -> list[tuple[Monitor, list[int]]]:
    """Each monitor that some of these servers have to probe, with those servers' ids."""
    pairs = ((monitor, [id_ for id_ in server_ids if monitor.covers(id_)]) for monitor in monitors.values())
    return [(monitor, covered) for monitor, covered in pairs if covered]


def check(monitor: Monitor, known_servers: Collection[int]) -> Monitor:
    """The monitor, if its fields make sense together; raises InvalidInput with the field's name."""
    check_length("name", monitor.name, least=1, most=limits.NAME_LENGTH)
    check_choice("type", monitor.type, TYPES)
    check_range("interval", monitor.interval, limits.MONITOR_INTERVAL_LEAST, limits.MONITOR_INTERVAL_MOST)
    check_choice("cover", monitor.cover, COVERS)
    _check_target(monitor.type, monitor.target)
    _check_servers(monitor.servers, known_servers)
    return monitor


def _check_target(type_: Type, target: str) -> None:
    check_length("target", target, least=1, most=limits.TARGET_LENGTH)
    if target != target.strip():
        message = '"target" must not begin or end with whitespace.'
        raise InvalidInput(message, error="surrounding_whitespace", field="target")
    if type_ == "icmp":
        if not _is_host(target):
            message = '"target" of an icmp monitor must be a host name or an IP address, without a port.'
            raise InvalidInput(message, error="not_a_host", field="target")
        return
    host, colon, port = target.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    good_host = _is_host(host[1:-1]) and ":" in host if bracketed else _is_host(host) and ":" not in host
    good_port = port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535
    if not (colon and good_host and good_port):
        message = '"target" of a tcp monitor must be host:port or [IPv6 address]:port.'
        raise InvalidInput(message, error="not_a_host_and_port", field="target")


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
