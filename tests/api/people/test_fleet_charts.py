"""GET /api/spark and GET /api/availability: what each caller gets of which servers."""

from typing import Any

import pytest

from chalicelib.fleet.availability import MINUTE, MINUTES_A_DAY, Day, DayCount, day_of
from chalicelib.fleet.sparks import STEP, STEPS, Spark, shown_steps
from chalicelib.fleet.watch import Watch
from tests.api.people.panel import Panel
from tests.storage.samples import requests_of
from tests.support.dashboard import NOW, Dashboard

BOTH = ("/api/spark", "/api/availability")

both = pytest.mark.parametrize("path", BOTH)


def ids(answer: Any) -> list[int]:
    return [one["id"] for one in answer.result["servers"]]


def store_a_day(dashboard: Dashboard, day: int, servers: dict[int, DayCount], monitors: dict[int, DayCount]) -> None:
    assert dashboard.store.write_availability(day, Day((day + 1) * MINUTES_A_DAY, servers, monitors), None)


def whole(day: int, missing: int = 0) -> DayCount:
    start = day * MINUTES_A_DAY
    return DayCount(start, start + MINUTES_A_DAY, MINUTES_A_DAY - missing, start + MINUTES_A_DAY - 1)


def test_sparks_of_servers_of_which_nothing_is_known(dashboard: Dashboard) -> None:
    server, _ = dashboard.server()
    nothing = [None] * STEPS
    assert dashboard.get("/api/spark").result == {
        "step": STEP,
        "at": [*shown_steps(NOW)],
        "servers": [{"id": server.id, "cpu": nothing, "net_in": nothing, "net_out": nothing}],
    }


def test_availability_of_servers_of_which_nothing_is_known(dashboard: Dashboard) -> None:
    server, _ = dashboard.server()
    servers = [{"id": server.id, "days": [None] * 30}]
    assert dashboard.get("/api/availability").result == {"days": 30, "servers": servers, "monitors": []}


def test_sparks_are_in_the_steps_that_they_were_stored_for(dashboard: Dashboard) -> None:
    server, _ = dashboard.server()
    steps = shown_steps(NOW)
    dashboard.store.write_sparks(steps[0], {server.id: Spark(20, 0, 0)})
    dashboard.store.write_sparks(steps[11], {server.id: Spark(40, 0, 0), 999: Spark(1, 1, 1)})
    (shown,) = dashboard.get("/api/spark").result["servers"]
    assert shown["cpu"] == [20, *[None] * 10, 40]
    assert shown["net_in"] == [0, *[None] * 10, 0]


def test_availability_is_in_the_days_that_it_was_stored_for(dashboard: Dashboard, panel: Panel) -> None:
    server, _ = dashboard.server()
    monitor = panel.monitor()
    today = day_of(NOW)
    store_a_day(dashboard, today - 30, {server.id: whole(today - 30)}, {})
    store_a_day(dashboard, today - 29, {server.id: whole(today - 29, missing=1)}, {})
    store_a_day(dashboard, today, {server.id: whole(today)}, {monitor: whole(today, missing=720)})
    result = panel.get("/api/availability").result
    assert result["servers"] == [{"id": server.id, "days": [0.9993, *[None] * 28, 1]}]
    assert result["monitors"] == [{"id": monitor, "days": [*[None] * 29, 0.5]}]


def test_the_watch_fills_both(dashboard: Dashboard) -> None:
    server, secret = dashboard.server()
    watch = Watch(dashboard.store, 10)
    for minute in range(12):
        dashboard.clock.now = NOW + minute * MINUTE
        dashboard.report({"state": {"CPU": 50}}, credential=secret)
        watch.look(*dashboard.store.view_and(dashboard.store.states), dashboard.clock.now + 1)
    assert dashboard.get("/api/spark").result["servers"][0]["cpu"].count(50) >= 1
    assert dashboard.get("/api/availability").result["servers"] == [{"id": server.id, "days": [*[None] * 29, 1]}]


@both
def test_guests_get_nothing_of_hidden_servers_and_of_monitors(dashboard: Dashboard, panel: Panel, path: str) -> None:
    shown, hidden = dashboard.server()[0].id, dashboard.server(hide_for_guest=True)[0].id
    panel.monitor()
    assert ids(dashboard.get(path)) == ids(dashboard.get(path, dashboard.token("register"))) == [shown]
    assert dashboard.get(path).result.get("monitors", []) == []
    for answer in (dashboard.get(path, dashboard.token("read")), panel.get(path)):
        assert ids(answer) == [shown, hidden]


@both
def test_while_the_public_page_is_off_guests_get_nothing(dashboard: Dashboard, panel: Panel, path: str) -> None:
    dashboard.server()
    dashboard.store.edit_settings({"public_page": False})
    answer = dashboard.get(path)
    assert (answer.error, answer.json["error"]) == ((403, 403), "page_private")
    assert len(ids(panel.get(path))) == 1


@both
def test_only_what_guests_get_is_kept_by_the_edge(dashboard: Dashboard, panel: Panel, path: str) -> None:
    assert dashboard.get(path).headers["cache-control"] == "s-maxage=5, max-age=0"
    for answer in (dashboard.get(path, dashboard.token("read")), panel.get(path)):
        assert answer.headers["cache-control"] == "no-store"
    dashboard.store.edit_settings({"public_page": False})
    assert dashboard.get(path).headers["cache-control"] == "no-store"


@both
def test_guests_wait_for_one_round_trip(dashboard: Dashboard, path: str) -> None:
    dashboard.server()
    dashboard.get(path)
    with requests_of(dashboard.store) as sent:
        dashboard.get(path)
    assert sorted(operation for operation, _ in sent) == ["GetItem", "Query"]  # at the same time
