"""Creates rules for what the original's monitors notified about without a rule: outages, certificates and latency."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from chalicelib.fleet import limits
from chalicelib.fleet.alerts import rules
from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.ledger import Ledger
from chalicelib.fleet.alerts.rules import Rule
from ops.import_v0.channels import group_of
from ops.import_v0.rules import REMIND_SECONDS
from ops.import_v0.run import Run, id_of
from ops.import_v0.source import Row
from ops.import_v0.values import Odd, number_of, text_of, whole_of

CERTIFICATE_DAYS = 7
"""The original notifies this many days before a certificate expires."""


def import_monitor_rules(run: Run) -> None:
    """Monitors with the same notification group share a rule. A rule on latency belongs to a single monitor."""
    here = [ledger.rule for ledger in run.store.alerts.ledgers(at_once=True).values() if not ledger.deleted]
    wanted = [*_of_groups(run), *_of_latency(run)]
    for rule, note in wanted:
        known = any(_watches(one, rule) for one in here)
        if not known and len(here) >= limits.RULES:
            run.report.not_taken.append(f"{rule.name}: the limit of {limits.RULES} rules is reached")
            continue
        if not known:
            here.append(rule)
            run.report.notes.append(f"{rule.name}: {note}{'' if rule.channels else '; notifies nobody'}")
            if run.write:
                run.store.alerts.create_rule(Ledger(replace(rule, id=run.store.alerts.new_rule_id())))
        run.report.count("rules of monitors", new=not known)
    _tasks(run)


def _watches(known: Rule, wanted: Rule) -> bool:
    """Whether an earlier run created this rule, even if it has been edited since."""
    (condition,) = wanted.conditions
    return any(
        one.type == condition.type and (not one.monitors or one.monitors >= condition.monitors)
        for one in known.conditions
    )


def _of_groups(run: Run) -> Iterator[tuple[Rule, str]]:
    groups: dict[str, list[int]] = {}
    for id_, row in _rows(run):
        if whole_of(row.get("notify")):
            groups.setdefault(group_of(row, "notification_tag"), []).append(id_)
    for group, ids in groups.items():
        named = f"({group})" if len(group) < limits.NAME_LENGTH // 2 else ""
        down = _rule(run, f"Monitors down {named}".strip(), Condition("down", monitors=frozenset(ids)), group)
        note = (
            f"fires for monitors {_listed(ids)} when every server fails to reach them; the original notified at 80 % "
            "of its last 30 results, and of Low Availability at 95 %"
        )
        yield down, note
        secure = [id_ for id_ in ids if run.monitors[id_].target.startswith("https://")]
        if secure:
            condition = Condition("certificate", below=CERTIFICATE_DAYS, monitors=frozenset(secure))
            ends = _rule(run, f"Certificates {named}".strip(), condition, group)
            yield ends, f"fires for monitors {_listed(secure)} {CERTIFICATE_DAYS} days before their certificates expire"


def _of_latency(run: Run) -> Iterator[tuple[Rule, str]]:
    for id_, row in _rows(run):
        if not whole_of(row.get("latency_notify")):
            continue
        most, least = number_of(row.get("max_latency")) or 0, number_of(row.get("min_latency")) or 0
        above, below = most if most > 0 else None, least if least > 0 else None
        if above is None and below is None:
            run.leave("monitor", row, "its latency has no limit: the original notified about every single result")
            continue
        condition = Condition("latency", above, below, monitors=frozenset({id_}))
        name = f"Latency of {run.monitors[id_].name}"[: limits.NAME_LENGTH]
        rule = _rule(run, name, condition, group_of(row, "notification_tag"))
        shown = [f"above {most:g} ms" if above else "", f"below {least:g} ms" if below else ""]
        yield (
            rule,
            (
                f"fires when the mean of a few minutes is {' or '.join(filter(None, shown))}, for each server; the "
                "original notified about single results"
            ),
        )


def _rule(run: Run, name: str, condition: Condition, group: str) -> Rule:
    channels = tuple(run.groups.get(group, ()))
    rule = Rule(0, name, (condition,), duration=0, channels=channels, remind=REMIND_SECONDS)
    rules.check(rule, (), run.monitors.keys(), channels)
    return rule


def _tasks(run: Run) -> None:
    for _, row in _rows(run):
        named = [text_of(row.get(name)) for name in ("fail_trigger_tasks_raw", "recover_trigger_tasks_raw")]
        if whole_of(row.get("enable_trigger_task")) and any(text.strip() not in ("", "[]", "null") for text in named):
            run.leave("monitor", row, f"the tasks that it triggers have no counterpart: {', '.join(named)[:100]}")


def _rows(run: Run) -> Iterator[tuple[int, Row]]:
    """The ID and row of each monitor that is here after the import."""
    for row in run.source.rows("monitors"):
        try:
            id_ = id_of(row)
        except Odd:
            continue
        if id_ in run.monitors:
            yield id_, row


def _listed(ids: Iterable[int]) -> str:
    return ", ".join(map(str, ids))
