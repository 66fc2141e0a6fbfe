"""Alert rules: added, edited and deleted by people."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from chalicelib.api.answers import DONE, Answer, success
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id
from chalicelib.api.json_output import json_text
from chalicelib.fleet.alerts import editing
from chalicelib.fleet.alerts.conditions import Condition
from chalicelib.fleet.alerts.rules import Rule
from chalicelib.fleet.cycles import Cycle, start_text


def list_rules(call: Call) -> Answer:
    return success(json_text([rule_object(rule) for rule in editing.all_rules(call.store).values()]))


def create_rule(call: Call) -> Answer:
    return success(json_text({"id": editing.create_rule(call.store, Rule(id=0, **_fields(call)))}))


def edit_rule(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    editing.edit_rule(call.store, parse_id(id), _fields(call), call.now)
    return DONE


def delete_rule(call: Call, id: str) -> Answer:  # noqa: A002
    editing.delete_rule(call.store, parse_id(id), call.now)
    return DONE


def rule_object(rule: Rule) -> dict[str, object]:
    shown = {name: _plain(value) for name, value in asdict(rule).items()}
    return {**shown, "conditions": [_condition_object(condition) for condition in rule.conditions]}


def _condition_object(condition: Condition) -> dict[str, object]:
    """Without the fields that have their default."""
    default = asdict(Condition(condition.type))
    given = asdict(condition).items()
    return {name: _plain(value) for name, value in given if name == "type" or value != default[name]}


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


def _fields(call: Call) -> dict[str, Any]:
    """The fields of Rule that the body names."""
    fields = call.fields()
    if "conditions" in fields:
        fields["conditions"] = tuple(_condition(one, place, call) for place, one in enumerate(fields["conditions"]))
    if "channels" in fields:
        fields["channels"] = tuple(dict.fromkeys(fields["channels"]))
    return fields | {name: frozenset(fields[name]) for name in ("servers", "tags") if name in fields}


def _condition(fields: Mapping[str, Any], place: int, call: Call) -> Condition:
    sets = {name: frozenset(fields[name]) for name in ("servers", "monitors") if name in fields}
    given = {**fields, **sets}
    if "cycle" in fields:
        zone = call.store.view().settings.time_zone
        start = start_text(fields["cycle"]["start"], zone, f"conditions[{place}].cycle")
        given["cycle"] = Cycle(**{**fields["cycle"], "start": start})
    return Condition(**given)
