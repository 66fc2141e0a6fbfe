"""Whether the dashboard works, for probes and for people."""

from chalicelib import VERSION
from chalicelib.api.answers import Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.serving import Service


def add_routes(service: Service) -> None:
    service.open("GET", "/api/v1/health", health)


def health(call: Call) -> Answer:
    """The version, or 503 when the database does not answer."""
    call.store.check()
    return success(json_text({"version": VERSION}))
