"""The route that agents report to."""

from chalicelib.api.agents.report_body import reports_in
from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.route import AGENTS, REPORTS, Operation, Route
from chalicelib.fleet import limits, pace
from chalicelib.fleet.monitors import Monitor
from chalicelib.fleet.pings import RefusedPoint
from chalicelib.fleet.reports import Outcome, take


def take_reports(call: Call) -> Answer:
    """200 if the envelope parses, even if some reports failed: the sender learns which to send again."""
    sent = reports_in(call.body, call.credential, call.viewer.country)
    taken = take(call.store, sent, call.now, call.report_interval, call.state_units)
    result = {
        "interval": taken.interval,
        "live": taken.live,
        "flush": pace.flush(taken.settings, call.flush, slow=taken.slow),
        **({"report_url": call.report_url} if call.report_url else {}),
        "reports": [_outcome(outcome) for outcome in taken.outcomes],
        "monitors": [_assignment(monitor, server_ids) for monitor, server_ids in taken.assignments],
    }
    senders = any(outcome.server_id for outcome in taken.outcomes)
    return success(json_text(result))._replace(sender="agent" if senders else "")


def _outcome(outcome: Outcome) -> dict[str, object]:
    if outcome.error:
        return {"error": outcome.error, "message": outcome.message, "retry": outcome.retry}
    parts = {
        "refused": [_refused(ping) for ping in outcome.refused],
        "refused_minutes": [minute._asdict() for minute in outcome.refused_minutes],
        "not_kept": list(outcome.not_kept),
    }
    return {"server_id": outcome.server_id, **{name: entries for name, entries in parts.items() if entries}}


def _refused(ping: RefusedPoint) -> dict[str, object]:
    return {"monitor_id": ping.monitor_id, "at": ping.at, "error": ping.error, "message": ping.message}


def _assignment(monitor: Monitor, server_ids: list[int]) -> dict[str, object]:
    return {
        "id": monitor.id,
        "type": monitor.type,
        "target": monitor.target,
        "interval": monitor.interval,
        "server_ids": server_ids,
    }


ROUTES = (
    Route(
        "POST",
        "/api/v1/agent/report",
        take_reports,
        AGENTS,
        Operation(
            "report",
            "Accepts reports from agents: hosts, states, minutes and pings",
            result="Outcomes",
            outcome="The outcome of each report, even if some failed.",
            description="A report that names no secret belongs to the one in the Authorization header. "
            f"At most {limits.REPORTS} reports and {limits.BODY_BYTES} bytes; a larger request is rejected as a "
            "whole. Otherwise an invalid report does not affect the others. Sending a report "
            "again is safe: the newest state is kept, and each minute and each ping counts once.",
            body="Reports",
        ),
        throttle=REPORTS,
    ),
)
