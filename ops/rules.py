"""`rule add|list|edit|mute|unmute|remove`."""

import argparse
import time
from typing import Any

from chalicelib.fleet.alerts import editing
from chalicelib.fleet.alerts.conditions import TYPES
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.storage import DynamoStore
from ops import muting
from ops.conditions import OPTIONS, completed, condition_in, text_of
from ops.errors import OpsError
from ops.monitors import ids_in
from ops.output import show, show_one

_CONDITION = (
    f"such as 'cpu>90', 'disk>90 duration=600' or offline; all must hold; options of a condition: {OPTIONS}; types: "
    f"{', '.join(TYPES)}"
)


def add_to(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = nouns.add_parser("rule", help="alert rules").add_subparsers(required=True, metavar="VERB")
    add = verbs.add_parser("add", help="create a rule and print its ID")
    add.add_argument("name")
    add.add_argument("conditions", nargs="+", type=condition_in, metavar="CONDITION", help=_CONDITION)
    _add_fields(add)
    add.add_argument("--json", action="store_true")
    add.set_defaults(run=add_rule)
    listing = verbs.add_parser("list", help="list all rules")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=list_rules)
    edit = verbs.add_parser("edit", help="change the given fields; open events continue if the new conditions hold")
    edit.add_argument("id", type=int)
    edit.add_argument("--name")
    edit.add_argument(
        "--condition",
        dest="conditions",
        action="append",
        type=condition_in,
        metavar="CONDITION",
        help=f"repeatable; replaces all conditions; {_CONDITION}",
    )
    _add_fields(edit)
    edit.set_defaults(run=edit_rule)
    muting.add_verbs(verbs, "rules", _edit_all)
    remove = verbs.add_parser("remove", help="delete a rule; its open events end")
    remove.add_argument("id", type=int)
    remove.set_defaults(run=remove_rule)


def _add_fields(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--duration", type=int, help="seconds for which the conditions must hold (new rules: 120)")
    told = parser.add_mutually_exclusive_group()
    told.add_argument(
        "--channel",
        dest="channels",
        type=int,
        action="append",
        metavar="ID",
        help="ID of a channel to notify; repeatable",
    )
    told.add_argument("--no-channels", dest="channels", action="store_const", const=[], help="notify no channels")
    parser.add_argument(
        "--remind", type=int, metavar="SECONDS", help="send a reminder after this many seconds; 0 for none"
    )
    parser.add_argument(
        "--recovery", action=argparse.BooleanOptionalAction, help="notify when an event ends (new rules: yes)"
    )
    parser.add_argument("--enabled", action=argparse.BooleanOptionalAction, help="evaluate the rule (new rules: yes)")
    parser.add_argument(
        "--monitors",
        type=ids_in,
        metavar="IDS",
        help="IDs of the monitors that the conditions watch, such as 1,2 (default: all)",
    )
    cover = parser.add_argument_group("which servers to watch; replaces the previous choice")
    cover.add_argument("--all-servers", action="store_true", help="all servers (new rules)")
    cover.add_argument("--all-but", type=ids_in, metavar="IDS", help="all except these IDs, such as 1,2")
    cover.add_argument(
        "--all-but-tag", action="append", metavar="TAG", help="all except servers with this tag; repeatable"
    )
    cover.add_argument("--only", type=ids_in, metavar="IDS", help="only these IDs, such as 1,2")
    cover.add_argument("--only-tag", action="append", metavar="TAG", help="only servers with this tag; repeatable")


def add_rule(store: DynamoStore, options: argparse.Namespace) -> None:
    id_ = editing.create_rule(store, Rule(0, **_fields(store, options)))
    show_one({"id": id_}, as_json=options.json, plain=str(id_))


def list_rules(store: DynamoStore, options: argparse.Namespace) -> None:
    show([_row(rule) for rule in editing.all_rules(store).values()], as_json=options.json)


def edit_rule(store: DynamoStore, options: argparse.Namespace) -> None:
    fields = _fields(store, options)
    if options.monitors is not None and not options.conditions:
        raise OpsError("--monitors needs the conditions that watch them; give them with --condition")
    editing.edit_rule(store, options.id, fields, time.time())


def _edit_all(store: DynamoStore, ids: list[int], changes: dict[str, Any]) -> None:
    """Changes nothing unless all rules exist."""
    known = editing.all_rules(store)
    for id_ in ids:
        if id_ not in known:
            raise editing.rule_not_found(id_)
    for id_ in ids:
        editing.edit_rule(store, id_, changes, time.time())


def remove_rule(store: DynamoStore, options: argparse.Namespace) -> None:
    editing.delete_rule(store, options.id, time.time())


def _fields(store: DynamoStore, options: argparse.Namespace) -> dict[str, Any]:
    """The fields of Rule that were given on the command line."""
    named = {name: getattr(options, name) for name in ("name", "duration", "remind", "recovery", "enabled")}
    fields = {name: value for name, value in named.items() if value is not None} | _covered(options)
    if options.conditions:
        zone = store.view().settings.time_zone
        fields["conditions"] = tuple(completed(one, options.monitors, zone) for one in options.conditions)
    if options.channels is not None:
        fields["channels"] = tuple(dict.fromkeys(options.channels))
    return fields


def _covered(options: argparse.Namespace) -> dict[str, Any]:
    """Raises OpsError."""
    all_but = options.all_servers or options.all_but is not None or options.all_but_tag
    only = options.only is not None or options.only_tag
    if all_but and only:
        raise OpsError("options of --all… and of --only… cannot be combined; use one or the other")
    if only:
        return {"cover": "only", "servers": options.only or frozenset(), "tags": frozenset(options.only_tag or ())}
    if all_but:
        tags = frozenset(options.all_but_tag or ())
        return {"cover": "all", "servers": options.all_but or frozenset(), "tags": tags}
    return {}


def _row(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "enabled": rule.enabled,
        "muted_until": muting.in_lists(rule.muted_until),
        "conditions": [text_of(condition) for condition in rule.conditions],
        "duration": rule.duration,
        "cover": rule.cover,
        "servers": sorted(rule.servers),
        "tags": sorted(rule.tags),
        "channels": list(rule.channels),
        "remind": rule.remind,
        "recovery": rule.recovery,
        "name": rule.name,
    }
