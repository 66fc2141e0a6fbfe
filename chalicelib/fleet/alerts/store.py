"""The interface that alerts need from storage. `storage.alerts.Alerts` implements it."""

from collections.abc import Sequence
from typing import Protocol

from chalicelib.fleet.alerts.attention import Pulse
from chalicelib.fleet.alerts.channels import Channel, Channels
from chalicelib.fleet.alerts.ledger import EventRecord, Ledger, Ledgers
from chalicelib.fleet.alerts.open_events import OpenEvent


class AlertStore(Protocol):
    """Every method raises Throttled or Unavailable when the database refuses or does not answer."""

    def ledgers(self, *, at_once: bool = False) -> Ledgers:
        """Every ledger. May be slightly out of date unless `at_once`; `save` refuses a ledger that is."""

    def ledgers_and_open_events(self) -> tuple[Ledgers, Sequence[OpenEvent]]:
        """Every ledger, and the open events that were stored last. Both may be slightly out of date."""

    def open_events(self) -> Sequence[OpenEvent]:
        """The open events that were stored last. May be slightly out of date."""

    def keep_open_events(self, events: Sequence[OpenEvent]) -> None:
        """Replaces the stored open events."""

    def ledger(self, rule_id: int) -> Ledger | None:
        """One ledger, as of now."""

    def new_rule_id(self) -> int:
        """An id that was never used before; raises InvalidInput when there are too many rules."""

    def create_rule(self, ledger: Ledger) -> None:
        """Stores the ledger of a new rule; raises InvalidInput when there are too many."""

    def save(self, old: Ledger, new: Ledger) -> Ledger:
        """Replaces `old` with `new` and returns it as it is stored. Raises Changed unless `old` is what is stored."""

    def retire(self, old: Ledger, new: Ledger) -> Ledger:
        """Like `save`, for a rule that is deleted now: it no longer counts towards the limit."""

    def remove(self, ledger: Ledger) -> None:
        """Removes a finished ledger, unless it has been changed since it was read."""

    def pulse(self) -> Pulse | None:
        """The pulse that was written last."""

    def write_pulse(self, pulse: Pulse) -> None:
        """Replaces the stored pulse."""

    def new_event_ids(self, count: int) -> int:
        """The first of `count` consecutive IDs that were never used before."""

    def archive(self, records: Sequence[EventRecord]) -> None:
        """Stores events that are over. Storing one again changes nothing."""

    def archived(self, limit: int, before: int | None = None, server_id: int | None = None) -> list[EventRecord]:
        """The newest archived events, whose ids are less than `before`, newest first; of one server or of all."""

    def channels(self) -> Channels:
        """Every channel, as of now."""

    def new_channel_id(self) -> int:
        """An id that was never used before; raises InvalidInput when there are too many channels."""

    def create_channel(self, channel: Channel) -> None:
        """Stores a new channel; raises InvalidInput when there are too many."""

    def edit_channel(self, old: Channel, new: Channel) -> None:
        """Replaces `old` with `new`; raises Changed unless `old` is what is stored."""

    def delete_channel(self, channel_id: int) -> None:
        """Deletes a channel; raises NotFound."""
