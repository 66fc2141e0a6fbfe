"""Every route. A new one is an entry in its noun's ROUTES, beside its view; a new noun adds its ROUTES here."""

from collections.abc import Sequence

from chalicelib.api import badge, install, openapi, pages, site_files
from chalicelib.api.agents import reports
from chalicelib.api.people import (
    alerts,
    cost,
    fleet_charts,
    history,
    monitor_status,
    monitors,
    pings,
    servers,
    sessions,
    sign_in,
    site,
    tokens,
)
from chalicelib.api.route import Route
from chalicelib.api.v0 import health
from chalicelib.api.v0 import pings as v0_pings
from chalicelib.api.v0 import servers as v0_servers

ROUTES: Sequence[Route] = (
    *v0_servers.ROUTES,
    *v0_pings.ROUTES,
    *health.ROUTES,
    *reports.ROUTES,
    *sign_in.ROUTES,
    *sessions.ROUTES,
    *site.ROUTES,
    *cost.ROUTES,
    *history.ROUTES,
    *pings.ROUTES,
    *fleet_charts.ROUTES,
    *servers.ROUTES,
    *monitors.ROUTES,
    *monitor_status.ROUTES,
    *tokens.ROUTES,
    *alerts.ROUTES,
    *pages.ROUTES,
    *badge.ROUTES,
    *site_files.ROUTES,
    *install.ROUTES,
    *openapi.ROUTES,
)
