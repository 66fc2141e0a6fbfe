"""Rules: what to watch, where, for how long, and which channels to notify."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from chalicelib.fleet.alerts import conditions
from chalicelib.fleet.alerts.conditions import Condition, check_known
from chalicelib.fleet.checks import check_choice, check_length, check_range
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.limits import (
    CHANNELS,
    NAME_LENGTH,
    RULE_CONDITIONS,
    RULE_SECONDS_MOST,
    RULE_TAGS,
    SERVERS,
    TAG_LENGTH,
)
from chalicelib.fleet.monitors import COVERS, Cover
from chalicelib.fleet.servers import Server


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    id: 0 for a rule that is not stored yet. conditions: all of them must hold. duration: seconds for which each of
    them must hold before the rule fires, unless a condition has its own. servers, tags: with cover "all" the servers
    that are left out, with "only" the only ones that are watched. channels: IDs of the channels to notify. remind:
    seconds between two reminders, 0 for none. recovery: whether to notify when an event ends. muted_until: Unix
    seconds; no messages are sent before.
    """

    id: int
    name: str
    conditions: tuple[Condition, ...]
    enabled: bool = True
    duration: int = 120
    cover: Cover = "all"
    servers: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()
    channels: tuple[int, ...] = ()
    remind: int = 0
    recovery: bool = True
    muted_until: int = 0

    @property
    def of_monitors(self) -> bool:
        """Whether the rule watches monitors rather than servers."""
        return self.conditions[0].kind.of_monitors

    def covers(self, server: Server) -> bool:
        """Whether the rule can fire for a server."""
        named = server.id in self.servers or server.tag in self.tags
        return named == (self.cover == "only") and all(one.covers(server.id) for one in self.conditions)

    def duration_of(self, condition: Condition) -> int:
        """For how many seconds a condition must hold; 0 for `offline`, whose test already includes the duration."""
        if condition.kind.source == "silence":
            return 0
        return self.duration if condition.duration is None else condition.duration

    @property
    def longest_duration(self) -> int:
        """The longest duration of the conditions, in seconds. An ended event does not begin again for this long."""
        durations = (self.duration if one.duration is None else one.duration for one in self.conditions)
        return max(durations)

    def watches_as(self, other: "Rule") -> bool:
        """Whether both rules fire for the same subjects at the same time, whatever their names and channels."""
        return (self.enabled, self.conditions, self.duration, self.cover, self.servers, self.tags) == (
            other.enabled,
            other.conditions,
            other.duration,
            other.cover,
            other.servers,
            other.tags,
        )


Rules = Mapping[int, Rule]
"""Every rule by id, ascending."""


def check(rule: Rule, servers: Collection[int], monitors: Collection[int], channels: Collection[int]) -> None:
    """Raises InvalidInput with the field's name. servers, monitors, channels: the ids that may be named."""
    check_length("name", rule.name, least=1, most=NAME_LENGTH)
    if not rule.conditions:
        raise InvalidInput('"conditions" must have at least one entry.', error="required", field="conditions")
    if len(rule.conditions) > RULE_CONDITIONS:
        message = f'"conditions" has {len(rule.conditions)} entries; the limit is {RULE_CONDITIONS}.'
        raise InvalidInput(message, error="too_many_entries", field="conditions", limit=RULE_CONDITIONS)
    for place, condition in enumerate(rule.conditions):
        conditions.check(condition, place, servers, monitors)
    if len({one.kind.of_monitors for one in rule.conditions}) > 1:
        message = 'A rule cannot combine conditions on monitors ("down", "certificate") with conditions on servers.'
        raise InvalidInput(message, error="mixed_conditions", field="conditions")
    check_range("duration", rule.duration, 0, RULE_SECONDS_MOST)
    check_choice("cover", rule.cover, COVERS)
    check_known("servers", rule.servers, servers, SERVERS, "server")
    _check_tags(rule.tags)
    check_known("channels", rule.channels, channels, CHANNELS, "channel")
    check_range("remind", rule.remind, 0, RULE_SECONDS_MOST)


def _check_tags(tags: Collection[str]) -> None:
    if len(tags) > RULE_TAGS:
        message = f'"tags" has {len(tags)} entries; the limit is {RULE_TAGS}.'
        raise InvalidInput(message, error="too_many_entries", field="tags", limit=RULE_TAGS)
    for tag in tags:
        check_length("tags", tag, most=TAG_LENGTH)
