"""Whether the dashboard works, for probes and for people."""

from chalicelib import VERSION
from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.route import ANYONE, RARE, Operation, Route


def health(call: Call) -> Answer:
    """The version, or 503 when the database does not answer."""
    call.store.check()
    return success(json_text({"version": VERSION}))


ROUTES = (
    Route(
        "GET",
        "/api/v1/health",
        health,
        ANYONE,
        Operation(
            "health", "Checks that the dashboard and its database work", result="Health", outcome="The dashboard works."
        ),
        throttle=RARE,
        any_site=True,
    ),
)
