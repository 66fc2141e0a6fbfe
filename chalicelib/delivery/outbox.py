"""The outbox: delivers rules' messages to channels, so that none is lost, and none is sent twice unless a process dies.

Before a message is sent, its delivery is leased in the rule's ledger; afterwards, the result is recorded there. If a
process dies in between, the lease expires and another process tries again. Channels are served in parallel, each one
message after the other, oldest first: a message that waits for another attempt is sent before newer ones, so that
nobody learns about the end of an event before its beginning. After a failure, the channel's other messages wait for the
next run.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
    """Ledgers that several threads change. Each change is stored immediately."""

    def __init__(self, store: Store, ledgers: Ledgers) -> None:
        self._store = store
        self._ledgers = dict(ledgers)
        self._locks = {id_: Lock() for id_ in ledgers}

    @property
    def ledgers(self) -> Ledgers:
        return dict(self._ledgers)

    def sent(self, owed: "Owed") -> int:
        """How many of a notice's events the channel has already been told about."""
        delivery = delivery_of(self._ledgers[owed.notice.rule_id], owed.notice.id, owed.channel_id)
        return delivery.sent if delivery else 0

    def change(self, owed: "Owed", change: Change) -> bool:
        """Applies `change` to the delivery as it is stored now. Returns False if `change` returned None, or if the
        delivery is settled or gone."""
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
    """clock: in Unix seconds. nanoseconds: a clock in Unix nanoseconds, for the time in messages. seconds: how long
    after its start a run still begins to send messages."""

    store: Store
    sender: Sends
    clock: Callable[[], float] = time.time
    nanoseconds: Callable[[], int] = time.time_ns
    seconds: float = DELIVERY_RUN_SECONDS

    def deliver(self, ledgers: Ledgers, view: View, states: StatesByServer, quiet_until: int = 0) -> Ledgers:
        """Attempts every delivery that is due, but none in quiet hours. Returns the ledgers as they are afterwards."""
        queues = {} if quiet_until else _queues(ledgers, self.clock())
        if not queues:
            return ledgers
        run = _Run(self, Books(self.store, ledgers), view, states, self.clock() + self.seconds)
        run.work_through(queues)
        return run.books.ledgers


def _queues(ledgers: Ledgers, now: float) -> dict[int, list[Owed]]:
    """What to send, by channel, the oldest first: what is due, and anything older that waits for another attempt.

    Channels that worked at the last attempt come first.
    """
    queues: dict[int, list[Owed]] = {}
    due: set[int] = set()
    for owed in _unsettled(ledgers):
        is_due = _is_due(owed.notice, owed.delivery, now)
        if is_due or owed.delivery.waits:
            queues.setdefault(owed.channel_id, []).append(owed)
        if is_due:
            due.add(owed.channel_id)
    found = [(id_, _up_to_the_last_due(queue, now)) for id_, queue in queues.items() if id_ in due]
    return dict(sorted(found, key=lambda pair: max(owed.delivery.tries for owed in pair[1])))


def _unsettled(ledgers: Ledgers) -> Iterable[Owed]:
    return (
        Owed(notice, channel_id, delivery)
        for ledger in ledgers.values()
        for notice in ledger.notices
        for channel_id, delivery in notice.deliveries.items()
        if not delivery.settled
    )


def _up_to_the_last_due(queue: Iterable[Owed], now: float) -> list[Owed]:
    in_order = sorted(queue, key=lambda owed: (owed.notice.at, owed.notice.rule_id, owed.notice.id))
    last = max(place for place, owed in enumerate(in_order) if _is_due(owed.notice, owed.delivery, now))
    return in_order[: last + 1]


def _is_due(notice: Notice, delivery: Delivery, now: float) -> bool:
    """A notice that quiet hours held back is due as soon as they are over, even if they were shortened since."""
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

    def work_through(self, queues: Mapping[int, Sequence[Owed]]) -> None:
        channels = self._outbox.store.alerts.channels()
        with ThreadPoolExecutor(DELIVERIES_AT_ONCE, thread_name_prefix="deliver") as threads:
            work = [threads.submit(self._work_for, channels.get(id_), queue) for id_, queue in queues.items()]
        for one in work:
            one.result()

    def _work_for(self, channel: Channel | None, queue: Sequence[Owed]) -> None:
        try:
            if channel is None:
                self._give_up(queue)
                return
            for together in _messages(channel, queue):
                if self._outbox.clock() >= self._deadline:
                    return
                if error := self._deliver(channel, together):
                    self._postpone(queue, together, error)
                    return
        except (Throttled, Unavailable) as error:
            # The delivery is leased and has no result: it is tried again when the lease is over.
            log.warning("The result of a delivery could not be stored: %s", error.message)

    def _give_up(self, queue: Iterable[Owed]) -> None:
        for owed in queue:
            self.books.change(owed, lambda delivery: abandoned(delivery, "the channel was deleted"))

    def _postpone(self, queue: Iterable[Owed], tried: Collection[Owed], error: str) -> None:
        """If no due message has been tried, records the error as a failed attempt of the first due one."""
        now = int(self._outbox.clock())
        due = [owed for owed in queue if _is_due(owed.notice, owed.delivery, now)]
        if not any(owed in tried for owed in due):
            self.books.change(due[0], lambda one: _tried(due[0].notice, one, now, error))

    def _deliver(self, channel: Channel, together: Sequence[Owed]) -> str:
        """Sends one message for several notices. Returns why the channel does not work, "" if it does."""
        now = int(self._outbox.clock())
        leased = [owed for owed in together if self.books.change(owed, partial(_leased, owed.notice, now=now))]
        if not leased:
            return ""
        if channel.is_about_servers and not leased[0].notice.of_monitors:
            return self._deliver_one_by_one(channel, leased[0])
        if len(leased) == 1 and not leased[0].notice.held:
            error = self._send(channel, message(leased[0].notice, self._site))
        else:
            error = self._send(channel, summary([owed.notice for owed in leased], self._site))
        for owed in leased:
            self._note(owed, error)
        return error

    def _deliver_one_by_one(self, channel: Channel, owed: Owed) -> str:
        """Sends a message for each server that the channel was not told about yet. Returns the same as `_deliver`."""
        for told in owed.notice.told[self.books.sent(owed) :]:
            if self._outbox.clock() >= self._deadline:
                self._change(owed, postponed)
                return ""
            error = self._send(channel, message_about(owed.notice, told, self._site), self._values(told))
            if error:
                self._note(owed, error)
                return error
            self._change(owed, partly_sent)
        self._note(owed, "")
        return ""

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
    return begun(delivery, now) if delivery.waits or _is_due(notice, delivery, now) else None


def _tried(notice: Notice, delivery: Delivery, now: int, error: str) -> Delivery | None:
    """The delivery as if an attempt had failed; None if another process has begun one."""
    return failed(begun(delivery, now), now, error) if _is_due(notice, delivery, now) else None


def _messages(channel: Channel, queue: Sequence[Owed]) -> Iterable[Sequence[Owed]]:
    """Groups the queue into messages: first one with all notices that quiet hours held back, then each other notice."""
    held = [] if channel.is_about_servers else [owed for owed in queue if owed.notice.held]
    if held:
        yield held
    for owed in queue:
        if owed not in held:
            yield [owed]
