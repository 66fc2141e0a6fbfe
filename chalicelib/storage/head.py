"""The head: one item with ID counters and versions, which every request reads with strong consistency.

Every change raises the version of what it changes, in the same transaction. Readers keep what rarely changes in memory,
and read only what has a new version. So their answers include every change that was finished before the request began.
See docs/decisions/0003-servers-and-versions.md.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.models import Model

from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.limits import NOTE_SECONDS, SECRET_CACHE_SECONDS
from chalicelib.fleet.public_counts import NOTHING_COUNTED, PublicCounts
from chalicelib.storage.calls import Clock, Database
from chalicelib.storage.failures import ConditionFailed
from chalicelib.storage.items import Item, number, update_of

GROUP_SIZE = 64
"""How many servers share a version and a partition key."""

KEY: Item = {"g": {"N": "-1"}, "i": {"N": "0"}}

Counted = Literal["server", "monitor"]

_FULL: Mapping[Counted, str] = {"server": "too_many_servers", "monitor": "too_many_monitors"}
"""The stable names of the errors."""


class HeadItem(Model):
    """The head. The version of group 7 is the attribute `v7`; the others are named in Head."""

    class Meta:
        table_name = "servers"

    group = NumberAttribute(hash_key=True, attr_name="g")
    id = NumberAttribute(range_key=True, attr_name="i")


@dataclass(frozen=True)
class Head:
    """Versions, and what every request needs.

    secrets, monitors, settings, groups: versions. That of `secrets` is raised whenever an agent's secret becomes
    invalid; `groups` has one for each group of servers. server_count: how many servers there are. watched_at: when it
    was last noted that somebody is watching. slow_until: until when the cost ceiling slows the dashboard down. Both in
    Unix seconds. public_counts: how many servers guests may see.
    """

    secrets: int = 0
    monitors: int = 0
    settings: int = 0
    server_count: int = 0
    watched_at: int = 0
    slow_until: int = 0
    public_counts: PublicCounts = NOTHING_COUNTED
    groups: Mapping[int, int] = field(default_factory=dict)


def read_head(database: Database) -> Head:
    item = database.get(HeadItem, KEY) or {}
    numbers = {name: int(value["N"]) for name, value in item.items()}
    return Head(
        secrets=numbers.get("secrets", 0),
        monitors=numbers.get("monitors", 0),
        settings=numbers.get("settings", 0),
        server_count=numbers.get("server_count", 0),
        watched_at=numbers.get("watched_at", 0),
        slow_until=numbers.get("slow_until", 0),
        public_counts=PublicCounts(numbers.get("shown", 0), numbers.get("online", 0)),
        groups={int(name[1:]): version for name, version in numbers.items() if name[0] == "v"},
    )


class RecentHead:
    """The head as it was at most 15 seconds ago. Thread-safe."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._read: tuple[float, Head] = (float("-inf"), Head())

    def get(self) -> Head:
        read_at, head = self._read
        return head if self._clock.monotonic() - read_at < SECRET_CACHE_SECONDS else self.refreshed()

    def refreshed(self) -> Head:
        """The head as of now, for callers that need something newer."""
        began = self._clock.monotonic()
        head = read_head(self._database)
        self._read = (began, head)
        return head


def note_watching(database: Database, now: int) -> None:
    """Notes that somebody is watching, unless that was noted less than NOTE_SECONDS ago.

    A note from the future is replaced: a clock was set back since.
    """
    watched_at = Path("watched_at")
    not_lately = watched_at <= number(now - NOTE_SECONDS)
    with suppress(ConditionFailed):
        database.update(
            HeadItem,
            KEY,
            [watched_at.set(number(now))],
            watched_at.does_not_exist() | not_lately | (watched_at >= number(now + NOTE_SECONDS)),
        )


def keep_public_counts(database: Database, counts: PublicCounts) -> None:
    actions = [Path("shown").set(number(counts.servers)), Path("online").set(number(counts.online))]
    database.update(HeadItem, KEY, actions)


def new_id(database: Database, what: Counted, most: int) -> int:
    """An ID that was never given out before. Raises InvalidInput if there are `most` of its kind already."""
    last_id = Path(f"last_{what}_id")
    try:
        head = database.update(HeadItem, KEY, [last_id.add(number(1))], room(what, most), returning="UPDATED_NEW")
    except ConditionFailed:
        raise full(what, most) from None
    return int(head[f"last_{what}_id"]["N"])


def room(what: Counted, most: int) -> Condition:
    """The condition that there are fewer than `most` of a kind."""
    count = Path(f"{what}_count")
    condition: Condition = count.does_not_exist() | (count < number(most))
    return condition


def full(what: Counted, most: int) -> InvalidInput:
    message = f"This dashboard has reached its limit of {most} {what}s; delete some first."
    return InvalidInput(message, error=_FULL[what], limit=most)


def raise_last_id(database: Database, what: Counted, at_least: int) -> None:
    """Prevents IDs up to `at_least` from being given out."""
    last_id = Path(f"last_{what}_id")
    lower = last_id.does_not_exist() | (last_id < number(at_least))
    try:
        database.update(HeadItem, KEY, [last_id.set(number(at_least))], lower)
    except ConditionFailed:
        return


def raised(
    database: Database,
    *,
    servers: Collection[int] = (),
    server_count: int = 0,
    monitor_count: int = 0,
    secrets: bool = False,
    monitors: bool = False,
    settings: bool = False,
    condition: Condition | None = None,
) -> dict[str, Any]:
    """The write, for a transaction, that raises the versions of what changes. servers: IDs of those that change."""
    steps = {
        **{f"v{group}": 1 for group in sorted({group_of(id_) for id_ in servers})},
        "server_count": server_count,
        "monitor_count": monitor_count,
        "secrets": int(secrets),
        "monitors": int(monitors),
        "settings": int(settings),
    }
    actions = [Path(name).add(number(step)) for name, step in steps.items() if step]
    return {"Update": update_of(database.table(HeadItem), KEY, actions, condition)}


def group_of(server_id: int) -> int:
    return server_id // GROUP_SIZE


def moved_on(before: Item, restored: Item, server_ids: Collection[int], monitor_ids: Collection[int]) -> Item:
    """The head after a restore: every version is higher than any that a reader has seen, and no stored ID is given out
    again."""
    stored = (before, restored)
    groups = {f"v{group_of(id_)}" for id_ in server_ids}
    versions = (
        {name for head in stored for name in head if name[0] == "v"} | groups | {"monitors", "settings", "secrets"}
    )
    numbers = {name: _highest(name, stored) + 1 for name in versions}
    for what, ids in (("server", server_ids), ("monitor", monitor_ids)):
        numbers[f"last_{what}_id"] = max([_highest(f"last_{what}_id", stored), *ids])
        numbers[f"{what}_count"] = len(ids)
    return {**KEY, **{name: number(value) for name, value in numbers.items()}}


def _highest(name: str, heads: Iterable[Item]) -> int:
    return max(int(head[name]["N"]) if name in head else 0 for head in heads)
