"""Sends through the Apprise library. Only the module for the URL's service is loaded, and nothing that reads files.

By default, a URL can make Apprise open files and other addresses, extend time-outs without limit, and follow redirects.
All of that is disabled here. `sender` imports this module only when a message needs it, as that takes a tenth of a
second.
"""

import importlib
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.attachment import AttachmentManager
from apprise.exception import AppriseException

from chalicelib.delivery.addresses import allowed
from chalicelib.delivery.unmarked import unmarked
from chalicelib.fleet.alerts.channels import is_forbidden
from chalicelib.fleet.alerts.messages import Message
from chalicelib.fleet.alerts.services import SERVICES

_CONNECTING = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))


@dataclass
class _Reach:
    """What the message that is being sent may reach. local: whether that includes loopback and private addresses.

    refused: whether it tried to reach anything else. connections: our duplicates of its connections' file descriptors.
    """

    local: bool
    refused: bool = False
    connections: list[int] = field(default_factory=list)


_reach: ContextVar[_Reach | None] = ContextVar("reach", default=None)
"""Set while a message is sent, including in the threads that Apprise uses to send it."""


def send(url: str, message: Message, seconds: float, *, local: bool) -> str:
    """Sends a message. Returns "" if it arrived, otherwise what went wrong, fit to be shown."""
    scheme = url.partition("://")[0].lower()
    try:
        plugin = _plugin(scheme, url, seconds)
    except (AppriseException, TypeError, ValueError) as error:
        # Apprise's own message may contain the URL.
        del error
        return "the URL is not complete, or has an option that is not allowed"
    apprise = Apprise(asset=plugin.asset)
    apprise.add(plugin)
    with _reaching(local=local) as reach:
        result = apprise.notify(
            title=unmarked(scheme, message.title),
            body=unmarked(scheme, message.body or message.title),
            body_format=NotifyFormat.TEXT,
        )
    if reach.refused:
        return "the address is not allowed"
    return "" if result else _failure(result)


def _plugin(scheme: str, url: str, seconds: float) -> Any:
    """Raises ValueError, TypeError or AppriseException for a URL that its service does not accept."""
    if scheme not in SERVICES:
        raise ValueError("unknown service")
    module, class_ = SERVICES[scheme].split(":")
    service = getattr(importlib.import_module(f"apprise.plugins.{module}"), class_)
    # Apprise treats a # in a path as part of it, such as a channel's name.
    parsed = service.parse_url(url.replace("/#", "/%23"))
    if not parsed or any(is_forbidden(option) for option in parsed["qsd"]):
        raise ValueError("not a URL of this service")
    plugin = service(asset=_asset(seconds), **parsed)
    plugin.socket_connect_timeout, plugin.socket_read_timeout = seconds / 2, seconds
    plugin.redirects = False
    plugin.retry = 0
    return plugin


def _asset(seconds: float) -> AppriseAsset:
    return AppriseAsset(
        app_id="Nezha",
        app_desc="Nezha",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        http_redirects=False,
        service_timeout=seconds,
        storage_mode="memory",
        plugin_paths=None,
    )


def _failure(result: Any) -> str:
    """The last line that Apprise logged about the attempt; lines of this level contain no secret."""
    lines = [str(entry) for one in result.results for attempt in one.attempts[-1:] for entry in attempt]
    text = lines[-1].rpartition(" - ")[2].strip() if lines else ""
    return text[:200] if text and "did not finish" not in text else "no answer in time"


@contextmanager
def _reaching(*, local: bool) -> Iterator[_Reach]:
    reach = _Reach(local)
    token = _reach.set(reach)
    try:
        yield reach
    finally:
        _reach.reset(token)
        # A thread that Apprise no longer waits for may still be reading an answer that never ends.
        for descriptor in reach.connections:
            with closing(socket.socket(fileno=descriptor)) as connection, suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _watch_addresses(event: str, arguments: tuple[Any, ...]) -> None:
    """The audit hook. It refuses connections to addresses that are not allowed, after names have been resolved."""
    if event not in _CONNECTING:
        return
    reach = _reach.get()
    if reach is None:
        return
    connecting, address = arguments[:2]
    host = address[0] if isinstance(address, tuple) and address else ""
    if not allowed(str(host), local=reach.local):
        reach.refused = True
        raise PermissionError("the address is not allowed")
    if event == "socket.connect":
        reach.connections.append(os.dup(connecting.fileno()))


# What Apprise logs at lower levels contains tokens and payloads. Its warnings are read from its result instead.
logging.getLogger("apprise").setLevel(logging.WARNING)
logging.getLogger("apprise").propagate = False
# Disables all attachments, so that templates and keys cannot be opened from files or addresses.
AttachmentManager().unload_modules(disable_native=True)  # type: ignore[no-untyped-call]
# Python cannot remove an audit hook, so there is one for the whole process. It acts only while a message is sent.
sys.addaudithook(_watch_addresses)
