"""The outbox: delivers what rules owe to channels, so that nothing is lost and nobody is told twice.

Before a message is sent, its delivery is leased in the rule's ledger, and afterwards what became of it is noted there.
A process that dies in between leaves a lease that ends, and another tries again. Channels are worked through side by
side, one message after the other; the first that fails leaves the others of its channel for the next run.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Protocol

from chalicelib.delivery.placeholders import Values, server_values
from chalicelib.delivery.sender import NOBODY
from chalicelib.fleet.alerts.channels import Channel
from chalicelib.fleet.alerts.ledger import Ledgers, delivery_of, with_delivery
from chalicelib.fleet.alerts.messages import Message, message, message_about, site_of, summary
from chalicelib.fleet.alerts.notices import (
    Delivery,
    Notice,
    Told,
    abandoned,
    arrived,
    begun,
    failed,
    partly_sent,
    postponed,
)
from chalicelib.fleet.errors import Throttled, Unavailable
from chalicelib.fleet.limits import DELIVERIES_AT_ONCE, DELIVERY_RUN_SECONDS
from chalicelib.fleet.servers import Server
from chalicelib.fleet.states import StatesByServer
from chalicelib.fleet.store import Changed, Store, View

log = logging.getLogger(__name__)

Change = Callable[[Delivery], Delivery | None]
"""The next state of a delivery; None to leave it alone."""


class Sends(Protocol):
    """What `Sender` does."""

    def send(self, channel: Channel, message: Message, at: int, zone: str, server: Values = NOBODY) -> str: ...


class Books:
    """Ledgers that several threads change, each change stored at once."""

    def __init__(self, store: Store, ledgers: Ledgers) -> None:
        self._store = store
        self._ledgers = dict(ledgers)
        self._locks = {id_: Lock() for id_ in ledgers}

    @property
    def ledgers(self) -> Ledgers:
        return dict(self._ledgers)

    def sent(self, owed: "Owed") -> int:
        """How many events of a notice were told already."""
        delivery = delivery_of(self._ledgers[owed.notice.rule_id], owed.notice.id, owed.channel_id)
        return delivery.sent if delivery else 0

    def change(self, owed: "Owed", change: Change) -> bool:
        """Changes a delivery as it is stored now. False if `change` left it alone, or it is settled already."""
        id_ = owed.notice.rule_id
        with self._locks[id_]:
            while True:
                ledger = self._ledgers[id_]
                delivery = delivery_of(ledger, owed.notice.id, owed.channel_id)
                new = change(delivery) if delivery and not delivery.settled else None
                if new is None:
                    return False
                try:
                    stored = with_delivery(ledger, owed.notice.id, owed.channel_id, new)
                    self._ledgers[id_] = self._store.alerts.save(ledger, stored)
                except Changed:
                    current = self._store.alerts.ledger(id_)
                    if current is None:
                        return False
                    self._ledgers[id_] = current
                else:
                    return True


@dataclass(frozen=True, slots=True)
class Owed:
    """One notice for one channel."""

    notice: Notice
    channel_id: int
    delivery: Delivery


@dataclass
class Outbox:
    """clock: Unix seconds. nanoseconds: for messages that tell the time as exactly."""

    store: Store
    sender: Sends
    clock: Callable[[], float] = time.time
    nanoseconds: Callable[[], int] = time.time_ns
    seconds: float = DELIVERY_RUN_SECONDS

    def deliver(self, ledgers: Ledgers, view: View, states: StatesByServer, quiet_until: int = 0) -> Ledgers:
        """Tries every delivery that is due; nothing in quiet hours. Returns the ledgers as they are then."""
        due = [] if quiet_until else list(_due(ledgers, self.clock()))
        if not due:
            return ledgers
        run = _Run(self, Books(self.store, ledgers), view, states, self.clock() + self.seconds)
        run.work_through(due)
        return run.books.ledgers


def _due(ledgers: Ledgers, now: float) -> Iterable[Owed]:
    return (
        Owed(notice, channel_id, delivery)
        for ledger in ledgers.values()
        for notice in ledger.notices
        for channel_id, delivery in notice.deliveries.items()
        if not delivery.settled and _is_due(notice, delivery, now)
    )


def _is_due(notice: Notice, delivery: Delivery, now: float) -> bool:
    """Quiet hours may be over before the time that they had when a notice was made: somebody changed them."""
    return delivery.due <= now or (notice.held and not delivery.tries)


class _Run:
    """One run of the outbox, until the deadline."""

    def __init__(self, outbox: Outbox, books: Books, view: View, states: StatesByServer, deadline: float) -> None:
        self.books = books
        self._outbox = outbox
        self._view = view
        self._states = states
        self._deadline = deadline
        self._site = site_of(view.settings)

    def work_through(self, due: Iterable[Owed]) -> None:
        channels = self._outbox.store.alerts.channels()
        by_channel: dict[int, list[Owed]] = {}
        for owed in due:
            by_channel.setdefault(owed.channel_id, []).append(owed)
        # Those first whose channel worked when it was last tried.
        order = sorted(by_channel.items(), key=lambda pair: max(owed.delivery.tries for owed in pair[1]))
        with ThreadPoolExecutor(DELIVERIES_AT_ONCE, thread_name_prefix="deliver") as threads:
            work = [threads.submit(self._work_for, channels.get(id_), all_) for id_, all_ in order]
        for one in work:
            one.result()

    def _work_for(self, channel: Channel | None, due: Sequence[Owed]) -> None:
        try:
            if channel is None:
                self._give_up(due)
                return
            for together in _messages(channel, due):
                if self._outbox.clock() >= self._deadline or not self._deliver(channel, together):
                    return
        except (Throttled, Unavailable) as error:
            # Leased and not noted: it is tried again when the lease is over.
            log.warning("What was sent to a channel could not be noted: %s", error.message)

    def _give_up(self, due: Iterable[Owed]) -> None:
        for owed in due:
            self.books.change(owed, lambda delivery: abandoned(delivery, "the channel was deleted"))

    def _deliver(self, channel: Channel, together: Sequence[Owed]) -> bool:
        """Sends the one message that some notices make. Whether the channel works."""
        now = int(self._outbox.clock())
        leased = [owed for owed in together if self.books.change(owed, partial(_leased, owed.notice, now=now))]
        if not leased:
            return True
        if channel.is_about_servers and not leased[0].notice.of_monitors:
            return self._deliver_one_by_one(channel, leased[0])
        if len(leased) == 1 and not leased[0].notice.held:
            error = self._send(channel, message(leased[0].notice, self._site))
        else:
            error = self._send(channel, summary([owed.notice for owed in leased], self._site))
        for owed in leased:
            self._note(owed, error)
        return not error

    def _deliver_one_by_one(self, channel: Channel, owed: Owed) -> bool:
        """Sends a message for each server, from the first that was not told yet. Whether the channel works."""
        for told in owed.notice.told[self.books.sent(owed) :]:
            if self._outbox.clock() >= self._deadline:
                self._change(owed, postponed)
                return True
            error = self._send(channel, message_about(owed.notice, told, self._site), self._values(told))
            if error:
                self._note(owed, error)
                return False
            self._change(owed, partly_sent)
        self._note(owed, "")
        return True

    def _note(self, owed: Owed, error: str) -> None:
        self._change(owed, lambda one, now: failed(one, now, error) if error else arrived(one, now))

    def _change(self, owed: Owed, change: Callable[[Delivery, int], Delivery]) -> None:
        now = int(self._outbox.clock())
        self.books.change(owed, lambda one: change(one, now))

    def _values(self, told: Told) -> Mapping[str, str]:
        gone = Server(id=told.subject, name=told.event.name)
        return server_values(self._view.fleet.by_id.get(told.subject, gone), self._states.get(told.subject))

    def _send(self, channel: Channel, text: Message, server: Values = NOBODY) -> str:
        at = self._outbox.nanoseconds()
        return self._outbox.sender.send(channel, text, at, self._site.zone, server)


def _leased(notice: Notice, delivery: Delivery, now: int) -> Delivery | None:
    return begun(delivery, now) if _is_due(notice, delivery, now) else None


def _messages(channel: Channel, due: Iterable[Owed]) -> Iterable[Sequence[Owed]]:
    """What is sent as one message each, the oldest first: all of the quiet hours together, and every other notice."""
    in_order = sorted(due, key=lambda owed: (owed.notice.at, owed.notice.rule_id, owed.notice.id))
    held = [] if channel.is_about_servers else [owed for owed in in_order if owed.notice.held]
    if held:
        yield held
    for owed in in_order:
        if owed not in held:
            yield [owed]
