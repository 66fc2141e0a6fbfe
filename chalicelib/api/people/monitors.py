"""Monitors: added, edited and deleted by people."""

from collections.abc import Mapping
from typing import Any

from chalicelib.api.answers import Answer, success
from chalicelib.api.body import fields_of, integer_in, json_in, list_in, text_in
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id
from chalicelib.api.json_output import json_text
from chalicelib.api.serving import Service
from chalicelib.fleet import limits, monitors
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.monitors import Monitor

FIELDS = ("name", "type", "target", "interval", "cover", "servers")


def add_routes(service: Service) -> None:
    service.signed_in("GET", "/api/monitor", list_monitors)
    service.signed_in("POST", "/api/monitor", create_monitor)
    service.signed_in("PATCH", "/api/monitor/{id}", edit_monitor)
    service.signed_in("DELETE", "/api/monitor/{id}", delete_monitor)


def list_monitors(call: Call) -> Answer:
    return success(json_text([monitor_object(monitor) for monitor in call.store.view().monitors.values()]))


def create_monitor(call: Call) -> Answer:
    fields = _changes(call)
    for needed in ("name", "type", "target"):
        if needed not in fields:
            raise InvalidInput(f'"{needed}" is required.', error="required", field=needed)
    return success(json_text({"id": monitors.create(call.store, Monitor(id=0, **fields))}))


def edit_monitor(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    monitors.edit(call.store, parse_id(id), _changes(call))
    return success("null")


def delete_monitor(call: Call, id: str) -> Answer:  # noqa: A002
    monitors.delete(call.store, parse_id(id))
    return success("null")


def monitor_object(monitor: Monitor) -> dict[str, object]:
    """interval: seconds. servers: with cover "all" the exceptions, with "only" the ones that probe."""
    return {
        "id": monitor.id,
        "name": monitor.name,
        "type": monitor.type,
        "target": monitor.target,
        "interval": monitor.interval,
        "cover": monitor.cover,
        "servers": sorted(monitor.servers),
    }


def _changes(call: Call) -> dict[str, Any]:
    """The fields of Monitor that the body names; null counts as absent. The fleet checks their values."""
    fields = fields_of(json_in(call.body), "The body", FIELDS)
    return {name: _read(fields, name) for name in FIELDS if fields.get(name) is not None}


def _read(fields: Mapping[str, Any], name: str) -> object:
    if name == "interval":
        return integer_in(fields, name)
    if name == "servers":
        return frozenset(list_in(fields, name, int, most=limits.SERVERS))
    return text_in(fields, name)
