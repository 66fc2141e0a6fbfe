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
        """Every ledger. May be a moment old unless `at_once`; what is saved on top of an old one is refused."""

    def ledgers_and_open_events(self) -> tuple[Ledgers, Sequence[OpenEvent]]:
        """Every ledger, and the open events that were kept last. Both may be a moment old."""

    def open_events(self) -> Sequence[OpenEvent]:
        """The ones that were kept last, or a moment before."""

    def keep_open_events(self, events: Sequence[OpenEvent]) -> None:
        """Replaces those that were kept."""

    def ledger(self, rule_id: int) -> Ledger | None:
        """One ledger, as of now."""

    def new_rule_id(self) -> int:
        """An id that was never used before; raises InvalidInput when there are too many rules."""

    def create_rule(self, ledger: Ledger) -> None:
        """Stores the ledger of a new rule; raises InvalidInput when there are too many."""

    def save(self, old: Ledger, new: Ledger) -> Ledger:
        """Replaces `old` by `new` and returns it as it is stored. Raises Changed unless `old` is what is stored."""

    def retire(self, old: Ledger, new: Ledger) -> Ledger:
        """As `save`, for a rule that is deleted now: it no longer counts."""

    def remove(self, ledger: Ledger) -> None:
        """Removes a finished ledger, unless it was changed meanwhile."""

    def pulse(self) -> Pulse | None:
        """The last one that was written."""

    def write_pulse(self, pulse: Pulse) -> None:
        """Replaces the last one."""

    def new_event_ids(self, count: int) -> int:
        """The first of as many ids as are needed, which follow each other and were never used before."""

    def archive(self, records: Sequence[EventRecord]) -> None:
        """Keeps events that are over. Keeping one again changes nothing."""

    def archived(self, limit: int, before: int | None = None, server_id: int | None = None) -> list[EventRecord]:
        """The newest archived events, whose ids are less than `before`, newest first; of one server or of all."""

    def channels(self) -> Channels:
        """Every channel, as of now."""

    def new_channel_id(self) -> int:
        """An id that was never used before; raises InvalidInput when there are too many channels."""

    def create_channel(self, channel: Channel) -> None:
        """Stores a new channel; raises InvalidInput when there are too many."""

    def edit_channel(self, old: Channel, new: Channel) -> None:
        """Replaces `old` by `new`; raises Changed unless `old` is what is stored."""

    def delete_channel(self, channel_id: int) -> None:
        """Raises NotFound."""
