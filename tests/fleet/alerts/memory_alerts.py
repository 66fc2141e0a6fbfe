"""Rules, channels and events in memory."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.fleet.alerts.attention import Pulse
from chalicelib.fleet.alerts.channels import Channel, not_found
from chalicelib.fleet.alerts.ledger import EventRecord, Ledger
from chalicelib.fleet.alerts.open_events import OpenEvent
from chalicelib.fleet.store import Changed


@dataclass
class MemoryAlerts:
    """Implements `fleet.alerts.store.AlertStore`. writes: how often something was written."""

    all_ledgers: dict[int, Ledger] = field(default_factory=dict)
    all_channels: dict[int, Channel] = field(default_factory=dict)
    records: dict[int, EventRecord] = field(default_factory=dict)
    kept_open: list[OpenEvent] = field(default_factory=list)
    last_pulse: Pulse | None = None
    last_id: int = 0
    writes: int = 0

    def ledgers(self, *, at_once: bool = False) -> Mapping[int, Ledger]:
        return dict(self.all_ledgers)

    def ledgers_and_open_events(self) -> tuple[Mapping[int, Ledger], Sequence[OpenEvent]]:
        return self.ledgers(), self.kept_open

    def open_events(self) -> Sequence[OpenEvent]:
        return self.kept_open

    def keep_open_events(self, events: Sequence[OpenEvent]) -> None:
        self.writes += 1
        self.kept_open = list(events)

    def ledger(self, rule_id: int) -> Ledger | None:
        return self.all_ledgers.get(rule_id)

    def new_rule_id(self) -> int:
        return self.new_event_ids(1)

    def create_rule(self, ledger: Ledger) -> None:
        self.all_ledgers[ledger.rule.id] = self._marked(ledger)

    def save(self, old: Ledger, new: Ledger) -> Ledger:
        if self.all_ledgers[new.rule.id].mark != old.mark:
            raise Changed
        self.all_ledgers[new.rule.id] = self._marked(new)
        return self.all_ledgers[new.rule.id]

    def retire(self, old: Ledger, new: Ledger) -> Ledger:
        return self.save(old, new)

    def remove(self, ledger: Ledger) -> None:
        if self.all_ledgers[ledger.rule.id].mark == ledger.mark:
            del self.all_ledgers[ledger.rule.id]

    def _marked(self, ledger: Ledger) -> Ledger:
        self.writes += 1
        return replace(ledger, mark=uuid.uuid4().hex)

    def pulse(self) -> Pulse | None:
        return self.last_pulse

    def write_pulse(self, pulse: Pulse) -> None:
        self.writes += 1
        self.last_pulse = pulse

    def new_event_ids(self, count: int) -> int:
        self.last_id += count
        return self.last_id - count + 1

    def archive(self, records: Sequence[EventRecord]) -> None:
        self.records |= {record.id: record for record in records}

    def archived(self, limit: int, before: int | None = None, server_id: int | None = None) -> list[EventRecord]:
        found = sorted(self.records.values(), key=lambda record: -record.id)
        wanted = [one for one in found if before is None or one.id < before]
        return [one for one in wanted if server_id is None or one.server_id == server_id][:limit]

    def channels(self) -> Mapping[int, Channel]:
        return dict(self.all_channels)

    def new_channel_id(self) -> int:
        return self.new_event_ids(1)

    def create_channel(self, channel: Channel) -> None:
        self.all_channels[channel.id] = channel

    def edit_channel(self, old: Channel, new: Channel) -> None:
        if self.all_channels.get(old.id) != old:
            raise Changed
        self.all_channels[new.id] = new

    def delete_channel(self, channel_id: int) -> None:
        if self.all_channels.pop(channel_id, None) is None:
            raise not_found(channel_id)
