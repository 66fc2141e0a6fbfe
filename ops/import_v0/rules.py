"""Imports alert rules, with notes on what each of them means here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.fleet import cycles, limits
from chalicelib.fleet.alerts import rules
from chalicelib.fleet.alerts.conditions import PERCENT_MOST, TYPES, Condition
from chalicelib.fleet.alerts.ledger import Ledger
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.cycles import UNITS, Cycle
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.monitors import Cover
from ops.import_v0.channels import group_of
from ops.import_v0.run import Run, id_of
from ops.import_v0.source import Row
from ops.import_v0.values import Odd, number_of, text_of, whole_of

NAMES: Mapping[str, str] = {
    "net_in_speed": "net_in",
    "net_out_speed": "net_out",
    "net_all_speed": "net_all",
    "tcp_conn_count": "tcp",
    "udp_conn_count": "udp",
    "process_count": "processes",
    "temperature_max": "temperature",
    "transfer_in_cycle": "cycle_in",
    "transfer_out_cycle": "cycle_out",
    "transfer_all_cycle": "cycle_all",
}
"""Types of conditions that have another name here."""

SECONDS_A_SAMPLE = 2.1
"""The original takes a sample every 3 s, and fires when 70 % of the last `duration` samples have failed."""

REMIND_SECONDS = 4 * 3600
"""In the original, a rule that fires "always" notifies again after 15 minutes, 30 minutes, 1 hour … 24 hours: six times
on the first day, which is as often as a reminder every four hours."""


def import_rules(run: Run) -> None:
    ledgers = run.store.alerts.ledgers(at_once=True)
    here = {id_: ledger.rule for id_, ledger in ledgers.items()}
    for row in run.source.rows("alert_rules"):
        try:
            rule, notes = _rule(run, row)
        except Odd as odd:
            run.leave("alert rule", row, str(odd))
            continue
        known = here.get(rule.id)
        if known is not None and known.name != rule.name:
            run.leave("alert rule", row, "its ID belongs to another rule here")
            continue
        if known is None and len(here) >= limits.RULES:
            run.leave("alert rule", row, f"the limit of {limits.RULES} rules is reached")
            continue
        if known is None:
            here[rule.id] = rule
            run.report.notes += [f"alert rule {rule.id} ({rule.name}): {note}" for note in notes]
            if run.write:
                run.store.alerts.create_rule(Ledger(rule))
        run.report.count("alert rules", new=known is None)


def _rule(run: Run, row: Row) -> tuple[Rule, list[str]]:
    """A rule, and what its owner should know about it. Raises Odd for a rule that has no counterpart."""
    id_ = id_of(row)
    given = _conditions(row)
    conditions = [_condition(run, one) for one in given]
    rule = Rule(
        id=id_,
        name=run.text("alert rule", row, "name", limits.NAME_LENGTH, otherwise=f"Rule {id_}"),
        conditions=tuple(conditions),
        enabled=run.flag("alert rule", row, "enable", otherwise=True),
        channels=tuple(run.groups.get(group_of(row, "notification_tag"), ())),
        remind=0 if whole_of(row.get("trigger_mode")) == 1 else REMIND_SECONDS,
    )
    rule = _with_what_all_share(rule)
    try:
        rules.check(rule, run.servers, (), rule.channels)
    except InvalidInput as error:
        raise Odd(error.message) from None
    return rule, _notes(row, rule, given)


def _with_what_all_share(rule: Rule) -> Rule:
    """Moves duration and cover, which the original has for each condition, to the rule where all conditions agree."""
    shared: dict[str, Any] = {}
    for names in (("duration",), ("cover", "servers")):
        (first, *others) = ([getattr(one, name) for name in names] for one in rule.conditions)
        if all(one == first for one in others):
            shared |= dict(zip(names, first, strict=True))
    usual: dict[str, Any] = {"duration": None, "cover": "all", "servers": frozenset()}
    conditions = tuple(replace(one, **{name: usual[name] for name in shared}) for one in rule.conditions)
    return replace(rule, conditions=conditions, **{"duration": 0, **shared})


def _conditions(row: Row) -> Sequence[Mapping[str, Any]]:
    """The conditions with lower-case keys, as the original reads them. Raises Odd."""
    try:
        given = json.loads(text_of(row.get("rules_raw")) or "null")
    except (ValueError, RecursionError):
        raise Odd("its conditions cannot be read") from None
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise Odd("it has no conditions")
    if not given:
        raise Odd("it has no conditions")
    return [{str(name).lower(): value for name, value in one.items()} for one in given]


def _condition(run: Run, given: Mapping[str, Any]) -> Condition:
    """Raises Odd."""
    type_ = NAMES.get(text_of(given.get("type")), text_of(given.get("type")))
    if type_ not in TYPES:
        raise Odd(f"no condition type corresponds to {type_!r}")
    kind = TYPES[type_]
    cover, servers = _cover(run, given)
    limits_ = {"above": number_of(given.get("max")), "below": number_of(given.get("min"))}
    taken = {name: limit for name, limit in limits_.items() if limit is not None and limit > 0}
    if kind.unit == "percent":  # in v0, people wrote larger ones for "no limit"
        taken = {name: min(limit, PERCENT_MOST) for name, limit in taken.items()}
    if kind.source == "silence":
        taken = {}
    elif not taken:
        raise Odd(f"its condition on {type_} has no limit, so it could never hold")
    cycle = _cycle(run, given) if kind.source == "traffic" else None
    above, below = taken.get("above"), taken.get("below")
    return Condition(type_, above, below, _duration(given, kind.source), cover, servers, cycle=cycle)


def _duration(given: Mapping[str, Any], source: str) -> int:
    """The original's number of samples in seconds. Raises Odd."""
    if source == "traffic":
        return 0
    samples = whole_of(given.get("duration")) or 0
    if samples <= 0:
        raise Odd("its duration is 0, so the original never fired it")
    return min(round(SECONDS_A_SAMPLE * samples), limits.RULE_SECONDS_MOST)


