"""Who may do what: every route, every kind of caller.

Which routes have which access is in docs/api.md, which `make check` compares with the routes.
"""

from collections.abc import Iterable
from typing import Any

import pytest

from chalicelib.api import route as accesses
from chalicelib.api.route import Route
from chalicelib.api.routes import ROUTES
from chalicelib.fleet.tokens import hash_of
from tests.api.people.panel import SAME_ORIGIN, Panel, cookie_of, every_route, good_request, sign_in
from tests.support.dashboard import Dashboard

TABLE = """
                      guest    read register    both expired deleted   agent session   ended
ANYONE                  200     200      200     200     200     200     200     200     200
AGENTS              unknown unknown  unknown unknown unknown unknown   taken unknown unknown
GUESTS_AND_READERS  200/403     200  200/403     200 200/403 200/403 200/403     200 200/403
GUESTS_AND_PEOPLE   200/403 200/403  200/403 200/403 200/403 200/403 200/403     200 200/403
READERS                 401     200      403     200     403     403     403     200     403
REGISTRARS              401     403      200     200     403     403     403     200     403
PEOPLE                  401     401      401     401     401     401     401     200     403
SIGNING_IN              200     200      200     200     200     200     200     200     200
SIGNING_OUT             200     200      200     200     200     200     200     200     200
"""
"""Statuses by a route's access, for a visible and a hidden server, or the public page on and off, where they differ; of
reports what became of the one that was sent."""

CALLERS, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
BY_ACCESS = {getattr(accesses, name): dict(zip(CALLERS, row, strict=True)) for name, *row in ROWS}


def rows(routes: Iterable[Route]) -> dict[str, dict[str, str]]:
    """What each kind of caller gets, by the route's name."""
    return {route.name: BY_ACCESS[route.access] for route in routes}


EXPECTED = rows(ROUTES)
OF_THE_FLEET = ("GET /api/spark", "GET /api/availability", "GET /api/event", "GET /api/monitor/status")
PERSONAL = sorted(route.name for route in ROUTES if route.access is accesses.PEOPLE)


def test_every_route_is_in_the_table(dashboard: Dashboard) -> None:
    assert every_route(dashboard) == EXPECTED.keys()
    assert {route.access for route in ROUTES} == BY_ACCESS.keys()


@pytest.mark.parametrize("route", EXPECTED)
def test_route_lets_in_whom_the_table_says(dashboard: Dashboard, panel: Panel, route: Any) -> None:
    everybody = callers(dashboard, panel)
    assert everybody.keys() == set(CALLERS)
    of_a_server = any(path in route for path in ("server/{id}", "v1/monitor/{id}", "ping/{id}", "history/{id}"))
    kinds = (False, True) if of_a_server or route in OF_THE_FLEET else (False,)
    seen = {
        caller: "/".join(dict.fromkeys(outcome(dashboard, panel, route, headers, hidden) for hidden in kinds))
        for caller, headers in everybody.items()
    }
    assert seen == EXPECTED[route]


def outcome(dashboard: Dashboard, panel: Panel, route: str, headers: dict[str, str], hidden: bool) -> str:
    dashboard.clock.now += 900  # a new window of sign-in attempts
    if route in OF_THE_FLEET:
        dashboard.store.edit_settings({"public_page": not hidden, "public_events": True, "public_monitors": True})
    method, path, body = good_request(dashboard, panel, route, hidden=hidden)
    answer = dashboard.request(method, path, {**SAME_ORIGIN, **headers}, body)
    if answer.status != 200:
        assert answer.error == (answer.status, 403)
        return str(answer.status)
    if route == "POST /api/v1/agent/report":
        (report,) = answer.result["reports"]
        return "taken" if report.keys() == {"server_id"} else report["error"].removesuffix("_secret")
    return "200"


def callers(dashboard: Dashboard, panel: Panel) -> dict[str, dict[str, str]]:
    """The headers by which each kind of caller makes itself known."""
    expired = dashboard.token(expires=int(dashboard.clock.now) + 1)
    deleted = dashboard.token()
    dashboard.store.delete_token(hash_of(deleted))
    ended = cookie_of(sign_in(dashboard))
    assert dashboard.request("POST", "/api/logout", {"Cookie": ended}, b"").status == 200
    dashboard.clock.now += 1
    return {
        "guest": {},
        "read": {"Authorization": dashboard.token("read")},
        "register": {"Authorization": dashboard.token("register")},
        "both": {"Authorization": dashboard.token("read", "register")},
        "expired": {"Authorization": expired},
        "deleted": {"Authorization": deleted},
        "agent": {"Authorization": dashboard.server()[1]},
        "session": {"Cookie": panel.cookie},
        "ended": {"Cookie": ended},
    }


@pytest.mark.parametrize("route", PERSONAL)
def test_personal_route_takes_nothing_but_a_session_in_the_cookie(
    dashboard: Dashboard, panel: Panel, route: Any
) -> None:
    method, path, body = good_request(dashboard, panel, route)
    session = panel.cookie.partition("=")[2]
    inside_header = dashboard.request(method, path, {**SAME_ORIGIN, "Authorization": session}, body)
    assert inside_header.error == (401, 403)
    for credential in (dashboard.token(), dashboard.server()[1], session.swapcase()):
        answer = dashboard.request(method, path, {**SAME_ORIGIN, "Cookie": f"nezha-dashboard={credential}"}, body)
        assert answer.error == (403, 403)
    other_cookie = dashboard.request(method, path, {**SAME_ORIGIN, "Cookie": f"session={session}"}, body)
    assert other_cookie.error == (401, 403)


def test_report_is_taken_for_the_agents_own_server_whatever_else_it_names(dashboard: Dashboard) -> None:
    mine, secret = dashboard.server()
    other, _ = dashboard.server()
    (outcome_,) = dashboard.report({"server_id": other.id, "id": other.id, "state": {"CPU": 1}}, credential=secret)
    assert outcome_ == {"server_id": mine.id}
    assert dashboard.details(mine.id)["status"]["CPU"] == 1
    assert dashboard.details(other.id)["status"]["CPU"] == 0
