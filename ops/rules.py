"""`rule add|list|remove`."""

import argparse
import re
import time
from dataclasses import replace

from chalicelib.fleet.alerts import editing
from chalicelib.fleet.alerts.conditions import TYPES, Condition
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.storage import DynamoStore
from ops.monitors import ids_in
from ops.output import show, show_one

_NUMBER = r"-?\d+(?:\.\d+)?(?:e\d+)?"
_CONDITION = re.compile(rf"([a-z_0-9]+?)(?:>({_NUMBER}))?(?:<({_NUMBER}))?")


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = nouns.add_parser("rule", help="alert rules").add_subparsers(required=True, metavar="VERB")
    add = verbs.add_parser("add", help="create a rule and print its ID")
    add.add_argument("name")
    add.add_argument(
        "condition",
        nargs="+",
        type=_condition,
        help=f"all must hold: 'cpu>90', 'disk>90', offline; types: {', '.join(TYPES)}",
    )
    add.add_argument("--duration", type=int, default=120, help="seconds for which they must hold (%(default)s)")
    add.add_argument("--channel", type=int, action="append", default=[], metavar="ID", help="who is told; repeatable")
    add.add_argument("--remind", type=int, default=0, metavar="SECONDS", help="tell again after so long (never)")
    add.add_argument("--no-recovery", dest="recovery", action="store_false", help="do not tell when an event ends")
    add.add_argument("--monitors", type=ids_in, metavar="IDS", help="what conditions on monitors watch (all): 1,2")
    cover = add.add_mutually_exclusive_group()
    cover.add_argument("--all-but", type=ids_in, metavar="IDS", help="all servers are watched except these: 1,2")
    cover.add_argument("--only", type=ids_in, metavar="IDS", help="only these servers are watched: 1,2")
    add.add_argument("--json", action="store_true")
    add.set_defaults(run=add_rule)
    listing = verbs.add_parser("list", help="list all rules")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=list_rules)
    remove = verbs.add_parser("remove", help="delete a rule; its open events end")
    remove.add_argument("id", type=int)
    remove.set_defaults(run=remove_rule)


def add_rule(store: DynamoStore, options: argparse.Namespace) -> None:
    rule = Rule(
        0,
        options.name,
        tuple(_watching(one, options.monitors) for one in options.condition),
        duration=options.duration,
        cover="all" if options.only is None else "only",
        servers=options.only or options.all_but or frozenset(),
        channels=tuple(dict.fromkeys(options.channel)),
        remind=options.remind,
        recovery=options.recovery,
    )
    id_ = editing.create_rule(store, rule)
    show_one({"id": id_}, as_json=options.json, plain=str(id_))


def _watching(condition: Condition, monitors: frozenset[int] | None) -> Condition:
    return replace(condition, monitors=monitors) if monitors and condition.kind.takes_monitors else condition


def list_rules(store: DynamoStore, options: argparse.Namespace) -> None:
    show([_row(rule) for rule in editing.all_rules(store).values()], as_json=options.json)


def remove_rule(store: DynamoStore, options: argparse.Namespace) -> None:
    editing.delete_rule(store, options.id, time.time())


def _row(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "enabled": rule.enabled,
        "conditions": [_text(condition) for condition in rule.conditions],
        "duration": rule.duration,
        "cover": rule.cover,
        "servers": sorted(rule.servers),
        "channels": list(rule.channels),
        "name": rule.name,
    }


def _text(condition: Condition) -> str:
    limits = ((">", condition.above), ("<", condition.below))
    watched = f" of monitors {','.join(map(str, sorted(condition.monitors)))}" if condition.monitors else ""
    return condition.type + "".join(f"{sign}{limit:g}" for sign, limit in limits if limit is not None) + watched


def _condition(text: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if not found or found[1] not in TYPES:
        raise argparse.ArgumentTypeError(f"{text!r} must be a type with its limits, such as 'cpu>90' or 'offline'")
    above, below = (float(limit) if limit else None for limit in found.groups()[1:])
    return Condition(found[1], above, below)
