"""Sends one report, to find out whether the dashboard accepts this host's reports."""

from __future__ import annotations

from contextlib import closing

from agent.core.answers import NotTaken
from agent.core.client import Client, Report
from agent.core.clock import Clock
from agent.reporter.loop import Description
from agent.reporter.options import Options
from agent.reporter.state import Meter

TAKEN, NOT_TAKEN, WRONG_SECRET = 0, 1, 3
"""Exit statuses."""


def check(options: Options, clock: Clock) -> tuple[int, str]:
    """Sends one report. Returns the exit status, and one line for people."""
    description = Description.of_this_host(options.url.host, options.url.port)
    now = clock.now()
    report: Report = {
        "at": int(now),
        "state": Meter(clock.monotonic).state(now),
        "host": description.host,
        "ip": description.ip,
    }
    with closing(Client(options.url, "nezha-reporter", options.secret)) as client:
        try:
            (outcome,) = client.send([report]).outcomes
        except NotTaken as error:
            return (WRONG_SECRET if error.status in (401, 403) else NOT_TAKEN), str(error)
    if outcome.error == "unknown_secret":
        return WRONG_SECRET, "the dashboard does not know this secret: copy it again, or give the server a new one"
    if outcome.error:
        return NOT_TAKEN, f"the dashboard rejects this host's report: {outcome.error}: {outcome.message}"
    return TAKEN, "the dashboard accepts this host's reports"
