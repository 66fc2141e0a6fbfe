"""The status of all monitors, for the monitors page."""

from dataclasses import asdict

from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.route import FOR_GUESTS, GUESTS_AND_READERS, OWN, Operation, Query, Route
from chalicelib.fleet import pace
from chalicelib.fleet.access import GUEST, may, visible_servers
from chalicelib.fleet.certificates import Certificate
from chalicelib.fleet.errors import Forbidden
from chalicelib.fleet.monitor_sparks import CURVES, USUAL, curve_of, recent_sparks, spark_of
from chalicelib.fleet.monitor_status import Status, certificates, newest, status_of
from chalicelib.fleet.monitors import Monitor

RANGE = Query(
    "range",
    f"How far back the sparklines go: {', '.join(f'`{name}`' for name in CURVES)}. `{USUAL}` if absent.",
    USUAL,
    choices=tuple(CURVES),
)


def list_status(call: Call) -> Answer:
    caller = call.anyone() if call.has_credential else GUEST
    curve = curve_of(call.query("range"))
    view = call.store.view()
    servers = [server.id for server in visible_servers(view, caller)]
    private = may(caller, "read")
    if not (private or view.settings.public_monitors):
        raise Forbidden("Monitors are not public; sign in to see them.", error="monitors_private")
    flush = pace.flush(view.settings, call.flush, slow=pace.is_slow(view.slow_until, call.now))
    pinged = newest(call.store, view, flush, call.now)
    shown = certificates(call.store, view, call.now)
    found = [(one, status_of(one, servers, pinged)) for one in view.monitors.values()]
    steps, curves = recent_sparks(call.store, view, call.now, curve)
    entries = [
        _object(one, status, shown.get(one.id), spark_of(one.id, curves, public=not private)) for one, status in found
    ]
    answer = success(json_text({"step": curve.step, "at": [*steps], "monitors": entries}))
    return answer if private else answer._replace(headers=FOR_GUESTS)


def _object(
    monitor: Monitor, status: Status, certificate: Certificate | None, spark: list[float | None]
) -> dict[str, object]:
    """Leaves out the target, which guests must not see. The list of monitors has it."""
    return {
        "id": monitor.id,
        "name": monitor.name,
        "type": monitor.type,
        "latency": _rounded(status.latency, 2),
        "loss": _rounded(status.loss, 1),
        "up": status.up,
        "down": status.down,
        "certificate": certificate and asdict(certificate),
        "spark": spark,
        "servers": [
            {"id": id_, "latency": _rounded(one.latency, 2), "loss": _rounded(one.loss, 1)}
            for id_, one in status.servers.items()
        ],
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


ROUTES = (
    Route(
        "GET",
        "/api/monitor/status",
        list_status,
        GUESTS_AND_READERS,
        Operation(
            "monitorStatus",
            "Returns latency, loss and certificate of every monitor",
            result="MonitorStatus",
            outcome="One entry for each monitor, ordered by ID.",
            description="Overall and for each server, from the newest points, which are a few minutes old. The "
            "response changes once a minute. Guests "
            "get it while the setting `public_monitors` and the public page are on, for the visible servers; "
            "everything else requires the `read` scope or a session.",
            query=(RANGE,),
            errors=(400, 403, 413),
        ),
        cache=OWN,
    ),
)