def _cover(run: Run, given: Mapping[str, Any]) -> tuple[Cover, frozenset[int]]:
    """Raises Odd for a list that cannot be read."""
    ignore = given.get("ignore") or {}
    cover = whole_of(given.get("cover") or 0)
    if not isinstance(ignore, dict):
        raise Odd("its list of servers cannot be read")
    named = {whole_of(id_) or 0 for id_, yes in ignore.items() if yes is True}
    if cover not in (0, 1):
        return "all", frozenset()
    return "only" if cover else "all", frozenset(named & run.servers)


def _cycle(run: Run, given: Mapping[str, Any]) -> Cycle:
    """Raises Odd for a cycle that the original cannot count either."""
    unit = text_of(given.get("cycle_unit")).lower()
    zone = run.store.view().settings.time_zone
    try:
        cycle = Cycle(
            start=cycles.start_text(text_of(given.get("cycle_start")), zone),
            interval=whole_of(given.get("cycle_interval")) or 0,
            unit=next((one for one in UNITS if one == unit), "hour"),
        )
        cycles.check(cycle)
    except InvalidInput as error:
        raise Odd(f"its cycle: {error.message}") from None
    return cycle


def _notes(row: Row, rule: Rule, given: Sequence[Mapping[str, Any]]) -> list[str]:
    """How the rule behaves differently here, or in a way that may surprise its owner."""
    notes = []
    samples = [whole_of(one.get("duration")) or 0 for one in given]
    waited = [one.duration if one.duration is not None else rule.duration for one in rule.conditions]
    told = [
        f"{count} samples are {seconds} s" for count, seconds in zip(samples, waited, strict=True) if count and seconds
    ]
    if told:
        notes.append(f"{', '.join(dict.fromkeys(told))}, as long as the original really waited")
    if len(rule.conditions) > 1:
        notes.append(
            "its conditions must all hold, as the original's documentation says; its code never fired such rules"
        )
    if any(one.type == "net_all" for one in rule.conditions):
        notes.append("net_all_speed is the sum of both directions here; the original counted sent bytes twice")
    if any(text_of(one.get("cycle_start"))[14:16] not in ("", "00") for one in given):
        notes.append("its cycle begins at the full hour")
    if not rule.channels:
        notes.append(f"notifies nobody, because its group {group_of(row, 'notification_tag')!r} has no channels")
    for name, when in (("fail_trigger_tasks_raw", "begins"), ("recover_trigger_tasks_raw", "ends")):
        if text_of(row.get(name)).strip() not in ("", "[]", "null"):
            notes.append(f"the tasks that ran when it {when} have no counterpart: {text_of(row.get(name))[:100]}")
    return notes
