"""Plans and muting of servers in /api/server, and what guests see of them."""

import json
from typing import Any

import pytest

from chalicelib.fleet import cycles
from chalicelib.fleet.watch import Watch
from tests.api.people.panel import Panel
from tests.support.dashboard import Dashboard

PLAN = {
    "price": 4.5,
    "currency": "EUR",
    "cycle": "year",
    "expires": 1_900_000_000,
    "traffic_limit": 2**40,
    "traffic_kind": "larger",
    "reset_day": 31,
    "public": True,
}
USUAL = {
    "price": None,
    "currency": "",
    "cycle": None,
    "expires": None,
    "traffic_limit": 0,
    "traffic_kind": "both",
    "reset_day": 1,
    "public": False,
}


def without_cycle(shown: Any) -> Any:
    """A plan as it was set: what its cycle is, and what was used of it, is told beside."""
    used = {"traffic_used", "cycle_began", "cycle_ends"}
    assert used <= shown.keys()
    return {name: value for name, value in shown.items() if name not in used}


def report(dashboard: Dashboard, secret: str, received: int, sent: int) -> None:
    dashboard.clock.now += 1
    dashboard.report({"state": {"NetInTransfer": received, "NetOutTransfer": sent}}, credential=secret)


def of_guest(dashboard: Dashboard, id_: int) -> Any:
    return next(one["plan"] for one in dashboard.get("/api/summary").result["servers"] if one["id"] == id_)


def test_a_plan_is_shown_as_it_was_set_and_replaced_as_a_whole(dashboard: Dashboard, panel: Panel) -> None:
    body = {"name": "web", "hide_for_guest": False, "plan": PLAN, "muted_until": 1_850_000_000}
    id_ = panel.post("/api/server", body).result["id"]
    shown = panel.one("/api/server", id_)
    assert (without_cycle(shown["plan"]), shown["muted_until"]) == (PLAN, 1_850_000_000)
    panel.patch(f"/api/server/{id_}", {"note": "x", "plan": None})
    assert without_cycle(panel.one("/api/server", id_)["plan"]) == PLAN
    panel.patch(f"/api/server/{id_}", {"plan": {"price": 5, "cycle": "month"}, "muted_until": 0})
    shown = panel.one("/api/server", id_)
    assert (without_cycle(shown["plan"]), shown["muted_until"]) == ({**USUAL, "price": 5, "cycle": "month"}, 0)
    panel.patch(f"/api/server/{id_}", {"plan": {}})
    assert panel.one("/api/server", id_)["plan"] is None


def test_guests_see_a_plan_only_if_it_is_public(dashboard: Dashboard, panel: Panel) -> None:
    body = {"name": "web", "hide_for_guest": False, "plan": {**PLAN, "public": False}}
    id_ = panel.post("/api/server", body).result["id"]
    assert of_guest(dashboard, id_) is None
    panel.patch(f"/api/server/{id_}", {"plan": PLAN})
    assert without_cycle(of_guest(dashboard, id_)) == PLAN
    assert b"plan" not in dashboard.get("/api/v1/server/details", dashboard.token()).body
    assert "muted_until" not in dashboard.get("/api/summary").body.decode()


def test_what_is_used_is_known_soon_although_a_rollup_came_before_the_first_server(
    dashboard: Dashboard, panel: Panel
) -> None:
    """As in a new dashboard, whose scheduled functions run from the beginning."""
    store, watch = dashboard.store, Watch(dashboard.store, 60)
    store.roll_up(dashboard.clock(), 60)
    made = panel.post("/api/server", {"name": "web", "plan": {**PLAN, "traffic_kind": "both"}}).result
    for received in (500, 800):
        dashboard.clock.now += 60
        report(dashboard, made["secret"], received, 7)
        watch.look(*store.view_and(store.states), dashboard.clock())
    store.clock.skip(60)
    assert panel.one("/api/server", made["id"])["plan"]["traffic_used"] == 300


def test_what_is_used_of_a_cycle_is_shown_where_the_plan_is(dashboard: Dashboard, panel: Panel) -> None:
    """Counted by the watch, with what was reported since; what a plan shows may be sent back as it is."""
    panel.patch("/api/settings", {"time_zone": "Asia/Shanghai"})
    body = {"name": "web", "hide_for_guest": False, "plan": PLAN}
    made = panel.post("/api/server", body).result
    store, watch = dashboard.store, Watch(dashboard.store, 60)
    for received, sent in ((500, 7), (800, 8)):
        dashboard.clock.now += 60
        report(dashboard, made["secret"], received, sent)
        watch.look(*store.view_and(store.states), dashboard.clock())
    report(dashboard, made["secret"], 5, 2**40)
    store.clock.skip(60)
    shown = panel.one("/api/server", made["id"])["plan"]
    began, ends = cycles.bounds(cycles.monthly(31), dashboard.clock(), "Asia/Shanghai")
    assert shown == {**PLAN, "traffic_used": 2**40 - 7, "cycle_began": began, "cycle_ends": ends}
    assert of_guest(dashboard, made["id"]) == shown
    panel.patch(f"/api/server/{made['id']}", {"plan": {**shown, "public": False}})
    assert panel.one("/api/server", made["id"])["plan"] == {**shown, "public": False}
    assert of_guest(dashboard, made["id"]) is None


NOTE = {
    "billingDataMod": {"startDate": "2026-01-15", "endDate": "2030-01-14", "cycle": "年", "amount": "$36"},
    "planDataMod": {"trafficVol": "1TB/月", "trafficType": "1"},
}
"""As themes of v0 read it."""


def test_a_public_note_of_v0_is_a_plan(dashboard: Dashboard, panel: Panel) -> None:
    body = {"name": "web", "hide_for_guest": False, "public_note": json.dumps(NOTE)}
    id_ = panel.post("/api/server", body).result["id"]
    plan = of_guest(dashboard, id_)
    assert without_cycle(plan) == {
        "price": 36,
        "currency": "USD",
        "cycle": "year",
        "expires": 1_894_579_200,
        "public": True,
        "traffic_limit": 2**40,
        "traffic_kind": "out",
        "reset_day": 15,
    }
    answer = panel.patch(f"/api/server/{id_}", {"public_note": "just text"})
    assert (answer.error, answer.json["error"], answer.json["field"]) == ((400, 400), "not_a_plan", "public_note")
    assert of_guest(dashboard, id_) == plan
    panel.patch(f"/api/server/{id_}", {"public_note": json.dumps(NOTE), "plan": PLAN})
    assert without_cycle(of_guest(dashboard, id_)) == PLAN
    panel.patch(f"/api/server/{id_}", {"public_note": ""})
    assert of_guest(dashboard, id_) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": -1}, "plan.price"),
        ({"price": 10**10}, "plan.price"),
        ({"price": "5"}, "plan.price"),
        ({"currency": "x" * 9}, "plan.currency"),
        ({"cycle": "week"}, "plan.cycle"),
        ({"expires": -1}, "plan.expires"),
        ({"traffic_limit": -1}, "plan.traffic_limit"),
        ({"traffic_kind": "most"}, "plan.traffic_kind"),
        ({"reset_day": 0}, "plan.reset_day"),
        ({"reset_day": 32}, "plan.reset_day"),
        ({"public": 1}, "plan.public"),
    ],
)
def test_what_is_wrong_with_a_plan_is_named(panel: Panel, change: dict[str, Any], field: str) -> None:
    answer = panel.post("/api/server", {"name": "web", "plan": {**PLAN, **change}})
    assert (answer.error, answer.json["field"]) == ((400, 400), field)
