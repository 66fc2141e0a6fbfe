"""The route that agents report to."""

from chalicelib.api.report_body import reports_in
from chalicelib.api.service import Answer, Call, Service, success
from chalicelib.api.v0 import json_text
from chalicelib.fleet.reports import Outcome, RefusedPing, take


def add_routes(service: Service) -> None:
    service.route("POST", "/api/v1/agent/report", guarded=False)(take_reports)


def take_reports(call: Call) -> Answer:
    """200 once the envelope parses, also when some reports failed: the sender learns which to send again."""
    outcomes = take(call.store, reports_in(call.body, call.credential), call.now)
    result = {
        "interval": call.interval,
        "reports": [_outcome(outcome) for outcome in outcomes],
        "monitors": [],
    }
    return success(json_text(result))


def _outcome(outcome: Outcome) -> dict[str, object]:
    if outcome.error:
        return {"error": outcome.error, "message": outcome.message, "retry": outcome.retry}
    refused = [_refused(ping) for ping in outcome.refused]
    return {"server_id": outcome.server_id, **({"refused": refused} if refused else {})}


def _refused(ping: RefusedPing) -> dict[str, object]:
    return {"monitor_id": ping.monitor_id, "at": ping.at, "error": ping.error, "message": ping.message}
