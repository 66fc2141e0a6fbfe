"""Whether the dashboard works, for probes and for people."""

from chalicelib import VERSION
from chalicelib.api.service import Answer, Call, Service, success
from chalicelib.api.v0 import json_text


def add_routes(service: Service) -> None:
    service.open("GET", "/api/v1/health", health)


def health(call: Call) -> Answer:
    """The version, or 503 when the database does not answer."""
    call.store.check()
    return success(json_text({"version": VERSION}))
