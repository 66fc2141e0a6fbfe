"""Servers: what people say of a machine, and what its agent says of the host."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from chalicelib.fleet import limits
from chalicelib.fleet.errors import InvalidInput

DEFAULT_TAG = "AutoRegister"


@dataclass(frozen=True, slots=True)
class Server:
    """One server, without its state.

    ip: `v4`, `v6` or `v4/v6`, as its agent sent it, "" when unknown. host: the host's values as a JSON array in v0's
    order, "" when it never reported one. secret_hash: SHA-256 of its agent's secret. created: Unix seconds.
    """

    id: int
    name: str
    tag: str
    note: str = ""
    display_index: int = 0
    hide_for_guest: bool = True
    ip: str = ""
    host: str = ""
    secret_hash: str = ""
    created: int = 0

    @property
    def addresses(self) -> tuple[str, str]:
        """(ipv4, ipv6), "" for what is unknown."""
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
        """In the order asked, each once; unknown ids are skipped."""
        return [self.by_id[server_id] for server_id in dict.fromkeys(ids) if server_id in self.by_id]

    def with_tag(self, tag: str) -> list[Server]:
        """In the default order; the match is exact, as in v0."""
        return [server for server in self.ordered if server.tag == tag]

    def select(self, ids: str, tag: str) -> list[Server]:
        """What `?id=…&tag=…` asks for: `ids` wins over `tag`, and neither means every server."""
        if ids:
            return self.with_ids(parse_ids(ids))
        return self.with_tag(tag) if tag else list(self.ordered)


def parse_ids(text: str) -> list[int]:
    """The ids of `1,abc,,0003`: [1, 3]. What is not a plain decimal number is skipped, as v0 does."""
    return [int(part) for part in text.split(",") if part.isascii() and part.isdigit() and len(part) <= 40]


def parse_id(text: str) -> int:
    """A positive id in a path; raises InvalidInput. Leading zeros are fine, as in v0."""
    if text.isascii() and text.isdigit() and len(text) <= 40 and 0 < int(text) <= limits.UINT64:
        return int(text)
    raise InvalidInput("The ID in the path must be a positive whole number.", error="not_an_id")


def parse_ip(text: str) -> str:
    """An agent's address in v0's form `v4`, `v6` or `v4/v6`, checked; "" stays "". Raises InvalidInput."""
    first, slash, second = text.partition("/")
    good = _version(first) in (0, 4) and _version(second) in (0, 6) if slash else _version(first) is not None
    if not good:
        message = '"ip" must be an IPv4 address, an IPv6 address, or both as "v4/v6".'
        raise InvalidInput(message, error="not_an_ip_address", field="ip")
    return text


def _version(address: str) -> int | None:
    """4 or 6, 0 for an empty text, None for what is no address."""
    if "%" in address:
        return None  # a zone such as fe80::1%eth0 means something on one host only
    try:
        return ip_address(address).version if address else 0
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new server begins with."""

    name: str
    tag: str = DEFAULT_TAG
    note: str = ""
    hide_for_guest: bool = True
    display_index: int = 0
