"""Who may do what: every route, every kind of caller."""

import pytest
from support.dashboard import Dashboard

from chalicelib.fleet.tokens import hash_of
from people.panel import SAME_ORIGIN, Panel, cookie_of, every_route, good_request, sign_in

TABLE = """
                                guest  read  register  both  expired  deleted  agent  session  ended
GET /api/v1/server/list           401   200       403   200      403      403    403      200    403
GET /api/v1/server/details        401   200       403   200      403      403    403      200    403
POST /api/v1/server/register      401   403       200   200      403      403    403      200    403
GET /api/v1/monitor/{id}      200/403   200   200/403   200  200/403  200/403 200/403     200 200/403
POST /api/v1/agent/report     unknown unknown unknown unknown unknown unknown  taken  unknown unknown
GET /api/v1/health                200   200       200   200      200      200    200      200    200
POST /api/login                   200   200       200   200      200      200    200      200    200
POST /api/logout                  200   200       200   200      200      200    200      200    200
POST /api/password                401   401       401   401      401      401    401      200    403
GET /api/ping/{id}            200/403 200/403 200/403 200/403 200/403 200/403 200/403     200 200/403
GET /api/summary                  200   200       200   200      200      200    200      200    200
GET /                             200   200       200   200      200      200    200      200    200
GET /dashboard                    200   200       200   200      200      200    200      200    200
GET /login                        200   200       200   200      200      200    200      200    200
GET /static/{file}                200   200       200   200      200      200    200      200    200
GET /openapi.json                 200   200       200   200      200      200    200      200    200
GET /api/token                    401   401       401   401      401      401    401      200    403
POST /api/token                   401   401       401   401      401      401    401      200    403
DELETE /api/token/{id}            401   401       401   401      401      401    401      200    403
GET /api/server                   401   401       401   401      401      401    401      200    403
POST /api/server                  401   401       401   401      401      401    401      200    403
PATCH /api/server/{id}            401   401       401   401      401      401    401      200    403
DELETE /api/server/{id}           401   401       401   401      401      401    401      200    403
POST /api/server/{id}/secret      401   401       401   401      401      401    401      200    403
GET /api/monitor                  401   401       401   401      401      401    401      200    403
POST /api/monitor                 401   401       401   401      401      401    401      200    403
PATCH /api/monitor/{id}           401   401       401   401      401      401    401      200    403
DELETE /api/monitor/{id}          401   401       401   401      401      401    401      200    403
GET /api/settings                 401   401       401   401      401      401    401      200    403
PATCH /api/settings               401   401       401   401      401      401    401      200    403
"""
"""Statuses, for a visible and a hidden server where they differ; of reports what became of the one that was sent."""

CALLERS, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
EXPECTED = {f"{method} {path}": dict(zip(CALLERS, row, strict=True)) for method, path, *row in ROWS}
PERSONAL = sorted(route for route, row in EXPECTED.items() if row["guest"] == row["both"] == "401")


def test_every_route_is_in_the_table(dashboard):
    assert every_route(dashboard) == EXPECTED.keys()


@pytest.mark.parametrize("route", EXPECTED)
def test_route_lets_in_whom_the_table_says(dashboard, panel, route):
    everybody = callers(dashboard, panel)
    assert everybody.keys() == set(CALLERS)
    of_a_server = any(path in route for path in ("server/{id}", "v1/monitor/{id}", "ping/{id}"))
    kinds = (False, True) if of_a_server else (False,)
    seen = {
        caller: "/".join(dict.fromkeys(outcome(dashboard, panel, route, headers, hidden) for hidden in kinds))
        for caller, headers in everybody.items()
    }
    assert seen == EXPECTED[route]


def outcome(dashboard: Dashboard, panel: Panel, route: str, headers: dict[str, str], hidden: bool) -> str:
    dashboard.clock.now += 900  # a new window of sign-in attempts
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
def test_personal_route_takes_nothing_but_a_session_in_the_cookie(dashboard, panel, route):
    method, path, body = good_request(dashboard, panel, route)
    session = panel.cookie.partition("=")[2]
    inside_header = dashboard.request(method, path, {**SAME_ORIGIN, "Authorization": session}, body)
    assert inside_header.error == (401, 403)
    for credential in (dashboard.token(), dashboard.server()[1], session.swapcase()):
        answer = dashboard.request(method, path, {**SAME_ORIGIN, "Cookie": f"nezha-dashboard={credential}"}, body)
        assert answer.error == (403, 403)
    other_cookie = dashboard.request(method, path, {**SAME_ORIGIN, "Cookie": f"session={session}"}, body)
    assert other_cookie.error == (401, 403)


def test_report_is_taken_for_the_agents_own_server_whatever_else_it_names(dashboard):
    mine, secret = dashboard.server()
    other, _ = dashboard.server()
    (outcome_,) = dashboard.report({"server_id": other.id, "id": other.id, "state": {"CPU": 1}}, credential=secret)
    assert outcome_ == {"server_id": mine.id}
    assert dashboard.details(mine.id)["status"]["CPU"] == 1
    assert dashboard.details(other.id)["status"]["CPU"] == 0
