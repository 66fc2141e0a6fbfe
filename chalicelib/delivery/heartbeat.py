"""The heartbeat: a message every five minutes, to channels that ask for it, while rules are evaluated.

An outside service, such as healthchecks.io, notifies people when no heartbeat arrives. So a heartbeat is sent only
here, and only after everything went well.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from chalicelib.delivery.outbox import Sends
from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.alerts.messages import Message, Site, heartbeat_message, site_of
from chalicelib.fleet.errors import Throttled, Unavailable
from chalicelib.fleet.limits import DELIVERIES_AT_ONCE, HEARTBEAT_SECONDS
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.store import Store

log = logging.getLogger(__name__)


class Heartbeat:
    """every: seconds between two evaluations. nanoseconds: a clock in Unix nanoseconds, for the time in messages."""

    def __init__(self, store: Store, sender: Sends, every: int, nanoseconds: Callable[[], int] = time.time_ns) -> None:
        self._store = store
        self._sender = sender
        self._every = every
        self._nanoseconds = nanoseconds
        self._read_at = 0
        self._channels: list[Channel] = []
        self._heard: dict[int, int] = {}

    def beat(self, settings: Settings, now: int) -> None:
        """Sends a heartbeat to each channel that is due, all at once. A failed one is retried a minute later."""
        due = [one for one in self._wanting(now) if not self._is_recent(self._heard.get(one.id, 0), now)]
        if not due:
            return
        site, at = site_of(settings), self._nanoseconds()
        with ThreadPoolExecutor(DELIVERIES_AT_ONCE, thread_name_prefix="heartbeat") as threads:
            errors = list(threads.map(lambda one: self._send(one, site, at), due))
        for channel, error in zip(due, errors, strict=True):
            if error:
                log.warning("The heartbeat to channel %s failed: %s", channel.id, error)
            else:
                self._heard[channel.id] = now

    def _wanting(self, now: int) -> list[Channel]:
        """The channels with a heartbeat. They are read only as often as heartbeats are sent."""
        if not self._is_recent(self._read_at, now):
            try:
                self._channels = [one for one in self._store.alerts.channels().values() if one.heartbeat]
                self._read_at = now
            except (Throttled, Unavailable) as error:
                log.warning("Channels that want a heartbeat could not be read: %s", error.message)
        return self._channels

    def _is_recent(self, at: int, now: int) -> bool:
        return 0 <= now - at < HEARTBEAT_SECONDS - self._every / 2

    def _send(self, channel: Channel, site: Site, at: int) -> str:
        message: Message = heartbeat_message(site)
        return self._sender.send(channel, message, at, site.zone)
