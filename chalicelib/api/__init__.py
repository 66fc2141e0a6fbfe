"""HTTP: routes, what they take and what they answer. Only this package and app.py import chalice."""

from chalicelib.api import health, monitors, openapi, pages, reports, servers
from chalicelib.api.people import monitors as monitor_management
from chalicelib.api.people import pings, sessions, site, tokens
from chalicelib.api.people import servers as server_management
from chalicelib.api.service import Service


def add_routes(service: Service, report_interval: int) -> None:
    """Every route there is. report_interval: seconds that agents are told to wait between two reports."""
    for v0 in (servers, monitors, health):
        v0.add_routes(service)
    reports.add_routes(service, report_interval)
    pages.add_routes(service, report_interval)
    openapi.add_routes(service)
    for people in (sessions, tokens, server_management, monitor_management, site, pings):
        people.add_routes(service)
