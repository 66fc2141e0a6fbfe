"""Evaluation: which events of a rule begin and end at one moment, and which of them channels are told about.

Pure: the same rule, standing and glance give the same outcome. The outcome is stored only if the stored standing is
still the one that it was computed from, so if several evaluations run at the same time, only one of them counts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.glance import Glance, Verdict
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.limits import EVENTS_OPEN

Reason = Literal["recovered", "rule_changed", "deleted"]

EARLY = 0.6
"""A duration may be cut short by this share of the time between two evaluations. A condition that begins to hold is
seen up to one evaluation later, and its duration may end up to one evaluation before the next one. Half of that time
makes up for both on average, and the rest leaves time to deliver the message.
"""

BURST_SECONDS = 180
BURST_LEAST = 10
"""Servers of one rule that go offline within BURST_SECONDS are a burst if there are at least BURST_LEAST of them, or
three or more that are a third of the servers that the rule covers: their relay or network has probably failed. Other
servers that miss a report then count as offline together with them, so that they are not reported one by one."""


@dataclass(frozen=True, slots=True)
class Event:
    """One open event: a rule that fires for a server or monitor.

    id: 0 until it is stored. began: since when the conditions have held, Unix seconds. fired: when it began as an
    event. values: of the rule's conditions, in their order. monitor_id: for conditions on pings, the monitor that the
    value is of. name: of the server or monitor. of_monitors: whether it is a monitor. told: when channels were last
    told about it, 0 if never. edited: whether the rule was changed since the conditions were last seen to hold. silent:
    whether channels are not told when it ends. issuer: of a monitor's certificate.
    """

    id: int
    began: int
    fired: int
    values: tuple[float, ...]
    name: str
    monitor_id: int = 0
    monitor: str = ""
    of_monitors: bool = False
    told: int = 0
    edited: bool = False
    silent: bool = False
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is remembered about a rule between two evaluations, by the ID of a server or monitor.

    pending: since when conditions have held: first those with the longest duration, then these together with those of
    the next shorter duration, and so on. open: events. held_off: until when no new event begins. Times are Unix
    seconds.
    """

    pending: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    open: Mapping[int, Event] = field(default_factory=dict)
    held_off: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """An event that ended. at: Unix seconds."""

    event: Event
    at: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What an evaluation found, by the ID of a server or monitor.

    began, ended: events. told, told_ended, reminded: whose events channels have to be told about: that they began, that
    they ended, and that they continue.
    """

    standing: Standing
    began: Mapping[int, Event] = field(default_factory=dict)
    ended: Mapping[int, Ended] = field(default_factory=dict)
    told: Collection[int] = ()
    told_ended: Collection[int] = ()
    reminded: Collection[int] = ()


def evaluate(rule: Rule, standing: Standing, glance: Glance) -> RuleOutcome:
    """The outcome of a rule at one moment. Its standing is `standing` itself if nothing has changed."""
    if not rule.enabled:
        return end_all(rule, standing, glance.now, "rule_changed") if standing.open else RuleOutcome(standing)
    levels = _levels(rule, standing, glance)
    firing, pending = _firing(rule, standing, glance, levels)
    ended = _ended(rule, standing, glance, levels)
    kept = {id_: event for id_, event in standing.open.items() if id_ not in ended}
    open_ = {id_: _confirmed(event, id_, levels[-1]) for id_, event in kept.items()}
    told, told_ended, reminded = _telling(rule, {**open_, **firing}, ended, glance)
    now_told = {id_: replace(event, told=glance.now) for id_, event in {**open_, **firing}.items() if id_ in told}
    now_told |= {id_: replace(open_[id_], told=glance.now) for id_ in reminded}
    new = Standing(pending, {**open_, **firing, **now_told}, _held_off(rule, standing, ended, glance.now))
    if new == standing:
        return RuleOutcome(standing)
    began = {id_: new.open[id_] for id_ in firing}
    return RuleOutcome(new, began, ended, told, told_ended, reminded)


def _confirmed(event: Event, subject: int, level: "_Level") -> Event:
    """An event of a rule that was changed takes its values from the new conditions, once they hold."""
    if not event.edited or subject not in level.holding:
        return event
    return replace(event, edited=False, values=_values(subject, level.verdicts))


def _values(subject: int, verdicts: Mapping[int, Verdict]) -> tuple[float, ...]:
    """A subject's values, in the order of the rule's conditions."""
    return tuple(verdicts[place].holding[subject] for place in sorted(verdicts))


def end_all(rule: Rule, standing: Standing, now: int, reason: Reason) -> RuleOutcome:
    """Ends every open event, as when the rule is disabled or deleted."""
    ended = {id_: Ended(event, now, reason) for id_, event in standing.open.items()}
    return RuleOutcome(Standing(), ended=ended, told_ended=_end_told(rule, ended, (), now))


def edited(standing: Standing) -> Standing:
    """The standing of a rule after its conditions were changed: events continue if the new conditions hold, too."""
    return Standing(open={id_: replace(event, edited=True) for id_, event in standing.open.items()})


@dataclass(frozen=True, slots=True)
class _Level:
    """The conditions of a rule that have a certain duration or a longer one.

    holding: the IDs for which all of them hold, and which the rule covers. verdicts: of these conditions, by their
    place in the rule.
    """

    duration: int
    holding: Collection[int]
    verdicts: Mapping[int, Verdict]


def _levels(rule: Rule, standing: Standing, glance: Glance) -> list[_Level]:
    """The levels, from the longest duration to the shortest: each holds for a subset of the subjects of the previous
    one."""
    verdicts = _verdicts(rule, standing, glance)
    durations = [rule.duration_of(condition) for condition in rule.conditions]
    levels: list[_Level] = []
    for duration in sorted(set(durations), reverse=True):
        within = {place: verdicts[place] for place, one in enumerate(durations) if one >= duration}
        holding = set.intersection(*(set(verdict.holding) for verdict in within.values()))
        levels.append(_Level(duration, {id_ for id_ in holding if _is_covered(rule, id_, glance)}, within))
    return levels


def _is_covered(rule: Rule, subject: int, glance: Glance) -> bool:
    if rule.of_monitors:
        return subject in glance.monitors
    server = glance.servers.get(subject)
    return server is not None and rule.covers(server)


def _verdicts(rule: Rule, standing: Standing, glance: Glance) -> list[Verdict]:
    verdicts = [glance.verdict(condition, rule) for condition in rule.conditions]
    for place, condition in enumerate(rule.conditions):
        if condition.kind.source == "silence" and _is_burst(rule, standing, verdicts[place], glance):
            verdicts[place] = glance.verdict(condition, rule, eager=True)
    return verdicts


def _is_burst(rule: Rule, standing: Standing, silent: Verdict, glance: Glance) -> bool:
    new = sum(id_ not in standing.open and _is_covered(rule, id_, glance) for id_ in silent.holding)
    if not new:
        return False
    recent = sum(event.fired > glance.now - BURST_SECONDS for event in standing.open.values())
    if new + recent >= BURST_LEAST:
        return True
    return new + recent >= 3 and 3 * (new + recent) >= sum(rule.covers(one) for one in glance.servers.values())


def _firing(
    rule: Rule, standing: Standing, glance: Glance, levels: Sequence[_Level]
) -> tuple[dict[int, Event], dict[int, tuple[int, ...]]]:
    """The events that begin, and the new `Standing.pending`: conditions that have not held for long enough yet."""
    firing: dict[int, Event] = {}
    pending: dict[int, tuple[int, ...]] = {}
    for id_ in sorted(levels[0].holding):
        if id_ in standing.open:
            continue
        holding = [level for level in levels if id_ in level.holding]
        before = standing.pending.get(id_, ())
        since = tuple(before[place] if place < len(before) else glance.now for place in range(len(holding)))
        counted = [max(one, glance.resumed) for one in since]
        waited = len(holding) == len(levels) and all(
            _is_over(level.duration, glance.now - one, glance.every) for level, one in zip(levels, counted, strict=True)
        )
        has_room = len(standing.open) + len(firing) < EVENTS_OPEN
        if waited and has_room and glance.now >= standing.held_off.get(id_, 0):
            firing[id_] = _event(rule, id_, max(counted), levels[-1].verdicts, glance)
        else:
            pending[id_] = since
    return firing, pending


def _is_over(duration: int, waited: int, every: int) -> bool:
    return not duration or waited >= duration - EARLY * every


def _event(rule: Rule, subject: int, since: int, verdicts: Mapping[int, Verdict], glance: Glance) -> Event:
    values = _values(subject, verdicts)
    in_order = (verdicts[place] for place in sorted(verdicts))
    monitor_id = next((verdict.monitors[subject] for verdict in in_order if subject in verdict.monitors), 0)
    silence = [value for one, value in zip(rule.conditions, values, strict=True) if one.kind.source == "silence"]
    return Event(
        id=0,
        began=glance.now - int(silence[0]) if silence else since,
        fired=glance.now,
        values=values,
        name=glance.monitors[subject].name if rule.of_monitors else glance.servers[subject].name,
        monitor_id=monitor_id,
        monitor=glance.monitors[monitor_id].name if monitor_id in glance.monitors else "",
        of_monitors=rule.of_monitors,
        issuer=glance.certificates[subject].issuer if rule.of_monitors and subject in glance.certificates else "",
    )


def _ended(rule: Rule, standing: Standing, glance: Glance, levels: Sequence[_Level]) -> dict[int, Ended]:
    subjects: Collection[int] = glance.monitors if rule.of_monitors else glance.servers
    ended = {}
    for id_, event in standing.open.items():
        reason: Reason
        if id_ not in subjects:
            reason = "deleted"
        elif not _is_covered(rule, id_, glance):
            reason = "rule_changed"
        elif any(
            verdict.fails(id_) or (event.edited and _is_unknown(id_, rule.conditions[place], verdict))
            for place, verdict in levels[-1].verdicts.items()
        ):
            reason = "rule_changed" if event.edited else "recovered"
        else:
            continue
        ended[id_] = Ended(event, glance.now, reason)
    return ended


def _is_unknown(subject: int, condition: Condition, verdict: Verdict) -> bool:
    """Whether it is unknown if a condition holds, possibly for as long as a server is offline. An event from before the
    rule was changed does not wait for that. Silence never counts as unknown here, as it is soon known."""
    return condition.kind.source != "silence" and subject in verdict.unknown


def _telling(
    rule: Rule, open_: Mapping[int, Event], ended: Mapping[int, Ended], glance: Glance
) -> tuple[set[int], set[int], set[int]]:
    """Whose events channels are told about: that they began, that they ended, and that they continue."""
    muted = _muted(rule, {*open_, *ended}, glance)
    tellable = {id_: event for id_, event in open_.items() if id_ not in muted and not event.edited}
    told = {id_ for id_, event in tellable.items() if not event.told}
    due = glance.now - rule.remind + EARLY * glance.every
    reminded = {
        id_
        for id_, event in tellable.items()
        if rule.remind and not glance.quiet_until and event.told and event.told <= due
    }
    return told, _end_told(rule, ended, muted, glance.now), reminded


def _end_told(rule: Rule, ended: Mapping[int, Ended], muted: Collection[int], now: int) -> set[int]:
    if not rule.recovery or rule.muted_until > now:
        return set()
    return {id_ for id_, end in ended.items() if end.event.told and not end.event.silent and id_ not in muted}


def _muted(rule: Rule, subjects: Iterable[int], glance: Glance) -> Collection[int]:
    if rule.muted_until > glance.now:
        return frozenset(subjects)
    if rule.of_monitors:
        return frozenset()
    servers = ((id_, glance.servers.get(id_)) for id_ in subjects)
    return {id_ for id_, server in servers if server and server.muted_until > glance.now}


def _held_off(rule: Rule, standing: Standing, ended: Mapping[int, Ended], now: int) -> dict[int, int]:
    """The new `Standing.held_off`. Expired entries are dropped only when others are added, to save writes."""
    added = dict.fromkeys(ended, now + rule.longest_duration) if rule.longest_duration else {}
    if not added:
        return dict(standing.held_off)
    return {id_: until for id_, until in {**standing.held_off, **added}.items() if until > now}
