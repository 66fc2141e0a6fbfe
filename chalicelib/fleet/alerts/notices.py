"""Notices: what channels have to be told about events, and when its delivery is attempted.

A notice is about the events of one rule that began in one evaluation, that ended in it, or that continue and need a
reminder. It is stored together with the events, so that neither exists without the other, and has a delivery for each
channel.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.evaluation import Ended, Event, Reason, RuleOutcome
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.limits import DELIVERY_TRIED_SECONDS

Kind = Literal["began", "ended", "reminder"]

LEASE_SECONDS = 60
"""How long a delivery belongs to the process that began it, unless that process records a result earlier."""

FIRST_PAUSE_SECONDS = 60
LONGEST_PAUSE_SECONDS = 64 * 60
"""The pause after a failed attempt doubles from the first to the longest."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one channel.

    at: time of the last attempt, Unix seconds, 0 before the first. tries: how many attempts there were. due: when the
    next attempt may begin. sent: if each event has a message of its own, how many of them were sent. error: why the
    last attempt failed. first: when the first attempt began.
    """

    due: int
    at: int = 0
    tries: int = 0
    sent: int = 0
    delivered: bool = False
    given_up: bool = False
    error: str = ""
    first: int = 0

    @property
    def settled(self) -> bool:
        """Whether nothing more will be tried."""
        return self.delivered or self.given_up

    @property
    def waits(self) -> bool:
        """Whether an attempt failed, and the next one has not begun yet."""
        return bool(self.error) and not self.settled


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a notice. ended, reason: None and "" while it is open."""

    event_id: int
    subject: int
    event: Event
    ended: int | None = None
    reason: Reason | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """id: 0 until it is stored. at: when it was made, Unix seconds. rule, conditions: as they were then.

    held: whether it was made in quiet hours; such notices are sent together, as a summary. deliveries: by channel id.
    """

    id: int
    kind: Kind
    rule_id: int
    rule: str
    conditions: tuple[Condition, ...]
    of_monitors: bool
    at: int
    told: tuple[Told, ...]
    held: bool = False
    deliveries: Mapping[int, Delivery] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        return all(delivery.settled for delivery in self.deliveries.values())


def notices(rule: Rule, outcome: RuleOutcome, now: int, quiet_until: int = 0) -> list[Notice]:
    """The notices about an outcome, in the order in which they have to be sent. Empty if the rule has no channels.

    now, quiet_until: as in Glance.
    """
    if not rule.channels:
        return []
    standing = outcome.standing.open
    parts: list[tuple[Kind, Sequence[Told]]] = [
        ("ended", [_told_end(id_, outcome.ended[id_]) for id_ in sorted(outcome.told_ended)]),
        ("began", [told_of(id_, standing[id_]) for id_ in sorted(outcome.told)]),
        ("reminder", [told_of(id_, standing[id_]) for id_ in sorted(outcome.reminded)]),
    ]
    return [_notice(kind, rule, told, now, quiet_until) for kind, told in parts if told]


def told_of(subject: int, event: Event, ended: int | None = None, reason: Reason | Literal[""] = "") -> Told:
    """An event as it is stored in a notice, without the fields that change while it is open."""
    return Told(event.id, subject, replace(event, told=0, edited=False, silent=False), ended, reason)


def _told_end(subject: int, end: Ended) -> Told:
    return told_of(subject, end.event, end.at, end.reason)


def _notice(kind: Kind, rule: Rule, told: Iterable[Told], now: int, quiet_until: int) -> Notice:
    due = max(now, quiet_until)
    return Notice(
        id=0,
        kind=kind,
        rule_id=rule.id,
        rule=rule.name,
        conditions=rule.conditions,
        of_monitors=rule.of_monitors,
        at=now,
        told=tuple(told),
        held=bool(quiet_until),
        deliveries={channel: Delivery(due) for channel in rule.channels},
    )


def begun(delivery: Delivery, now: int) -> Delivery:
    """The delivery with an attempt that starts now. Nobody else starts one before the lease is over."""
    lease = now + LEASE_SECONDS
    return replace(
        delivery, due=lease, at=now, tries=delivery.tries + 1, error="", first=delivery.first or now
    )  # fmt: skip


def partly_sent(delivery: Delivery, now: int) -> Delivery:
    """The delivery after one of several messages was sent; the next one follows at once."""
    return replace(delivery, due=now + LEASE_SECONDS, at=now, sent=delivery.sent + 1)


def postponed(delivery: Delivery, now: int) -> Delivery:
    """The delivery after an attempt that ran out of time. It continues as soon as possible."""
    return replace(delivery, due=now, tries=delivery.tries - 1)


def arrived(delivery: Delivery, now: int) -> Delivery:
    return replace(delivery, due=0, at=now, delivered=True, error="")


def failed(delivery: Delivery, now: int, error: str) -> Delivery:
    """The delivery after a failed attempt. It is given up if the next attempt would be too long after the first."""
    pause = min(FIRST_PAUSE_SECONDS * 2 ** (delivery.tries - 1), LONGEST_PAUSE_SECONDS)
    due = delivery.at + pause
    late = due > delivery.first + DELIVERY_TRIED_SECONDS
    return replace(delivery, due=0 if late else max(due, now), given_up=late, error=error)


def abandoned(delivery: Delivery, error: str) -> Delivery:
    """The delivery without further attempts, for example because the channel is gone."""
    return replace(delivery, due=0, given_up=True, error=error)
