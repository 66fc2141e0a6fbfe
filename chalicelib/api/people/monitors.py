"""Monitors: added, edited and deleted by people."""

from typing import Any

from chalicelib.api.answers import DONE, Answer, success
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id
from chalicelib.api.json_output import json_text
from chalicelib.api.route import PEOPLE, Operation, Route
from chalicelib.fleet import monitors
from chalicelib.fleet.monitors import Monitor


def list_monitors(call: Call) -> Answer:
    return success(json_text([monitor_object(monitor) for monitor in call.store.view().monitors.values()]))


def create_monitor(call: Call) -> Answer:
    return success(json_text({"id": monitors.create(call.store, Monitor(id=0, **_fields(call)))}))


def edit_monitor(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    monitors.edit(call.store, parse_id(id), _fields(call))
    return DONE


def delete_monitor(call: Call, id: str) -> Answer:  # noqa: A002
    monitors.delete(call.store, parse_id(id))
    return DONE


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


def _fields(call: Call) -> dict[str, Any]:
    """The fields of Monitor that the body names."""
    fields = call.fields()
    return {**fields, "servers": frozenset(fields["servers"])} if "servers" in fields else fields


ROUTES = (
    Route(
        "GET",
        "/api/monitor",
        list_monitors,
        PEOPLE,
        Operation(
            "monitors",
            "Lists all monitors",
            result="Monitor[]",
            outcome="All monitors, ordered by ID.",
            errors=(413,),
        ),
    ),
    Route(
        "POST",
        "/api/monitor",
        create_monitor,
        PEOPLE,
        Operation(
            "createMonitor",
            "Creates a monitor",
            result="NewMonitorId",
            outcome="The monitor's ID.",
            body="NewMonitor",
            then=("editMonitor", "deleteMonitor"),
        ),
    ),
    Route(
        "PATCH",
        "/api/monitor/{id}",
        edit_monitor,
        PEOPLE,
        Operation("editMonitor", "Changes fields of a monitor", result="null", body="MonitorChanges", about="monitor"),
    ),
    Route(
        "DELETE",
        "/api/monitor/{id}",
        delete_monitor,
        PEOPLE,
        Operation("deleteMonitor", "Deletes a monitor; its points are no longer shown", result="null", about="monitor"),
    ),
)
