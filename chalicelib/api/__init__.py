"""HTTP: routes, what they take and what they answer. Only this package and app.py import chalice."""

from chalicelib.api import openapi, pages
from chalicelib.api.agents import reports
from chalicelib.api.people import monitors, pings, servers, sign_in, site, tokens
from chalicelib.api.serving import Service
from chalicelib.api.v0 import health
from chalicelib.api.v0 import pings as v0_pings
from chalicelib.api.v0 import servers as v0_servers


def add_routes(service: Service, report_interval: int) -> None:
    """Adds every route. report_interval: seconds that agents are told to wait between two reports."""
    for v0 in (v0_servers, v0_pings, health):
        v0.add_routes(service)
    reports.add_routes(service, report_interval)
    pages.add_routes(service, report_interval)
    openapi.add_routes(service)
    for people in (sign_in, tokens, servers, monitors, site, pings):
        people.add_routes(service)
