"""Channels: where messages go. Everything in a channel may be a secret, so little of it is ever shown."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from chalicelib.fleet.alerts.services import FORBIDDEN_OPTIONS, SERVICES
from chalicelib.fleet.checks import check_choice, check_length
from chalicelib.fleet.errors import InvalidInput, NotFound
from chalicelib.fleet.limits import (
    CHANNEL_BODY_LENGTH,
    CHANNEL_HEADER_LENGTH,
    CHANNEL_HEADERS,
    CHANNEL_URL_LENGTH,
    NAME_LENGTH,
)

Kind = Literal["apprise", "webhook"]
HttpMethod = Literal["GET", "POST"]
KINDS: tuple[Kind, ...] = get_args(Kind)
METHODS: tuple[HttpMethod, ...] = get_args(HttpMethod)

HIDDEN = "…"
"""What is shown in place of a secret."""

_MEMORY = ("MEM", "SWAP", "DISK", "MEMUSED", "SWAPUSED", "DISKUSED", "MEMTOTAL", "SWAPTOTAL", "DISKTOTAL")
_NETWORK = ("NETINSPEED", "NETOUTSPEED", "TRANSFERIN", "TRANSFEROUT", "NETINTRANSFER", "NETOUTTRANSFER")
_LOADS = ("CPU", "LOAD1", "LOAD5", "LOAD15", "TCPCONNCOUNT", "UDPCONNCOUNT")
SERVER_FIGURES = ("NAME", "ID", "IP", "IPV4", "IPV6", *_MEMORY, *_NETWORK, *_LOADS)
"""The placeholders about a server that a webhook can contain: `#SERVER.NAME#` and so on, as in v0."""

_ABOUT_A_SERVER = re.compile(f"#SERVER\\.(?:{'|'.join(SERVER_FIGURES)})#")
_WEB_ADDRESS = re.compile(r"(https?)://(?:[^/?#@]*@)?(\[[0-9A-Fa-f:.]+\]|[^/?#@:\s]+)(?::(\d{1,5}))?(?=[/?#]|$)")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel.

    id: 0 for a channel that is not stored yet. url: of an Apprise service, or of a webhook. The other fields are for
    webhooks only. headers: in the order in which they were given. body: with placeholders. form: whether the body is a
    JSON object whose fields are sent as a form. verify: whether an https certificate is verified. heartbeat: whether to
    send a request every five minutes while rules are evaluated.
    """

    id: int
    name: str
    kind: Kind
    url: str
    method: HttpMethod = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    form: bool = False
    verify: bool = True
    heartbeat: bool = False

    @property
    def is_about_servers(self) -> bool:
        """Whether it has placeholders about a server, so that each server needs a message of its own."""
        return self.kind == "webhook" and bool(
            _ABOUT_A_SERVER.search(self.url) or (self.method == "POST" and _ABOUT_A_SERVER.search(self.body))
        )


Channels = Mapping[int, Channel]
"""Every channel by id, ascending."""


def not_found(channel_id: int) -> NotFound:
    return NotFound(f"Channel {channel_id} does not exist.", error="channel_not_found")


def check(channel: Channel) -> None:
    """Raises InvalidInput with the field's name."""
    check_length("name", channel.name, least=1, most=NAME_LENGTH)
    check_choice("kind", channel.kind, KINDS)
    check_length("url", channel.url, least=1, most=CHANNEL_URL_LENGTH)
    headers_hidden = any(value == HIDDEN for _, value in channel.headers)
    hidden = {"url": channel.url[-1:] == HIDDEN, "body": channel.body == HIDDEN, "headers": headers_hidden}
    for field in filter(hidden.get, hidden):
        message = f'"{field}" has "{HIDDEN}", which only stands for a secret; send the whole value.'
        raise InvalidInput(message, error="hidden", field=field)
    if channel.kind == "apprise":
        if channel.heartbeat:
            message = '"heartbeat" is for webhooks only: people do not want a message every five minutes.'
            raise InvalidInput(message, error="needs_webhook", field="heartbeat")
        _check_apprise(channel.url)
    else:
        _check_webhook(channel)


def _check_apprise(url: str) -> None:
    found = _SCHEME.match(url)
    if not found or found[1].lower() not in SERVICES:
        message = '"url" must begin with the scheme of a supported service, for example tgram:// or mailtos://.'
        raise InvalidInput(message, error="unknown_service", field="url")
    options = (_decoded(part.partition("=")[0]).strip().lower() for part in re.split("[?&;]", url)[1:])
    forbidden = next(filter(is_forbidden, options), None)
    if forbidden:
        message = f'"url" must not have the option "{forbidden}".'
        raise InvalidInput(message, error="forbidden_option", field="url")


def is_forbidden(option: str) -> bool:
    """Whether a URL of a service must not have this option, in lower case."""
    return option in FORBIDDEN_OPTIONS or option.startswith("pgp")


def _decoded(text: str) -> str:
    """Decodes percent-encoded ASCII characters, which is enough to recognize an option's name."""
    return re.sub("%([0-7][0-9A-Fa-f])", lambda found: chr(int(found[1], 16)), text)


def _check_webhook(channel: Channel) -> None:
    check_choice("method", channel.method, METHODS)
    found = _WEB_ADDRESS.match(channel.url)
    if not found or not 0 < int(found[3] or 80) <= 65_535:
        raise InvalidInput('"url" must be an http:// or https:// URL.', error="not_a_web_address", field="url")
    check_length("body", channel.body, most=CHANNEL_BODY_LENGTH)
    if len(channel.headers) > CHANNEL_HEADERS:
        message = f'"headers" has {len(channel.headers)} entries; the limit is {CHANNEL_HEADERS}.'
        raise InvalidInput(message, error="too_many_entries", field="headers", limit=CHANNEL_HEADERS)
    for name, value in channel.headers:
        check_length("headers", name, most=CHANNEL_HEADER_LENGTH)
        check_length("headers", value, most=CHANNEL_HEADER_LENGTH)
        if not _HEADER_NAME.fullmatch(name) or any(ord(one) < 32 and one != "\t" for one in value) or "\x7f" in value:
            raise InvalidInput(
                '"headers" has a name or value that HTTP forbids.', error="not_a_header", field="headers"
            )
    if channel.form and channel.body and not _is_object(channel.body):
        raise InvalidInput('"body" of a form must be a JSON object.', error="not_an_object", field="body")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def shown_url(channel: Channel) -> str:
    """The part of a channel's URL that may be shown: the scheme, and a webhook's host."""
    found = _WEB_ADDRESS.match(channel.url) if channel.kind == "webhook" else _SCHEME.match(channel.url)
    if not found:
        return HIDDEN
    if channel.kind == "apprise":
        return f"{found[1].lower()}://{HIDDEN}"
    return f"{found[1]}://{found[2]}{f':{found[3]}' if found[3] else ''}/{HIDDEN}"
