"""The route that agents report to."""

from dataclasses import replace
from functools import partial

from chalicelib.api.agents.report_body import reports_in
from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.serving import Service
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.pings import Refused
from chalicelib.fleet.reports import Outcome, take


def add_routes(service: Service, interval: int) -> None:
    """interval: seconds that agents are told to wait between two reports."""
    service.open("POST", "/api/v1/agent/report", partial(take_reports, interval=interval))


def take_reports(call: Call, *, interval: int) -> Answer:
    """200 once the envelope parses, also when some reports failed: the sender learns which to send again."""
    taken = take(call.store, reports_in(call.body, call.credential, call.viewer.country), call.now)
    result = {
        "interval": interval,
        "reports": [_outcome(outcome) for outcome in taken.outcomes],
        "monitors": [_assignment(monitor, server_ids) for monitor, server_ids in taken.assignments],
    }
    senders = any(outcome.server_id for outcome in taken.outcomes)
    return replace(success(json_text(result)), sender="agent" if senders else "")


def _outcome(outcome: Outcome) -> dict[str, object]:
    if outcome.error:
        return {"error": outcome.error, "message": outcome.message, "retry": outcome.retry}
    refused = [_refused(ping) for ping in outcome.refused]
    return {"server_id": outcome.server_id, **({"refused": refused} if refused else {})}


def _refused(ping: Refused) -> dict[str, object]:
    return {"monitor_id": ping.monitor_id, "at": ping.at, "error": ping.error, "message": ping.message}


def _assignment(monitor: Monitor, server_ids: list[int]) -> dict[str, object]:
    return {
        "id": monitor.id,
        "type": monitor.type,
        "target": monitor.target,
        "interval": monitor.interval,
        "server_ids": server_ids,
    }
